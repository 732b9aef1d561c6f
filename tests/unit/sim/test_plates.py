"""What may be put into the simulated cassette: stored values exactly, and errors for the rest."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image

from hal.errors import ConfigError
from sim.plates import load_plate, open_plate
from tests.unit.sim.test_films import save_dicom

SAMPLES = np.array([[0, 1, 258], [32768, 65534, 65535]], np.uint16)
REAL = Path(str(files("data_store"))) / "data"


@pytest.mark.parametrize(
    ("name", "bits", "shape", "size_mm"),
    [
        ("RG1_UNCR.dcm", 15, (1955, 1841), (350, 430)),
        ("RG3_UNCR.dcm", 10, (1760, 1760), (350, 350)),
    ],
)
def test_stored_values_as_they_are(
    name: str, bits: int, shape: tuple[int, int], size_mm: tuple[int, int]
) -> None:
    plate = load_plate(REAL / name)
    stored = pydicom.dcmread(REAL / name)
    assert plate.bits == bits
    assert plate.latent.shape == shape
    assert plate.latent.tobytes() == bytes(stored.PixelData)
    assert (plate.width_mm, plate.height_mm) == size_mm


def test_the_example_is_a_real_one() -> None:
    assert open_plate(None).latent.shape == (1760, 1760)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_pictures_of_16_bits(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"une plaque à lire.{suffix}"
    Image.fromarray(SAMPLES).save(path)
    plate = load_plate(path)
    assert np.array_equal(plate.latent, SAMPLES)
    assert (plate.bits, plate.plate_id) == (16, "SIM-une-plaque--")


def test_what_the_file_says_of_its_plate(tmp_path: Path) -> None:
    said = {"PlateID": "P-7", "PlateType": "HIGH RES", "CassetteSize": "18CMX24CM"}
    plate = load_plate(save_dicom(tmp_path / "one.dcm", SAMPLES % 4096, 12, **said))
    assert (plate.plate_id, plate.plate_type) == ("P-7", "HIGH RES")
    assert (plate.width_mm, plate.height_mm) == (180, 240)


def test_no_such_file_in_both_languages(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        load_plate(tmp_path / "none.png")
    assert "there is no such file. A plate is" in raised.value.sentence.en
    assert "ce fichier n'existe pas. Une plaque est" in raised.value.sentence.fr


def test_pixels_that_no_plate_has(tmp_path: Path) -> None:
    signed = save_dicom(tmp_path / "signed.dcm", SAMPLES % 4096, 12, PixelRepresentation=1)
    with pytest.raises(ConfigError, match="pixels of another kind"):
        load_plate(signed)


def test_a_damaged_file(tmp_path: Path) -> None:
    path = save_dicom(tmp_path / "cut.dcm", SAMPLES % 4096, 12)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(ConfigError, match="damaged or cut off"):
        load_plate(path)
