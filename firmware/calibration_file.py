"""The scanner's density calibration, kept in a JSON file that `sapi-node calibrate` writes."""

import json
from pathlib import Path

from firmware.imaging.density import DensityCalibration
from hal.errors import ConfigError, Sentence

UNREADABLE = Sentence(
    en="The calibration {file} could not be read ({reason}). "
    "Make it again with sapi-node calibrate.",
    fr="L'étalonnage {file} n'a pas pu être lu ({reason}). Refaites-le avec sapi-node calibrate.",
)
UNWRITABLE = Sentence(
    en="The calibration could not be written to {file} ({reason}). Name another file with -o.",
    fr="L'étalonnage n'a pas pu être écrit dans {file} ({reason}). "
    "Indiquez un autre fichier avec -o.",
)


def load_calibration(path: Path) -> DensityCalibration:
    """Raises ConfigError."""
    try:
        return DensityCalibration.from_json(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise ConfigError(UNREADABLE.fill(file=path, reason=error)) from error


def save_calibration(calibration: DensityCalibration, path: Path) -> None:
    """Raises ConfigError."""
    try:
        path.write_text(json.dumps(calibration.to_json(), indent=1) + "\n", "utf-8")
    except OSError as error:
        raise ConfigError(UNWRITABLE.fill(file=path, reason=error.strerror)) from error
