"""dcmtk shows a film through its VOI LUT, and the two agree on every P-Value."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from firmware.dicom.film import FilmObject
from firmware.imaging.density import DensityCalibration, linear_calibration
from firmware.imaging.presentation import voi_lut
from hal.film_scanner import ScanRequest
from tests.conftest import debian_program
from tests.unit.dicom.films import WEDGE, film_file, film_image

pytestmark = pytest.mark.peer("storescp")  # dcm2pnm comes in the same package

ALL_VALUES = ScanRequest(resolution_dpi=300, left=0, top=0, columns=256, rows=256)


@pytest.mark.parametrize("film_object", FilmObject, ids=lambda o: o.value)
@pytest.mark.parametrize("calibration", [linear_calibration("X"), WEDGE], ids=["linear", "wedge"])
def test_every_stored_value_is_shown_as_its_p_value(
    film_object: FilmObject, calibration: DensityCalibration, tmp_path: Path
) -> None:
    image = film_image(request=ALL_VALUES, calibration=calibration, film_object=film_object)
    dicom, pnm = tmp_path / "film.dcm", tmp_path / "film.pgm"
    dicom.write_bytes(film_file(image))
    program = debian_program("dcm2pnm")
    assert program
    subprocess.run(
        [program, "--use-voi-lut", "1", "--write-16-bit-pnm", dicom, pnm], check=True, timeout=30
    )
    words = [w for line in pnm.read_text().splitlines() if "#" not in line for w in line.split()]
    kind, columns, rows, value_max = words[:4]
    assert (kind, columns, rows, value_max) == ("P2", "256", "256", "65535")
    shown = np.array(words[4:], dtype=np.int64)
    assert np.array_equal(shown, voi_lut(calibration))
