"""`sapi-node demo` as a program of its own, against archives that are not ours."""

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

from tests.peers import free_port, orthanc, storescp

SAPI_NODE = str(Path(sys.executable).with_name("sapi-node"))
DPI = 150
DEMO_S = 120.0


def demo(folder: Path, *options: str) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    command = [SAPI_NODE, "demo", "--json", "--folder", str(folder), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEMO_S)
    lines = done.stdout.splitlines()
    return done, json.loads(lines[-1]) if lines else {}


@pytest.fixture
def film(tmp_path: Path) -> tuple[Path, np.ndarray[Any, Any]]:
    samples = np.random.default_rng(3).integers(50, 60_000, (1203, 961), dtype=np.uint16)
    path = tmp_path / "film.png"
    Image.fromarray(samples).save(path)
    return path, samples


@pytest.mark.peer("Orthanc")
@pytest.mark.parametrize("film_object", ["multi-frame", "secondary-capture"])
def test_a_film_ends_committed_by_orthanc_with_identical_pixels(
    tmp_path: Path, film: tuple[Path, np.ndarray[Any, Any]], film_object: str
) -> None:
    path, samples = film
    port = free_port()
    with orthanc(tmp_path / "orthanc", port) as archive:
        name = f"ORTHANC@127.0.0.1:{archive.address.port}"
        done, told = demo(
            tmp_path / "demo",
            *("--film", str(path), "--film-dpi", str(DPI), "--object", film_object),
            *("--archive", name, "--listen", str(port)),
        )
        assert done.returncode == 0, done.stderr
        (received,) = archive.instances()
    assert (told["stored"], told["sent"], told["committed"], told["why"]) == (True, True, True, "")
    file = Path(told["file"])
    assert hashlib.sha256(file.read_bytes()).hexdigest() == told["sha256"]
    ours = pydicom.dcmread(file).pixel_array
    assert received.SOPInstanceUID == told["sop_instance_uid"]
    assert ours.shape == (told["rows"], told["columns"])
    np.testing.assert_array_equal(received.pixel_array, ours)
    np.testing.assert_array_equal(ours[: samples.shape[0], : samples.shape[1]], samples)
    assert all(told["seconds"][hop] > 0 for hop in ("scan", "last_row_to_durable", "send"))
    assert told["seconds"]["commit"] > 0
    assert 0 < told["peak_rss_mib"] < 1000
    assert Image.open(told["preview"]).mode == "L"


@pytest.mark.peer("storescp")
def test_an_archive_without_commitment_is_sent_but_never_called_safe(
    tmp_path: Path, film: tuple[Path, np.ndarray[Any, Any]]
) -> None:
    with storescp(tmp_path / "received") as archive:
        name = f"{archive.ae_title}@127.0.0.1:{archive.port}"
        done, told = demo(tmp_path / "demo", "--film", str(film[0]), "--archive", name)
    assert done.returncode == 0, done.stderr
    assert (told["stored"], told["sent"], told["committed"]) == (True, True, False)
    assert "commitment" in told["why"]
    (received,) = (tmp_path / "received").iterdir()
    np.testing.assert_array_equal(
        pydicom.dcmread(received, force=True).pixel_array,
        pydicom.dcmread(told["file"]).pixel_array,
    )


def test_an_archive_that_is_down_leaves_it_stored_and_says_so(
    tmp_path: Path, film: tuple[Path, np.ndarray[Any, Any]]
) -> None:
    name = f"NOBODY@127.0.0.1:{free_port()}"
    done, told = demo(tmp_path / "demo", "--film", str(film[0]), "--archive", name)
    assert done.returncode == 1
    assert (told["stored"], told["sent"], told["committed"]) == (True, False, False)
    assert told["why"]
    assert Path(told["file"]).exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--film", __file__), "that is no image"),
        (("--film", "/nowhere/film.png"), "no such file"),
        (("--film", "/"), "that is a folder"),
        (("--archive", "ORTHANC"), "AET@HOST:PORT"),
        (("--object", "jpeg"), "multi-frame"),
    ],
)
def test_a_wrong_argument_is_one_sentence(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    done, _ = demo(tmp_path / "demo", *options)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
