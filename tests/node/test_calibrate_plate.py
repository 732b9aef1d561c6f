"""`sapi-node calibrate-plate` over a serial line, up to the exposure index of the next plate."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from typer.testing import CliRunner, Result

from firmware.cli import app
from firmware.imaging.exposure_index import C0_PER_UGY
from firmware.imaging.plate_calibration import load_plate_calibration
from firmware.index.database import Database
from sim.cassette_reader_device import CassetteReaderDevice, Plate
from tests.plate_kit import Room
from tests.reader_process import reader_on_pty, reader_state

PER_DECADE, OFFSET = 16_384.0, 8_000.0
"""What the simulated reader's plates answer, and nobody has told the node."""
ROWS, COLUMNS = 420, 352
DEAD = ((3, 4), (200, 100))

CONFIG = """
backend = "sim"
[station]
institution_name = "Essai"
language = "{language}"
[store]
path = "{folder}/store"
[cassette_reader]
port = "{folder}/reader"
calibration = "plates.json"
[archives.near]
ae_title = "NEAR"
host = "127.0.0.1"
port = 104
"""


def exposed(kerma_ugy: float, seed: int = 1) -> NDArray[np.uint16]:
    """12 % heel, quantum noise, two dead samples."""
    heel = np.linspace(1.06, 0.94, ROWS)[:, None] * np.ones(COLUMNS)
    quanta = np.random.default_rng(seed).poisson(kerma_ugy * heel * 90)
    samples = OFFSET + PER_DECADE * np.log10(np.maximum(quanta, 0.1) / 90)
    for place in DEAD:
        samples[place] = 0
    return np.clip(np.rint(samples), 0, 65_535).astype(np.uint16)


def hand() -> NDArray[np.uint16]:
    rows, columns = np.mgrid[0:ROWS, 0:COLUMNS]
    shadow = np.exp(-(((rows - 210) / 120.0) ** 2 + ((columns - 176) / 80.0) ** 2))
    samples = exposed(10.0) - 0.6 * PER_DECADE * shadow
    return np.asarray(samples.clip(1).astype(np.uint16))


Calibrate = Callable[..., tuple[Result, tuple[int | None, bool] | None]]


@pytest.fixture
def calibrate(tmp_path: Path) -> Calibrate:
    """One run with a plate in the reader; and what the reader has afterwards."""
    (tmp_path / "store").mkdir()
    config = tmp_path / "node.toml"

    def run(
        samples: NDArray[np.uint16], *options: str, said: str = "", language: str = "en"
    ) -> tuple[Result, tuple[int | None, bool] | None]:
        config.write_text(CONFIG.format(folder=tmp_path, language=language))
        plate = tmp_path / "flat.png"
        Image.fromarray(samples).save(plate)
        with reader_on_pty(tmp_path / "reader", plate):
            command = ["calibrate-plate", "-c", str(config), *options]
            result = CliRunner().invoke(app, command, input=said)
            return result, reader_state(tmp_path / "reader")

    return run


