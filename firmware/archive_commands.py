"""`sapi-node archive`: is each archive there, does it let this node in, what does it take?"""

from pathlib import Path
from typing import Annotated, Any

import typer

from firmware.config import NodeConfig, load_config
from firmware.dicom.film import FilmObject
from firmware.line_report import NAMES, NOT_ASKED, takes
from firmware.told_plainly import EXIT_FAILED, print_json, told_plainly
from firmware.wiring import open_archive_alone, open_clock
from hal.archive import Archive
from hal.clock import Clock
from hal.errors import ConfigError, NodeError, Sentence
from hal.negotiation import NegotiatingArchive
from hal.tls import CertifiedPeer
from hal.values import Uid

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
    """Ask each archive for an answer (C-ECHO, over TLS where configured), and what it takes films
    in. The node may run."""
    with told_plainly():
        loaded = load_config(config)
        clock = open_clock(loaded)
        film = FilmObject(loaded.film.object).sop_class_uid
        found = [
            tested(each, open_archive_alone(loaded, each), film, clock)
            for each in chosen(loaded, name)
        ]
    if as_json:
        print_json(found)
    else:
        for one in found:
            colour = typer.colors.GREEN if one["answers"] else typer.colors.RED
            typer.secho(f"{one['archive']}: {one['en']}", fg=colour)
            if one["films"] is not None:
                typer.echo(f"  {one['films']['en']}")
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


def tested(name: str, archive: Archive, film: Uid, clock: Clock) -> dict[str, Any]:
    """`film`: the SOP class of what this node makes of a film."""
    try:
        archive.echo()
        sentence, films = ANSWERS, films_taken(archive, film)
    except NodeError as error:
        sentence, films = error.sentence, None
    lives = archive.certificates(clock.now()) if isinstance(archive, CertifiedPeer) else ()
    warnings = [life.warning for life in lives if life.warning is not None]
    return {
        "archive": name,
        "answers": sentence is ANSWERS,
        **_both(sentence),
        "films": films,
        "certificates": [_both(warning) for warning in warnings],
    }


def films_taken(archive: Archive, film: Uid) -> dict[str, Any]:
    """What it takes films in. Raises PeerError."""
    if not isinstance(archive, NegotiatingArchive):
        return {"sop_class_uid": film, "accepted": None, **_both(NOT_ASKED)}
    accepted = archive.accepts(film, tuple(NAMES))
    return {
        "sop_class_uid": film,
        "accepted": {NAMES[syntax].en: syntax for syntax in NAMES if syntax in accepted},
        **_both(takes(film, accepted)),
    }


def _both(sentence: Sentence) -> dict[str, str]:
    return {"en": sentence.en, "fr": sentence.fr}
