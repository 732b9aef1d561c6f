"""`sapi-node calibrate`: from a scan of a step wedge to the scanner's density calibration."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from firmware.calibration_file import save_calibration
from firmware.imaging.density import DensityCalibration
from firmware.imaging.film_file import load_film
from firmware.imaging.step_wedge import measure_wedge
from firmware.told_plainly import print_json, told_plainly
from hal.errors import ConfigError, Sentence

NOT_NUMBERS = Sentence(
    en="--densities takes numbers with commas between, such as 0.05,0.20,0.35; found {found!r}.",
    fr="--densities attend des nombres séparés par des virgules, par exemple 0.05,0.20,0.35 ; "
    "reçu {found!r}.",
)


def calibrate(
    wedge: Annotated[Path, typer.Option(help="A 16-bit scan of the wedge, cropped to it.")],
    densities: Annotated[
        str, typer.Option(help="The wedge's optical densities, lightest first: 0.05,0.20,...")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Name this file as film.calibration.")
    ] = Path("calibration.json"),
    scanner_serial: Annotated[
        str, typer.Option(help="The serial number of the scanner that it belongs to.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Learn what the scanner's values mean in optical density, from a step wedge."""
    with told_plainly():
        steps = _numbers(densities)
        values = measure_wedge(load_film(wedge).samples, steps)
        calibration = DensityCalibration(
            points=tuple(zip(values, steps, strict=True)),
            method=f"step wedge, {len(steps)} steps",
            scanner_serial=scanner_serial,
            made_at=_modified_at(wedge),
        )
        save_calibration(calibration, output)
    if as_json:
        return print_json({"file": str(output), **calibration.to_json()})
    table = Table(title="Calibration", title_justify="left")
    for heading in ("step", "optical density", "device value", "linear would be"):
        table.add_column(heading, justify="right")
    for number, (value, density) in enumerate(calibration.points, 1):
        table.add_row(str(number), f"{density:.2f}", f"{value:.0f}", f"{65535 * 10**-density:.0f}")
    Console().print(table)
    typer.echo(f"Written: {output}. Name it in the configuration: film.calibration")
    return None


def _numbers(densities: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in densities.split(","))
    except ValueError as error:
        raise ConfigError(NOT_NUMBERS.fill(found=densities)) from error


def _modified_at(wedge: Path) -> datetime:
    """When the wedge was scanned, as far as its file knows."""
    return datetime.fromtimestamp(wedge.stat().st_mtime, UTC)
