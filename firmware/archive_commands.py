"""`sapi-node archive`: is each archive there, and does it let this node in?"""

from pathlib import Path
from typing import Annotated, Any

import typer

from firmware.config import NodeConfig, load_config
from firmware.told_plainly import EXIT_FAILED, print_json, told_plainly
from firmware.wiring import open_archive_alone, open_clock
from hal.archive import Archive
from hal.clock import Clock
from hal.errors import ConfigError, NodeError, Sentence
from hal.tls import CertifiedPeer

app = typer.Typer(no_args_is_help=True, help="The archives that images are sent to.")

UNKNOWN = Sentence(
    en="There is no archive {name} in the configuration. There is: {known}.",
    fr="Il n'y a pas d'archive {name} dans la configuration. Il y a : {known}.",
)
ANSWERS = Sentence(en="It answers, and lets this node in.", fr="Elle répond et accepte ce poste.")


@app.callback()
def archive() -> None:
    """The archives that images are sent to."""


@app.command("test")
def ask_archives(
    name: Annotated[str, typer.Argument(help="Its name in the configuration; all of them.")] = "",
    config: Annotated[Path, typer.Option("--config", "-c")] = Path("node.toml"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
) -> None:
    """Ask each archive for an answer (C-ECHO, over TLS where configured). The node may run."""
    with told_plainly():
        loaded = load_config(config)
        clock = open_clock(loaded)
        found = [
            tested(each, open_archive_alone(loaded, each), clock) for each in chosen(loaded, name)
        ]
    if as_json:
        print_json(found)
    else:
        for one in found:
            colour = typer.colors.GREEN if one["answers"] else typer.colors.RED
            typer.secho(f"{one['archive']}: {one['en']}", fg=colour)
            for warning in one["certificates"]:
                typer.secho(f"  {warning['en']}", fg=typer.colors.YELLOW)
    if not all(one["answers"] for one in found):
        raise typer.Exit(EXIT_FAILED)


def chosen(config: NodeConfig, name: str) -> tuple[str, ...]:
    """This one, or all. Raises ConfigError for a name that the configuration does not have."""
    if not name:
        return tuple(config.archives)
    if name not in config.archives:
        raise ConfigError(UNKNOWN.fill(name=name, known=", ".join(config.archives)))
    return (name,)


def tested(name: str, archive: Archive, clock: Clock) -> dict[str, Any]:
    try:
        archive.echo()
        sentence, answers = ANSWERS, True
    except NodeError as error:
        sentence, answers = error.sentence, False
    lives = archive.certificates(clock.now()) if isinstance(archive, CertifiedPeer) else ()
    warnings = [life.warning for life in lives if life.warning is not None]
    return {
        "archive": name,
        "answers": answers,
        "en": sentence.en,
        "fr": sentence.fr,
        "certificates": [{"en": warning.en, "fr": warning.fr} for warning in warnings],
    }
