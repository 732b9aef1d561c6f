"""`sapi-node queue`: what waits to be sent, where each goes, and what a person may do about it."""

import getpass
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from firmware.archive_commands import chosen as chosen_archives
from firmware.config import NodeConfig, load_config
from firmware.index.database import Database
from firmware.index.examinations import Examinations
from firmware.index.procedure_steps import ProcedureSteps
from firmware.index.queue_actions import Chosen, QueueActions
from firmware.line_report import line_of
from firmware.node import INDEX_NAME
from firmware.panel_workflow import Reason
from firmware.reports import Reports, Row, open_index
from firmware.tables import steps_table, table
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


NO_STEP_HELD = Sentence(
    en="The RIS has refused nothing. `sapi-node queue steps` shows what it is still to be told.",
    fr="Le RIS n'a rien refusé. « sapi-node queue steps » montre ce qui reste à lui dire.",
)
NOT_HELD = Sentence(
    en="No image {uid} from the panel is held. `sapi-node queue list` shows what is.",
    fr="Aucune image {uid} venue du pupitre n'est retenue. « sapi-node queue list » montre ce qui "
    "l'est.",
)
REJECTED = Sentence(
    en="Rejected: it is not sent. Its file is put aside within a minute where the node runs.",
    fr="Rejetée : elle n'est pas envoyée. Son fichier est mis de côté dans la minute si le poste "
    "tourne.",
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
            told = reports.procedure_steps(LISTED_MAX)
        finally:
            reports.close()
    if as_json:
        return print_json(rows)
    columns = ("state", "tries", "due_at", "destination")
    console = Console()
    console.print(table("Waiting", columns, rows, ("instance", "last_error")))
    if told and not to:
        console.print(steps_table(told))
    return None


@app.command()
def steps(
    config: ConfigOption = DEFAULT_CONFIG,
    release: Annotated[
        bool, typer.Option("--release", help="Tell again what the RIS refused.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """What the RIS is still to be told of examinations (MPPS), and why it refused."""
    with told_plainly():
        loaded = load_config(config)
        if release:
            with writing(loaded) as database:
                told = ProcedureSteps(database, open_clock(loaded), loaded.station.zone)
                if not told.release(who()):
                    raise ConfigError(NO_STEP_HELD)
        reports = Reports(Path(loaded.store.path))
        try:
            rows = reports.procedure_steps(LISTED_MAX)
        finally:
            reports.close()
    if as_json:
        return print_json(rows)
    Console().print(steps_table(rows))
    return None


@app.command()
def reject(
    uid: Annotated[str, typer.Argument(help="A SOP instance UID.")],
    reason: Annotated[
        Reason, typer.Option(help="Why, as the panel has it.")
    ] = Reason.WRONG_PATIENT,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Reject an image that is held: it is not sent, and its file is kept. The node may run."""
    with told_plainly():
        loaded = load_config(config)
        with writing(loaded) as database:
            examinations = Examinations(database, open_clock(loaded))
            if not examinations.reject_held(Uid(uid), reason.value, who()):
                raise ConfigError(NOT_HELD.fill(uid=uid))
    typer.echo(REJECTED.en)


@app.command()
def show(
    uid: UidArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Where each image of this UID stands at each archive it goes to."""
    with told_plainly():
        reports = Reports(Path(load_config(config).store.path))
        try:
            rows = [row for one in reports.show(uid)["instances"] for row in ways(one)]
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
        for line in row["line"]["sentences"]:
            console.print(f"  {'line':<12} {line['en']}", soft_wrap=True)
        console.print()
    return None


def ways(instance: Row) -> list[Row]:
    """Its rows of the outbox, each with what the line carried of it."""
    return [{**row, "line": line_of(row, instance["size_bytes"])} for row in instance["outbox"]]


Action = Callable[[QueueActions, Chosen, str], list[tuple[Uid, str]]]


@dataclass(frozen=True)
class Act:
    """What a person may do to the images that they choose, and what is said of it."""

    action: Action
    done: Sentence
    none: Sentence


ACTS = (
    (
        "release",
        "Send again what an archive refused for good, or somebody held. The node may run.",
        Act(QueueActions.release, RELEASED, NONE_TO_RELEASE),
    ),
    (
        "hold",
        "Keep from being sent what is queued, until it is released. The node may run.",
        Act(QueueActions.hold, HELD, NONE_QUEUED),
    ),
    (
        "retry",
        "Try now what waits for its next try. The node may run.",
        Act(QueueActions.hurry, HURRIED, NONE_QUEUED),
    ),
)
"""Commands that differ in nothing else: (name, help, act)."""


def offer(name: str, help_text: str, one: Act) -> None:
    @app.command(name, help=help_text)
    def command(
        uid: UidArgument = "",
        study: StudyOption = "",
        to: ToOption = "",
        everything: AllOption = False,
        config: ConfigOption = DEFAULT_CONFIG,
        as_json: JsonOption = False,
    ) -> None:
        act(config, Chosen(uid, study, to), one, everything=everything, as_json=as_json)


for each in ACTS:
    offer(*each)


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

    one = Act(action, REROUTED, NONE_QUEUED)
    act(config, Chosen(destination=source), one, everything=True, as_json=as_json)


def act(config: Path, which: Chosen, one: Act, *, everything: bool, as_json: bool) -> None:
    with told_plainly():
        if which == Chosen() and not everything:
            raise ConfigError(WHICH)
        loaded = load_config(config)
        if which.destination and not everything:
            chosen_archives(loaded, which.destination)
        with writing(loaded) as database:
            found = one.action(QueueActions(database, open_clock(loaded)), which, who())
        if not found:
            raise ConfigError(one.none)
    if as_json:
        print_json([{"instance": uid, "destination": name} for uid, name in found])
        return
    for uid, name in found:
        typer.echo(f"{uid} -> {name}")
    typer.echo(one.done.en)


@contextmanager
def writing(loaded: NodeConfig) -> Generator[Database]:
    """The index, beside the node or without it. Raises ConfigError where no node has run."""
    root = Path(loaded.store.path)
    open_index(root).close()
    database = Database(root / INDEX_NAME)
    try:
        database.make_log_durable()
        yield database
    finally:
        database.close()


def who() -> str:
    """For the trail: the account that typed it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown account"