def told(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return answer


def test_from_two_exposures_to_the_exposure_index_of_a_plate(
    tmp_path: Path, calibrate: Calibrate
) -> None:
    first, state = calibrate(exposed(10.0), "--yes", "--json", "--kerma", "10")
    assert state == (None, False), "erased and ejected"
    once = told(first)
    assert once["response"] is None
    assert "once more" in once["sentences"][-1]["en"]
    assert once["uneven_percent"] == pytest.approx(100 * (1.06 / 0.94 - 1), abs=2.0)
    assert once["dead"] == len(DEAD)
    second, _ = calibrate(exposed(100.0, 2), "--yes", "--json", "--kerma", "100")
    twice = told(second)
    assert twice["exposures"] == 2
    assert twice["response"]["per_decade"] == pytest.approx(PER_DECADE, rel=0.02)
    third, _ = calibrate(exposed(30.0, 3), "--yes", "--json", "--kerma", "24")
    off = told(third)
    assert off["expected_index"] == pytest.approx(C0_PER_UGY * 24)
    assert off["off_percent"] == pytest.approx(25.0, abs=2.0)
    assert "further than 20 %" in " ".join(one["en"] for one in off["sentences"])

    made = load_plate_calibration(tmp_path / "plates.json")
    assert made.flat is not None
    assert set(DEAD) == set(made.flat.dead)
    room_folder = tmp_path / "room"
    room_folder.mkdir()
    plate = Plate("P-1", exposed(20.0, 4), bits=16)
    room = Room(room_folder, CassetteReaderDevice(plate), calibration=made).open()
    try:
        room.scan()
        (image,) = room.images()
    finally:
        room.close()
    assert float(image.ExposureIndex) == pytest.approx(C0_PER_UGY * 20.0, rel=0.2)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("1. Stop the node", "uneven by", "2 dead", "Written")),
        ("fr", ("1. Arrêtez le poste", "inhomogénéité", "2 échantillons morts", "Écrit")),
    ],
)
def test_it_guides_a_person_in_both_languages(
    calibrate: Calibrate, language: str, said: tuple[str, ...]
) -> None:
    result, state = calibrate(exposed(10.0), said="o\n", language=language)
    assert result.exit_code == 0, result.output
    for words in said:
        assert words in result.output
    assert state == (None, False)


def test_who_says_no_has_nothing_read(tmp_path: Path, calibrate: Calibrate) -> None:
    result, state = calibrate(exposed(10.0), said="n\n")
    assert result.exit_code == 2
    assert "Nothing was read" in result.output
    assert state == (None, True)
    assert not (tmp_path / "plates.json").exists()


@pytest.mark.parametrize("options", [("--yes",), ()])
def test_a_patients_plate_is_refused_and_kept_by_the_reader(
    tmp_path: Path, calibrate: Calibrate, options: tuple[str, ...]
) -> None:
    """The laser went over it: the reader has the only copy, and the node fetches it."""
    result, state = calibrate(hand(), *options, said="y\n\n")
    assert result.exit_code == 2
    assert "Not flat" in result.output
    assert "The reader keeps" in result.output
    assert state is not None
    assert state[0] is not None
    assert not (tmp_path / "plates.json").exists()


def test_a_bad_exposure_is_erased_where_somebody_says_so(calibrate: Calibrate) -> None:
    result, state = calibrate(np.full((ROWS, COLUMNS), 65_535, np.uint16), said="y\ny\n")
    assert result.exit_code == 2
    assert "Overexposed" in result.output
    assert "erased, and nothing was calibrated" in result.output
    assert state == (None, False)


def test_a_calibration_that_cannot_be_written_leaves_the_plate(
    tmp_path: Path, calibrate: Calibrate
) -> None:
    result, state = calibrate(exposed(10.0), "--yes", "-o", str(tmp_path / "no" / "folder.json"))
    assert result.exit_code == 2
    assert "could not be written" in result.output
    assert state is not None
    assert state[0] is not None


def test_from_a_stored_image_and_what_is_none(tmp_path: Path, calibrate: Calibrate) -> None:
    """Whatever the reader has in it stays there."""
    plate = Plate("P-1", exposed(10.0), bits=16)
    room = Room(tmp_path / "store", CassetteReaderDevice(plate))
    (tmp_path / "store").mkdir(exist_ok=True)
    room.open()
    try:
        room.scan()
        (image,) = room.images()
    finally:
        room.close()
    uid = str(image.SOPInstanceUID)
    result, state = calibrate(hand(), "--instance", uid, "--json")
    assert told(result)["dead"] == len(DEAD)
    assert told(result)["plate_id"] == "P-1"
    assert state == (None, True)
    trail = Database(tmp_path / "store/index.sqlite3", read_only=True)
    try:
        rows = trail.rows("SELECT object FROM audit WHERE action = 'plates calibrated'")
    finally:
        trail.close()
    assert [row["object"] for row in rows] == ["plate:P-1"]
    missing, _ = calibrate(hand(), "--instance", "1.2.3")
    assert missing.exit_code == 2
    assert "1.2.3" in missing.output
