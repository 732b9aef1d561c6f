"""`sapi-node reconcile`: an urgent study, or one under a wrong patient, is given to its order.

Beside a running node it lays the request into the index, and the node's worker does it; without
one the command does it itself, under the store's lock. Ctrl-C loses nothing.
"""

from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from secrets import token_bytes  # noqa: TID251 -- a command opens no devices, nor is it replayed
from typing import Annotated, Any

import typer
from rich.console import Console

from firmware.config import NodeConfig, load_config
from firmware.index.database import Database, migrate
from firmware.index.scheduled import Scheduled
from firmware.node import INDEX_NAME
from firmware.panel_workflow import spoken_name, written_date
from firmware.queue_commands import who
from firmware.reconciliation import OpenStudy, Outcome, Reconciliation, Standing
from firmware.reconciliation_wiring import reconciliation_worker
from firmware.store import Store
from firmware.tables import table
from firmware.told_plainly import EXIT_FAILED, print_json, told_plainly
from firmware.wiring import open_clock, open_store
from hal.clock import Clock, Entropy
from hal.errors import ConfigError, Sentence, StorageInUse
from hal.values import Order, Uid

app = typer.Typer(no_args_is_help=True, help="Studies that wait for their order.")

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The node's configuration.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]
DEFAULT_CONFIG = Path("node.toml")
POLL_S = 0.2
WAIT_S = 600.0  # a study of many films, one after the other

NO_ORDER = Sentence(
    en="No order of the worklist has the accession number {number}. `sapi-node reconcile orders` "
    "lists those there are.",
    fr="Aucune demande de la liste de travail ne porte le numéro {number}. « sapi-node reconcile "
    "orders » montre celles qui existent.",
)
TWO_ORDERS = Sentence(
    en="Several orders have the accession number {number}: add --step.",
    fr="Plusieurs demandes portent le numéro {number} : ajoutez --step.",
)
CONFIRM = Sentence(
    en="Give study {study} of {before} to {name}, born {birth_date}?",
    fr="Rattacher l'examen {study} de {before} à {name}, né(e) le {birth_date} ?",
)
STILL_WAITING = Sentence(
    en="Asked for. The node goes on with it: `sapi-node reconcile show {study}`.",
    fr="Demandé. Le poste poursuit : « sapi-node reconcile show {study} ».",
)


class Chance:
    """A command's own: it opens no devices."""

    def random_bytes(self, count: int) -> bytes:
        return token_bytes(count)


