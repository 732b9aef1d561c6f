"""`sapi-node`: what an administrator and a developer type."""

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from firmware.archive_commands import app as archive_app
from firmware.array_commands import array_app
from firmware.audit_commands import app as audit_app
from firmware.backup_commands import backup, restore
from firmware.calibrate import calibrate
from firmware.calibrate_plate import calibrate_plate
from firmware.config import NodeConfig, load_config
from firmware.config_files import check_files
from firmware.import_command import import_files
from firmware.index_commands import app as index_app
from firmware.node import Node
from firmware.plates_command import plates
from firmware.queue_commands import app as queue_app
from firmware.reconcile_command import app as reconcile_app
from firmware.reports import Reports
from firmware.runtime import stop_signals
from firmware.tables import steps_table, table
from firmware.told_plainly import print_json, told_plainly
from firmware.web.way import Extension
from firmware.web_commands import app as web_app
from firmware.wiring import open_devices
from hal.devices import Devices

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Scans X-ray films, keeps them as DICOM, and forwards them to the archive.",
)
config_app = typer.Typer(no_args_is_help=True, help="The configuration file.")
app.add_typer(config_app, name="config")
app.add_typer(archive_app, name="archive")
app.add_typer(array_app, name="array")
app.add_typer(index_app, name="index")
app.add_typer(audit_app, name="audit")
app.add_typer(queue_app, name="queue")
app.add_typer(reconcile_app, name="reconcile")
app.add_typer(web_app, name="web")
app.command("backup")(backup)
app.command("restore")(restore)
app.command("import")(import_files)
app.command("calibrate")(calibrate)
app.command("calibrate-plate")(calibrate_plate)
app.command("plates")(plates)

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The node's configuration.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")]
DEFAULT_CONFIG = Path("node.toml")
WHY = ("last_error",)
STUDIES_MAX = 50  # a day of a busy room


@app.command()
def run(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Run the node until it is told to stop (Ctrl-C, SIGTERM); nothing is lost then."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    for talkative in ("pynetdicom", "httpx"):  # each request, with its whole address
        logging.getLogger(talkative).setLevel(logging.WARNING)
    with told_plainly():
        run_node(load_config(config))


def run_node(
    config: NodeConfig,
    opened: Callable[[NodeConfig], Devices] = open_devices,
    page_extensions: tuple[Extension, ...] = (),
) -> None:
    with stop_signals() as stopped:
        devices = opened(config)
        try:
            node = Node(config, devices, page_extensions=page_extensions)
            node.start()
            stopped.wait()
            node.stop()
        finally:
            devices.close()


@config_app.command("check")
def config_check(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Read the configuration and say what is wrong in it, with the line and the fix."""
    with told_plainly():
        loaded = load_config(config)
        check_files(loaded, config)
    if as_json:
        print_json(loaded.model_dump())
    else:
        archives = ", ".join(loaded.archives)
        typer.echo(f"{config}: good. Archives: {archives}. Store: {loaded.store.path}.")


@app.command()
def status(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """What is stored, what is on its way, and what is in trouble."""
    with reports(config) as index:
        totals, troubles = index.totals(), index.troubles()
        conditions, notices, lost = index.conditions(), index.notices(), index.lost()
        steps = index.procedure_steps()
    if as_json:
        extra = {"conditions": conditions, "lost": lost, "notices": notices, "troubles": troubles}
        return print_json({**totals, **extra, "procedure_steps": steps})
    console = Console()
    console.print(f"{totals['instances']} images stored, {totals['bytes'] / 1e6:.1f} MB")
    for state, count in sorted(totals["states"].items()):
        console.print(f"  {count:>6} {state}")
    for condition, count in sorted(conditions.items()):
        console.print(f"  {count:>6} {condition}", style="red")
    for image in lost:
        console.print(f"[red]{image['condition']}[/] {image['instance']}", soft_wrap=True)
        console.print(f"  since {image['since']}: {image['why']}", soft_wrap=True, markup=False)
        console.print(f"  {image['next']['en']}", soft_wrap=True, markup=False)
    for name, notice in sorted(notices.items()):
        console.print(f"{name}: {notice['state']}. {notice['sentence']['en']}", markup=False)
    if troubles:
        columns = ("state", "tries", "due_at", "destination")
        console.print(table("In trouble", columns, troubles, ("instance", "last_error")))
    if steps:
        console.print(steps_table(steps))
    return None


@app.command()
def studies(
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
    patient: Annotated[
        str, typer.Option(help="Beginnings of the patient's names, accents or not.")
    ] = "",
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many.")] = STUDIES_MAX,
) -> None:
    """The newest studies and where each one is."""
    with reports(config) as index:
        rows = index.studies(count, patient)
    if as_json:
        return print_json(rows)
    columns = ("opened_at", "instances", "sent", "committed", "accession_number", "name")
    Console().print(table("Studies", columns, rows, ("description", "study_instance_uid")))
    return None


@app.command()
def show(uid: str, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """One image or study by its UID: the file, where it stands, and its trail."""
    with reports(config) as index:
        found = index.show(uid)
    if as_json:
        return print_json(found)
    console = Console()
    for instance in found["instances"]:
        console.print(f"[bold]{instance['sop_instance_uid']}[/]")
        for key in ("study", "modality", "rows", "columns", "path", "size_bytes", "sha256"):
            console.print(f"  {key:<11} {instance[key]}")
        console.print(
            table("On its way", ("state", "tries", "destination"), instance["outbox"], WHY)
        )
        console.print(table("Trail", ("at", "actor", "action"), instance["trail"], ("detail",)))
    return None


@contextmanager
def reports(config: Path) -> Generator[Reports]:
    with told_plainly():
        index = Reports(Path(load_config(config).store.path))
        try:
            yield index
        finally:
            index.close()
