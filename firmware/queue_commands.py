"""`sapi-node queue`: what waits to be sent, and the way out for what is held."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from firmware.config import load_config
from firmware.index.database import Database
from firmware.index.outbox import Outbox
from firmware.moves import State
from firmware.node import INDEX_NAME
from firmware.reports import Reports, open_index
from firmware.tables import table
from firmware.told_plainly import print_json, told_plainly
from firmware.wiring import open_clock
from hal.errors import ConfigError, Sentence
from hal.values import Uid

app = typer.Typer(no_args_is_help=True, help="What waits to be sent.")

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The node's configuration.")]
DEFAULT_CONFIG = Path("node.toml")
LISTED_MAX = 200  # more is no list for a person

NOT_HELD = Sentence(
    en="{uid} is not held at any archive. `sapi-node queue list` shows what is.",
    fr="{uid} n'est en attente d'aucune archive. « sapi-node queue list » montre ce qui l'est.",
)


@app.command("list")
def list_waiting(
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
) -> None:
    """What is not yet committed: its state, tries and last error."""
    with told_plainly():
        reports = Reports(Path(load_config(config).store.path))
        try:
            rows = reports.waiting(LISTED_MAX)
        finally:
            reports.close()
    if as_json:
        return print_json(rows)
    columns = ("instance", "destination", "state", "tries", "due_at", "last_error")
    Console().print(table("Waiting", columns, rows))
    return None


@app.command()
def release(
    uid: Annotated[str, typer.Argument(help="The SOP Instance UID.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Send an image again that an archive had refused for good. The node may run."""
    with told_plainly():
        loaded = load_config(config)
        root = Path(loaded.store.path)
        open_index(root).close()  # says so where no node has run
        database = Database(root / INDEX_NAME)
        try:
            released = _release(Outbox(database, open_clock(loaded)), Uid(uid))
        finally:
            database.close()
    typer.echo(f"Released: it is sent to {', '.join(released)} within a second.")


def _release(outbox: Outbox, uid: Uid) -> list[str]:
    held = [each for each in outbox.standing(uid) if each.state is State.HELD]
    if not held:
        raise ConfigError(NOT_HELD.fill(uid=uid))
    for each in held:
        outbox.release(uid, each.destination)
    return [each.destination for each in held]
