"""`sapi-node queue`: what waits to be sent, where each goes, and what a person may do about it."""

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from firmware.archive_commands import chosen as chosen_archives
from firmware.config import load_config
from firmware.index.database import Database
from firmware.index.queue_actions import Chosen, QueueActions
from firmware.node import INDEX_NAME
from firmware.reports import Reports, open_index
from firmware.tables import table
from firmware.told_plainly import print_json, told_plainly
from firmware.wiring import open_clock
from hal.errors import ConfigError, Sentence
from hal.values import Uid

app = typer.Typer(no_args_is_help=True, help="What waits to be sent.")

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The node's configuration.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]
UidArgument = Annotated[str, typer.Argument(help="A SOP instance, series or study UID.")]
StudyOption = Annotated[str, typer.Option("--study", help="All images of this study.")]
ToOption = Annotated[str, typer.Option("--to", help="Only on their way to this archive.")]
AllOption = Annotated[bool, typer.Option("--all", help="All there are.")]
DEFAULT_CONFIG = Path("node.toml")
LISTED_MAX = 200  # more is no list for a person

WHICH = Sentence(
    en="Say which: a UID, --study UID, --to ARCHIVE or --all.",
    fr="Dites lesquelles : un UID, --study UID, --to ARCHIVE ou --all.",
)
NONE_TO_RELEASE = Sentence(
    en="No such image is held. `sapi-node queue list` shows what is.",
    fr="Aucune image de ce genre n'est retenue. « sapi-node queue list » montre ce qui l'est.",
)
NONE_QUEUED = Sentence(
    en="No such image is queued. `sapi-node queue list` shows what is.",
    fr="Aucune image de ce genre n'est en file. « sapi-node queue list » montre ce qui l'est.",
)
RELEASED = Sentence(
    en="Released: sent within a second where the archive answers.",
    fr="Libérées : envoyées dans la seconde si l'archive répond.",
)
HELD = Sentence(
    en="Held: not sent until `sapi-node queue release`.",
    fr="Retenues : pas envoyées avant « sapi-node queue release ».",
)
HURRIED = Sentence(
    en="Due now: sent when their archive next answers.",
    fr="À envoyer maintenant : dès que leur archive répond.",
)
REROUTED = Sentence(
    en="They wait for the other archive now.", fr="Elles attendent maintenant l'autre archive."
)
NOT_WAITING = Sentence(
    en="Nothing of {uid} is on its way anywhere. `sapi-node show {uid}` tells what became of it.",
    fr="Rien de {uid} n'est en route. « sapi-node show {uid} » dit ce qu'il en est.",
)


@app.command("list")
def list_waiting(
    config: ConfigOption = DEFAULT_CONFIG,
    to: ToOption = "",
    as_json: JsonOption = False,
) -> None:
    """What is not yet committed: where it goes, its state, tries and last error."""
    with told_plainly():
        reports = Reports(Path(load_config(config).store.path))
        try:
            rows = reports.waiting(LISTED_MAX, to)
        finally:
            reports.close()
    if as_json:
        return print_json(rows)
    columns = ("state", "tries", "due_at", "destination")
    Console().print(table("Waiting", columns, rows, ("instance", "last_error")))
    return None


@app.command()
def show(
    uid: UidArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Where each image of this UID stands at each archive it goes to."""
    with told_plainly():
        reports = Reports(Path(load_config(config).store.path))
        try:
            rows = [row for one in reports.show(uid)["instances"] for row in one["outbox"]]
        finally:
            reports.close()
        if not rows:
            raise ConfigError(NOT_WAITING.fill(uid=uid))
    if as_json:
        return print_json(rows)
    columns = (
        "instance", "destination", "state", "tries", "refusals", "due_at", "sent_at",
        "confirmed_at", "committed_at", "unproven", "warning", "last_error", "fallback",
        "fallback_at",
    )  # fmt: skip
    console = Console()
    for row in rows:
        for column in columns:
            if row[column] not in (None, "", 0):
                console.print(f"  {column:<12} {row[column]}", soft_wrap=True)
        console.print()
    return None


@app.command()
def release(
    uid: UidArgument = "",
    study: StudyOption = "",
    to: ToOption = "",
    everything: AllOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Send again what an archive refused for good, or somebody held. The node may run."""
    which = Chosen(uid, study, to)
    act(config, which, everything, QueueActions.release, RELEASED, NONE_TO_RELEASE, as_json)


@app.command()
def hold(
    uid: UidArgument = "",
    study: StudyOption = "",
    to: ToOption = "",
    everything: AllOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Keep from being sent what is queued, until it is released. The node may run."""
    which = Chosen(uid, study, to)
    act(config, which, everything, QueueActions.hold, HELD, NONE_QUEUED, as_json)


@app.command()
def retry(
    uid: UidArgument = "",
    study: StudyOption = "",
    to: ToOption = "",
    everything: AllOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Try now what waits for its next try. The node may run."""
    which = Chosen(uid, study, to)
    act(config, which, everything, QueueActions.hurry, HURRIED, NONE_QUEUED, as_json)


@app.command()
def reroute(
    source: Annotated[str, typer.Argument(metavar="FROM", help="The archive they wait for.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The one they go to instead.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Send elsewhere all that waits for an archive: one that was renamed, or is gone for good."""

    with told_plainly():
        loaded = load_config(config)
        chosen_archives(loaded, target)
    is_gone = source not in loaded.archives

    def action(actions: QueueActions, which: Chosen, actor: str) -> list[tuple[Uid, str]]:
        return actions.reroute(which, target, actor, is_gone=is_gone)

    act(config, Chosen(destination=source), True, action, REROUTED, NONE_QUEUED, as_json)


def act(
    config: Path,
    which: Chosen,
    everything: bool,
    action: Callable[[QueueActions, Chosen, str], list[tuple[Uid, str]]],
    done: Sentence,
    none: Sentence,
    as_json: bool,
) -> None:
    with told_plainly():
        if which == Chosen() and not everything:
            raise ConfigError(WHICH)
        loaded = load_config(config)
        if which.destination and not everything:
            chosen_archives(loaded, which.destination)
        root = Path(loaded.store.path)
        open_index(root).close()  # says so where no node has run
        database = Database(root / INDEX_NAME)
        try:
            database.make_log_durable()
            found = action(QueueActions(database, open_clock(loaded)), which, who())
        finally:
            database.close()
        if not found:
            raise ConfigError(none)
    if as_json:
        print_json([{"instance": uid, "destination": name} for uid, name in found])
        return
    for uid, name in found:
        typer.echo(f"{uid} -> {name}")
    typer.echo(done.en)


def who() -> str:
    """For the trail: the account that typed it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown account"
