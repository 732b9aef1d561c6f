"""`sapi-node import`: existing DICOM files, from a CD or another device, into store and queue.

Beside a running node they are laid into its spool, and the node takes them in while the command
waits; without one the command does it itself, under the store's lock. Ctrl-C loses nothing: the
file that is being copied is taken back, what is in the spool is taken in all the same, and the rest
can be imported again.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from firmware.archive_commands import chosen
from firmware.config import load_config
from firmware.import_verdicts import Judged
from firmware.importing import import_all
from firmware.interruption import Interrupted, interruptible
from firmware.told_plainly import EXIT_FAILED, print_json, told_plainly
from hal.errors import ConfigError, Sentence

WAITING = "waiting"

NO_PATH = Sentence(
    en="There is nothing at {path}. Name a file, a folder or a mounted medium.",
    fr="Il n'y a rien à {path}. Indiquez un fichier, un dossier ou un support monté.",
)
STILL_WAITING = Sentence(
    en="In the spool; the node has not looked at it yet and will.",
    fr="En attente ; le poste ne l'a pas encore examiné, et le fera.",
)
INTERRUPTED = Sentence(
    en="Interrupted after {done} of {count} files. What came before stays, and the node takes in "
    "what it has not looked at yet. Import again to go on: nothing is stored twice.",
    fr="Interrompu après {done} fichiers sur {count}. Ce qui précède reste, et le poste prendra ce "
    "qu'il n'a pas encore examiné. Relancez l'importation pour continuer : rien n'est stocké deux "
    "fois.",
)
NOTHING_YET = Sentence(
    en="Interrupted before anything was copied.", fr="Interrompu avant toute copie."
)


def import_files(
    paths: Annotated[list[Path], typer.Argument(help="Files, folders, a mounted CD.")],
    to: Annotated[str, typer.Option("--to", help="Only to this archive; else by the rules.")] = "",
    config: Annotated[Path, typer.Option("--config", "-c")] = Path("node.toml"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
) -> None:
    """Take DICOM files into the store and the queue. The node may run."""
    with told_plainly(), interruptible() as interruption:
        loaded = load_config(config)
        if to:
            chosen(loaded, to)
        try:
            with interruption.may_come():
                files = list(all_files(paths))
        except Interrupted as stop:
            raise _stopped(stop, NOTHING_YET) from stop
        told = import_all(loaded, files, to, interruption)
    if as_json:
        print_json([_as_json(file, one) for file, one in told.files])
    else:
        for file, one in told.files:
            typer.echo(f"{file}: {one.sentence if one else STILL_WAITING}")
        if told.files or not told.stopped_by:
            typer.echo(summary([one for _, one in told.files]))
    if told.stopped_by:
        counts = {"done": len(told.files), "count": len(files)}
        raise _stopped(told.stopped_by, INTERRUPTED.fill(**counts))
    if not all(one and one.is_good for _, one in told.files):
        raise typer.Exit(EXIT_FAILED)


def _stopped(stop: Interrupted, sentence: Sentence) -> typer.Exit:
    typer.secho(str(sentence), err=True, fg=typer.colors.YELLOW)
    return typer.Exit(stop.exit_status)


def summary(told: list[Judged | None]) -> str:
    """The last line: how many of each verdict, the most first; a CD has hundreds of files."""
    verdicts = Counter(one.verdict.value if one else WAITING for one in told)
    parts = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
    return f"Files: {len(told)}" + (f" ({parts})." if told else ", nothing to import.")


def all_files(paths: list[Path]) -> Iterator[Path]:
    """In order; raises ConfigError for a path where there is nothing."""
    for path in paths:
        if path.is_dir():
            yield from (one for one in sorted(path.rglob("*")) if one.is_file())
        elif path.is_file():
            yield path
        else:
            raise ConfigError(NO_PATH.fill(path=path))


def _as_json(file: Path, told: Judged | None) -> dict[str, Any]:
    sentence = told.sentence if told else STILL_WAITING
    return {
        "file": str(file),
        "verdict": told.verdict.value if told else WAITING,
        "sop_instance_uid": told.uid if told else "",
        "sentence": {"en": sentence.en, "fr": sentence.fr},
    }