@app.command("list")
def list_open(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Urgent studies without an order, and those marked as wrong."""
    with told_plainly(), _desk(load_config(config)) as desk:
        studies = desk.open_studies()
    if as_json:
        return print_json([_as_json(study) for study in studies])
    rows = [_as_json(study) for study in studies]
    columns = ("last_image_at", "images", "patient_id", "name")
    Console().print(table("Without their order", columns, rows, ("study_instance_uid",)))
    return None


@app.command()
def orders(
    study: Annotated[str, typer.Argument(help="Its study instance UID.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Orders of the worklist, the most likely for this study first."""
    with told_plainly(), _desk(load_config(config)) as desk:
        rows = [_order_as_json(order) for order in desk.propose(Uid(study))]
    if as_json:
        return print_json(rows)
    columns = ("accession_number", "scheduled_date", "birth_date", "name")
    Console().print(table("Orders", columns, rows, ("description",)))
    return None


@app.command()
def mark(
    study: Annotated[str, typer.Argument(help="Its study instance UID.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Say that a study is under the wrong patient: it stays on the list until it is reconciled."""
    with told_plainly(), _desk(load_config(config)) as desk:
        desk.mark(Uid(study), who())


@app.command()
def show(
    study: Annotated[str, typer.Argument(help="Its study instance UID.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """How far the last request about a study is."""
    with told_plainly(), _desk(load_config(config)) as desk:
        standing = desk.standing(Uid(study))
    _print(standing, study, as_json=as_json)


@app.command("to")
def reconcile(
    study: Annotated[str, typer.Argument(help="Its study instance UID.")],
    order: Annotated[str, typer.Option("--order", help="The order's accession number.")],
    step: Annotated[str, typer.Option("--step", help="Its scheduled procedure step ID.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: the names were read.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Give a study to an order, and wait until its images are corrected."""
    with told_plainly():
        loaded = load_config(config)
        with _desk(loaded) as desk:
            seen = desk.images(Uid(study))
            chosen = chosen_order(desk.propose(Uid(study)), order, step)
            if not yes:
                typer.confirm(str(_question(desk, study, chosen)), abort=True, err=True)
            desk.reconcile(Uid(study), chosen, who(), seen)
        standing = _work(loaded, Uid(study))
    _print(standing, study, as_json=as_json)
    if standing is None or standing.outcome is Outcome.FAILED:
        raise typer.Exit(EXIT_FAILED)


def chosen_order(orders: tuple[Order, ...], number: str, step: str) -> Order:
    """Raises ConfigError unless it is one."""
    found = [
        order
        for order in orders
        if order.accession_number == number and step in ("", order.scheduled_procedure_step_id)
    ]
    if not found:
        raise ConfigError(NO_ORDER.fill(number=number))
    if len(found) > 1:
        raise ConfigError(TWO_ORDERS.fill(number=number))
    return found[0]


def _question(desk: Reconciliation, study: str, order: Order) -> Sentence:
    before = desk.study(Uid(study))
    return CONFIRM.fill(
        study=study,
        before=spoken_name(before.name) if before else "?",
        name=spoken_name(order.patient.name),
        birth_date=written_date(order.patient.birth_date),
    )


def _work(config: NodeConfig, study: Uid) -> Standing | None:
    """Do it, or wait for the node that does."""
    try:
        with open_store(config) as devices:
            store = Store(devices.disk, config.store.reserve_mib * 2**20)
            store.prepare()
            with _index(config) as database:
                migrate(database)
                clock, entropy = devices.clock, devices.entropy
                worker = reconciliation_worker(
                    config, clock, entropy, store, database, lambda _: None
                )
                while worker.step() == 0.0:
                    pass
                return _of(config, database, clock, entropy).standing(study)
    except StorageInUse:
        return _wait(config, study)


def _wait(config: NodeConfig, study: Uid) -> Standing | None:
    with _desk(config) as desk:
        deadline_s = desk.clock.monotonic_s() + WAIT_S
        while desk.clock.monotonic_s() < deadline_s:
            standing = desk.standing(study)
            if standing is None or standing.ended_at is not None:
                return standing
            desk.clock.sleep(POLL_S)
        return desk.standing(study)


@contextmanager
def _desk(config: NodeConfig) -> Generator[Reconciliation]:
    with _index(config) as database:
        migrate(database)
        yield _of(config, database, open_clock(config), Chance())


def _of(config: NodeConfig, database: Database, clock: Clock, entropy: Entropy) -> Reconciliation:
    scheduled = Scheduled(database, clock)
    zone = config.station.zone
    return Reconciliation(database, clock, entropy, lambda: scheduled.last().orders, zone)


def _index(config: NodeConfig) -> closing[Database]:
    database = Database(Path(config.store.path) / INDEX_NAME)
    database.make_log_durable()
    return closing(database)


def _print(standing: Standing | None, study: str, *, as_json: bool) -> None:
    sentence = standing.sentence if standing else STILL_WAITING.fill(study=study)
    if as_json:
        print_json(
            {
                "study_instance_uid": study,
                "outcome": standing.outcome.value if standing else None,
                "corrected": standing.corrected_count if standing else 0,
                "images": standing.image_count if standing else 0,
                "target_study": standing.target_study if standing else None,
                "sentence": {"en": sentence.en, "fr": sentence.fr},
            }
        )
    else:
        typer.echo(sentence.en)


def _as_json(study: OpenStudy) -> dict[str, Any]:
    return {
        "study_instance_uid": study.study_instance_uid,
        "patient_id": study.patient_id,
        "name": study.name,
        "images": study.image_count,
        "opened_at": study.opened_at.isoformat(),
        "last_image_at": study.last_image_at.isoformat(),
        "is_provisional": study.is_provisional,
        "is_marked": study.is_marked,
    }


def _order_as_json(order: Order) -> dict[str, Any]:
    return {
        "accession_number": order.accession_number,
        "scheduled_procedure_step_id": order.scheduled_procedure_step_id,
        "scheduled_date": order.scheduled_date,
        "patient_id": order.patient.patient_id,
        "name": order.patient.name,
        "birth_date": order.patient.birth_date,
        "description": order.requested_procedure_description,
    }
