"""`sapi-node audit`: is the trail what was written?"""

from pathlib import Path
from typing import Annotated

import typer

from firmware.config import load_config
from firmware.index import audit
from firmware.reports import open_index
from firmware.told_plainly import EXIT_FAILED, print_json, told_plainly
from hal.errors import ConfigError, Sentence

app = typer.Typer(no_args_is_help=True, help="The trail of every image.")

BAD_HEAD = Sentence(
    en="--head takes SEQ:HASH as the log has it (event=AuditHead); found {found}.",
    fr="--head attend SEQ:HASH tel que dans le journal (event=AuditHead) ; reçu {found}.",
)


@app.callback()
def trail() -> None:
    """The trail of every image."""


@app.command()
def verify(
    config: Annotated[Path, typer.Option("--config", "-c")] = Path("node.toml"),
    head: Annotated[
        str | None,
        typer.Option(help="SEQ:HASH from the log: shows a tail that was cut off."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Follow the chain from its first entry to its head. Exit status 1 where it is broken."""
    with told_plainly():
        witness = _head(head) if head else None
        database = open_index(Path(load_config(config).store.path))
        try:
            found = audit.verify(database.connection, witness)
        finally:
            database.close()
    broken = isinstance(found, audit.Broken)
    if as_json:
        print_json({"unbroken": not broken, **vars(found)})
    elif isinstance(found, audit.Broken):
        typer.secho(f"Broken at entry {found.seq}: {found.why}.", err=True, fg=typer.colors.RED)
    else:
        typer.echo(f"Unbroken: {found.seq} entries, head {found.seq}:{found.hash}")
    if broken:
        raise typer.Exit(EXIT_FAILED)


def _head(text: str) -> audit.Head:
    seq, _, digest = text.partition(":")
    if not seq.isdecimal() or len(digest) != len(audit.FIRST):
        raise ConfigError(BAD_HEAD.fill(found=text))
    return audit.Head(int(seq), digest)
