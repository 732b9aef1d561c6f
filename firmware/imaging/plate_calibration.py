"""What a plate's samples mean, as a file that `sapi-node calibrate-plate` writes."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from firmware.imaging.exposure_index import PlateCalibration, fitted
from firmware.imaging.flat_field import FlatField
from hal.errors import ConfigError, Sentence

UNREADABLE = Sentence(
    en="The plate calibration {file} could not be read ({reason}). Make it again with sapi-node "
    "calibrate-plate.",
    fr="L'étalonnage des plaques {file} n'a pas pu être lu ({reason}). Refaites-le avec sapi-node "
    "calibrate-plate.",
)
UNWRITABLE = Sentence(
    en="The plate calibration could not be written to {file} ({reason}). Name another file with "
    "-o.",
    fr="L'étalonnage des plaques n'a pas pu être écrit dans {file} ({reason}). Indiquez un autre "
    "fichier avec -o.",
)


POINTS_MAX = 16  # exposures that a response is made of; two decades are well held by five
SAME_KERMA = 0.05  # a share: an exposure so near takes the older one's place


@dataclass(frozen=True)
class CalibrationPoint:
    """One homogeneous exposure: the median sample, and the air kerma at the plate (IEC 62494-1)."""

    sample: float
    kerma_ugy: float
    gain: float


@dataclass(frozen=True)
class PlateCalibrationFile:
    response: PlateCalibration | None
    """None: no two exposures of known air kerma were made yet, and no exposure index is said."""
    flat: FlatField | None
    """None: pixels stay as they were read."""
    reader_serial: str
    made_at: datetime | None
    points: tuple[CalibrationPoint, ...] = ()


def with_point(
    points: tuple[CalibrationPoint, ...], new: CalibrationPoint
) -> tuple[CalibrationPoint, ...]:
    """The newest last; one of the same exposure is replaced."""
    dose = new.kerma_ugy * new.gain
    others = [one for one in points if abs(one.kerma_ugy * one.gain / dose - 1) > SAME_KERMA]
    return (*others[-(POINTS_MAX - 1) :], new)


def response_of(points: tuple[CalibrationPoint, ...]) -> PlateCalibration | None:
    """None where there are fewer than two. Raises ValueError where samples do not rise."""
    if len(points) < 2:
        return None
    return fitted([(one.sample, one.kerma_ugy * one.gain) for one in points], gain=1.0)


def load_plate_calibration(path: Path) -> PlateCalibrationFile:
    """Raises ConfigError."""
    try:
        return _from_json(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConfigError(UNREADABLE.fill(file=path, reason=error)) from error


def save_plate_calibration(made: PlateCalibrationFile, path: Path) -> None:
    """Raises ConfigError."""
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.write_text(json.dumps(to_json(made)) + "\n", "utf-8")
        beside.replace(path)  # a node that starts meanwhile reads the old one or the new one
    except OSError as error:
        raise ConfigError(UNWRITABLE.fill(file=path, reason=error.strerror)) from error


def to_json(made: PlateCalibrationFile) -> dict[str, Any]:
    flat = made.flat
    return {
        "response": made.response and asdict(made.response),
        "flat": flat
        and {
            "rows": flat.rows,
            "columns": flat.columns,
            "grid": np.round(flat.grid, 2).tolist(),
            "by_column": np.round(flat.by_column, 2).tolist(),
            "dead": flat.dead,
        },
        "reader_serial": made.reader_serial,
        "made_at": made.made_at and made.made_at.isoformat(),
        "points": [asdict(one) for one in made.points],
    }


def _from_json(told: dict[str, Any]) -> PlateCalibrationFile:
    response, flat = told["response"], told.get("flat")
    made_at = told.get("made_at")
    return PlateCalibrationFile(
        response=PlateCalibration(**_floats(response)) if response else None,
        flat=_flat(flat) if flat else None,
        reader_serial=str(told.get("reader_serial", "")),
        made_at=datetime.fromisoformat(made_at) if made_at else None,
        points=tuple(CalibrationPoint(**_floats(one)) for one in told.get("points", ())),
    )


def _floats(told: dict[str, Any]) -> dict[str, float]:
    return {key: float(value) for key, value in told.items()}


def _flat(told: dict[str, Any]) -> FlatField:
    grid, by_column = np.array(told["grid"], float), np.array(told["by_column"], float)
    rows, columns = int(told["rows"]), int(told["columns"])
    if grid.ndim != 2 or min(grid.shape) < 2 or by_column.shape != (columns,):
        raise ValueError("a flat field of another shape")
    dead = tuple((int(row), int(column)) for row, column in told["dead"])
    return FlatField(rows, columns, grid, by_column, dead)
