"""What a plate's samples mean, as a file that `sapi-node calibrate-plate` writes."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from firmware.imaging.exposure_index import PlateCalibration
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


@dataclass(frozen=True)
class PlateCalibrationFile:
    response: PlateCalibration
    flat: FlatField | None
    """None: pixels stay as they were read."""
    reader_serial: str
    made_at: datetime | None


def load_plate_calibration(path: Path) -> PlateCalibrationFile:
    """Raises ConfigError."""
    try:
        return _from_json(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConfigError(UNREADABLE.fill(file=path, reason=error)) from error


def save_plate_calibration(made: PlateCalibrationFile, path: Path) -> None:
    """Raises ConfigError."""
    try:
        path.write_text(json.dumps(to_json(made)) + "\n", "utf-8")
    except OSError as error:
        raise ConfigError(UNWRITABLE.fill(file=path, reason=error.strerror)) from error


def to_json(made: PlateCalibrationFile) -> dict[str, Any]:
    flat = made.flat
    return {
        "response": asdict(made.response),
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
    }


def _from_json(told: dict[str, Any]) -> PlateCalibrationFile:
    flat = told.get("flat")
    made_at = told.get("made_at")
    return PlateCalibrationFile(
        response=PlateCalibration(**{key: float(v) for key, v in told["response"].items()}),
        flat=_flat(flat) if flat else None,
        reader_serial=str(told.get("reader_serial", "")),
        made_at=datetime.fromisoformat(made_at) if made_at else None,
    )


def _flat(told: dict[str, Any]) -> FlatField:
    grid, by_column = np.array(told["grid"], float), np.array(told["by_column"], float)
    rows, columns = int(told["rows"]), int(told["columns"])
    if grid.ndim != 2 or min(grid.shape) < 2 or by_column.shape != (columns,):
        raise ValueError("a flat field of another shape")
    dead = tuple((int(row), int(column)) for row, column in told["dead"])
    return FlatField(rows, columns, grid, by_column, dead)
