"""`sapi-node array`: look at the mirrored disks, check them, replace one.

The node may go on scanning meanwhile; what is started here goes on when the terminal closes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from firmware import wiring
from firmware.array_report import array_report, no_array_report
from firmware.array_troubles import ALL_WELL, BAD_BY_KIND, trouble, troubles
from firmware.config import load_config
from firmware.told_plainly import EXIT_FAILED, print_json, told_plainly
from hal.errors import ConfigError, Sentence
from hal.storage_array import ArrayStatus, ArrayTask, StorageArray
from hal.storage_array import Progress as ArrayProgress

array_app = typer.Typer(no_args_is_help=True, help="The mirrored disks below the store.")
ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The node's configuration.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")]
DEFAULT_CONFIG = Path("node.toml")
DOES = {
    ArrayTask.SCRUB: "Checking both copies",
    ArrayTask.REPLACE: "Copying to the new disk",
    ArrayTask.MIRROR: "Mirroring again",
}


@array_app.command()
def status(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """How the disks are, and what to do about it."""
    with told_plainly():
        array = wiring.open_storage_array(load_config(config))
        found = array if isinstance(array, Sentence) else array.status()
    if isinstance(found, Sentence):
        print_json(no_array_report(found)) if as_json else typer.echo(str(found))
    elif as_json:
        print_json(array_report(found, troubles(found)))
    else:
        _show(Console(), found)


@array_app.command()
def scrub(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Read every copy and mend what can be mended. Takes hours on large disks."""
    with told_plainly():
        array = _array(config)
        _follow(array.scrub())
        after = array.status()
    sentence, good = _verdict(after)
    typer.echo(sentence)
    if not good:
        raise typer.Exit(EXIT_FAILED)


@array_app.command()
def replace(
    member: Annotated[str, typer.Argument(help="The disk to replace, as `array status` names it.")],
    new: Annotated[str, typer.Argument(help="The new disk, such as /dev/sdc.")],
    force: Annotated[bool, typer.Option("--force", help="Erase what is on the new disk.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Put a new disk in the place of one that failed, and mirror everything again."""
    with told_plainly():
        array = _array(config)
        _follow(array.replace(member, new, force))
        after = array.status()
    _show(Console(), after)


@array_app.command()
def mirror(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Mirror again what was written while one disk was missing."""
    with told_plainly():
        array = _array(config)
        _follow(array.mirror())
        after = array.status()
    _show(Console(), after)


def _verdict(status: ArrayStatus) -> tuple[str, bool]:
    """What the last check says, and whether nothing is to be done about it."""
    result = status.scrub
    if result is None or not result.finished:
        return "The check did not end. Start it again.", False
    if result.uncorrectable:
        return str(trouble(BAD_BY_KIND[status.kind], count=result.uncorrectable).sentence), False
    if result.corrected:
        mended = f"{result.corrected} places were mended from the other disk."
        return f"{mended} Check once more, to see that it holds.", True
    return "Both copies are good everywhere.", True


def _array(config: Path) -> StorageArray:
    found = wiring.open_storage_array(load_config(config))
    if isinstance(found, Sentence):
        raise ConfigError(found)
    return found


def _follow(steps: Iterator[ArrayProgress]) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %"))
    with Progress(*columns, TimeRemainingColumn()) as bars:
        shown = {}
        for step in steps:
            if step.task not in shown:
                shown[step.task] = bars.add_task(DOES[step.task], total=1.0)
            bars.update(shown[step.task], completed=step.fraction)


def _show(console: Console, status: ArrayStatus) -> None:
    found = troubles(status)
    console.print(f"{status.kind} array: [bold]{status.state.value}[/]")
    for each in found:
        console.print(f"  {each.sentence}", style="red")
    if not found:
        console.print(f"  {ALL_WELL}")
    table = Table("disk", "device", "state", "errors", "SMART")
    for member in status.members:
        smart = " ".join(filter(None, (member.smart.value, member.smart_note)))
        table.add_row(
            member.name, member.device or "-", member.state.value, str(member.errors.total), smart
        )
    console.print(table)
