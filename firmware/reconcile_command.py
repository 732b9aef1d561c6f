"""`sapi-node reconcile`: an urgent study, or one under a wrong patient, is given to its order.

Beside a running node it lays the request into the index, and the node's worker does it; without
one the command does it itself, under the store's lock. Ctrl-C loses nothing.
"""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from firmware.config import NodeConfig, load_config
from firmware.panel_workflow import spoken_name, written_date
from firmware.queue_commands import who
from firmware.reconcile_alone import desk, until_done
from firmware.reconciliation import NO_STUDY, OpenStudy, Outcome, Reconciliation, Standing
from firmware.tables import table
from firmware.told_plainly import EXIT_FAILED, Speech, print_json, told_plainly
from hal.errors import ConfigError, Sentence
from hal.values import Order, Uid

app = typer.Typer(no_args_is_help=True, help="Studies that wait for their order.")

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The node's configuration.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]
DEFAULT_CONFIG = Path("node.toml")

WITHOUT = Sentence("Without their order", "Sans leur demande")
ORDERS = Sentence("Orders", "Demandes")
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
NOBODY_ASKED = Sentence(
    en="Nobody asked for study {study} to be given to an order.",
    fr="Personne n'a demandé de rattacher l'examen {study}.",
)


@app.command("list")
def list_open(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Urgent studies without an order, and those marked as wrong."""
    with told_plainly() as speech, desk(_loaded(config, speech)) as asked:
        rows = [_as_json(study) for study in asked.open_studies()]
    if as_json:
        return print_json(rows)
    columns = ("last_image_at", "images", "patient_id", "name")
    _print_table(speech, WITHOUT, columns, rows, "study_instance_uid")
    return None


@app.command()
def orders(
    study: Annotated[str, typer.Argument(help="Its study instance UID.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Orders of the worklist, the most likely for this study first."""
    with told_plainly() as speech, desk(_loaded(config, speech)) as asked:
        found_study(asked, study)
        rows = [_order_as_json(order) for order in asked.propose(Uid(study))]
    if as_json:
        return print_json(rows)
    columns = ("accession_number", "scheduled_date", "birth_date", "name")
    _print_table(speech, ORDERS, columns, rows, "description")
    return None


@app.command()
def mark(
    study: Annotated[str, typer.Argument(help="Its study instance UID.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Say that a study is under the wrong patient: it stays on the list until it is reconciled."""
    with told_plainly() as speech, desk(_loaded(config, speech)) as asked:
        asked.mark(Uid(study), who())


@app.command()
def show(
    study: Annotated[str, typer.Argument(help="Its study instance UID.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """How far the last request about a study is."""
    with told_plainly() as speech, desk(_loaded(config, speech)) as asked:
        standing = asked.standing(Uid(study))
    sentence = standing.sentence if standing else NOBODY_ASKED.fill(study=study)
    _print(speech, standing, study, sentence, as_json=as_json)


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
    with told_plainly() as speech:
        loaded = _loaded(config, speech)
        with desk(loaded) as asked:
            before = found_study(asked, study)
            seen = asked.images(Uid(study))
            chosen = chosen_order(asked.propose(Uid(study)), order, step)
            if not yes and not speech.is_agreed(_question(before, chosen)):
                raise typer.Abort
            if not is_asked(asked, Uid(study), chosen):
                asked.reconcile(Uid(study), chosen, who(), seen)
        standing = until_done(loaded, Uid(study))
    sentence = standing.sentence if standing else STILL_WAITING.fill(study=study)
    _print(speech, standing, study, sentence, as_json=as_json)
    if standing is None or standing.outcome is not Outcome.DONE:
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


def found_study(asked: Reconciliation, study: str) -> OpenStudy:
    """Whose it is. Raises ConfigError when no image of it is here to be corrected."""
    before = asked.study(Uid(study))
    if before is None:
        raise ConfigError(NO_STUDY.fill(study=study))
    return before


def is_asked(asked: Reconciliation, study: Uid, order: Order) -> bool:
    """An earlier command asked for just this, and it is not done: go on with that."""
    standing = asked.standing(study)
    return standing is not None and standing.ended_at is None and standing.order == order


def _question(before: OpenStudy, order: Order) -> Sentence:
    return CONFIRM.fill(
        study=before.study_instance_uid,
        before=spoken_name(before.name) or "?",
        name=spoken_name(order.patient.name),
        birth_date=written_date(order.patient.birth_date),
    )


def _loaded(config: Path, speech: Speech) -> NodeConfig:
    loaded = load_config(config)
    speech.language = loaded.station.language
    return loaded


def _print(
    speech: Speech, standing: Standing | None, study: str, sentence: Sentence, *, as_json: bool
) -> None:
    if not as_json:
        typer.echo(speech.told(sentence))
        return
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


def _print_table(
    speech: Speech, title: Sentence, columns: tuple[str, ...], rows: list[Any], below: str
) -> None:
    said = table(speech.told(title), columns, rows, (below,), speech.language)
    Console().print(said)


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
