"""`sapi-node demo --plate`: a plate over a serial line of its own, erased when it is durable."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image

from firmware.dicom.film import FilmObject
from firmware.events import Event, Stored
from firmware.plate_events import PlateErased
from sim.archive_peer import SimulatedArchive
from sim.demo import run_demo
from sim.demo_plan import ArchiveName, DemoPlan
from sim.demo_result import DemoResult, as_json
from sim.free_port import free_port

SAPI_NODE = str(Path(sys.executable).with_name("sapi-node"))
DEMO_S = 120.0
WAIT_S = 60.0  # for what takes milliseconds
FILM_KEYS = {"film_size", "resolution_dpi"}
PLATE_KEYS = {
    "plate_id",
    "pitch_um",
    "exposure_index",
    "target_index",
    "deviation_index",
    "erased",
}


@pytest.fixture
def latent() -> np.ndarray[Any, Any]:
    """Around 1.6 uGy by the demo's invented response, 1.2 of its four decades; lead at the top."""
    samples = np.random.default_rng(7).integers(18_000, 21_000, (301, 257)).astype(np.uint16)
    samples[:40] -= 16_000
    return samples


@pytest.fixture
def plate(tmp_path: Path, latent: np.ndarray[Any, Any]) -> Path:
    path = tmp_path / "hand.png"
    Image.fromarray(latent).save(path)
    return path


def plan_of(folder: Path, plate: Path, archive_port: int, listen_port: int) -> DemoPlan:
    return DemoPlan(
        film=None,
        film_dpi=None,
        resolution_dpi=None,
        film_object=FilmObject.MULTI_FRAME,
        folder=folder / "demo",
        archive=ArchiveName("SIM_ARCHIVE", "127.0.0.1", archive_port),
        listen_port=listen_port,
        wait_s=WAIT_S,
        plate=plate,
    )


def erased_after_durable(plan: DemoPlan, heard: list[Event]) -> bool:
    """In this order: durable, then erased; and of the same image."""
    (stored,) = [event for event in heard if isinstance(event, Stored)]
    (erased,) = [event for event in heard if isinstance(event, PlateErased)]
    file = plan.store / stored.path
    assert hashlib.sha256(file.read_bytes()).hexdigest() == stored.sha256
    assert erased.sop_instance_uid == stored.sop_instance_uid
    return heard.index(stored) < heard.index(erased)


def test_committed_by_the_archive_sample_for_sample_and_again_in_the_same_folder(
    tmp_path: Path, plate: Path, latent: np.ndarray[Any, Any]
) -> None:
    """The second time the plate's counter goes on: the node knows the plate, and reads it."""
    listen_port = free_port()
    report_to = ("SAPI_NODE", "127.0.0.1", listen_port)
    uids = set()
    with SimulatedArchive(tmp_path / "archive", report_to=report_to) as archive:
        for _ in range(2):
            plan, heard = plan_of(tmp_path, plate, archive.port, listen_port), list[Event]()
            result = run_demo(plan, heard.append)
            assert result.good, result.why
            assert (result.committed, result.erased, result.trouble) == (True, True, "")
            assert erased_after_durable(plan, heard)
            told = as_json(plan, result, None)
            image = pydicom.dcmread(told["file"])
            np.testing.assert_array_equal(image.pixel_array, latent)
            uids.add(image.SOPInstanceUID)
        assert uids <= set(archive.instances())
    assert len(uids) == 2


def test_the_json_has_the_films_keys_and_the_plates_own(
    tmp_path: Path, plate: Path, latent: np.ndarray[Any, Any]
) -> None:
    command = [SAPI_NODE, "demo", "--json", "--folder", str(tmp_path / "demo")]
    done = subprocess.run(
        [*command, "--plate", str(plate)], capture_output=True, text=True, timeout=DEMO_S
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    film = as_json(plan_of(tmp_path, plate, 1, 1), DemoResult(), None)
    assert told.keys() == film.keys() - FILM_KEYS | PLATE_KEYS
    assert (told["stored"], told["sent"], told["committed"], told["erased"]) == (True,) * 4
    assert (told["rows"], told["columns"], told["pitch_um"]) == (301, 257, 100)
    assert (told["plate_id"], told["why"]) == ("SIM-hand", "")
    kerma_ugy = 10 ** (np.median(latent[120:220]) / 16_384 - 1)
    assert told["exposure_index"] == pytest.approx(100 * kerma_ugy, rel=0.02)
    deviation = 10 * np.log10(told["exposure_index"] / told["target_index"])
    assert told["deviation_index"] == pytest.approx(deviation, abs=0.06)
    assert all(seconds > 0 for seconds in told["seconds"].values())
    preview, file = np.asarray(Image.open(told["preview"])), pydicom.dcmread(told["file"])
    assert preview[:20].mean() > preview[150:].mean() + 50, "lead is white, as on a film"
    assert file.PlateID == "SIM-hand"
    assert "plate erased" in done.stderr


def test_an_archive_that_is_down_leaves_it_stored_and_erased(tmp_path: Path, plate: Path) -> None:
    """Erased, for its image is durable: the archive's part comes when it is back."""
    plan = plan_of(tmp_path, plate, free_port(), free_port())
    heard = list[Event]()
    result = run_demo(plan, heard.append)
    assert not result.good
    assert erased_after_durable(plan, heard)
    told = as_json(plan, result, None)
    assert (told["stored"], told["erased"], told["sent"], told["committed"]) == (
        *(True, True),
        *(False, False),
    )
    assert told["why"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--plate", __file__), "16 bits"),
        (("--plate", "/nowhere/plate.png"), "no such file"),
        (("--plate", "/"), "that is a folder"),
        (("--plate", "x.png", "--film", "y.png", "--dpi", "200"), "leave --film, --dpi out"),
    ],
)
def test_a_wrong_plate_is_one_sentence(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    command = [SAPI_NODE, "demo", "--json", "--folder", str(tmp_path / "demo"), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEMO_S)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_plate_that_is_not_erased_is_not_good(tmp_path: Path) -> None:
    """Stored and committed, and the reader never answered: said, with a time."""
    result = DemoResult(is_plate=True)
    result.stored = Stored("1.2", "p", 1, 1, "", 0.1, 0.1)  # type: ignore[arg-type]  # a Uid
    result.committed = True
    was_over = result.is_over
    result.time_is_up(3.0)
    assert (was_over, result.is_over, result.good) == (False, True, False)
    assert "3 s" in result.trouble
