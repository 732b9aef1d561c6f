"""What may be laid on the simulated scanner, and what is said of everything else."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin, TiffImagePlugin
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

from hal.errors import ConfigError
from sim.films import example_film, load_film
from tests.film_scanner_kit import noise_film

NOISE = noise_film(rows=50, columns=50).samples
SAMPLES = np.array([[0, 1, 258], [32768, 65534, 65535]], np.uint16)


def save_picture(path: Path, samples: Any, **options: Any) -> Path:
    Image.fromarray(samples).save(path, **options)
    return path


def save_dicom(path: Path, samples: Any, bits: int, **elements: Any) -> Path:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = SecondaryCaptureImageStorage
    dataset.SOPInstanceUID = generate_uid()
    dataset.Rows, dataset.Columns = samples.shape
    dataset.SamplesPerPixel, dataset.PixelRepresentation = 1, 0
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, bits, bits - 1
    for name, value in elements.items():
        setattr(dataset, name, value)
    dataset.PixelData = samples.astype("<u2").tobytes()
    dataset.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bits_are_taken_as_they_are(tmp_path: Path, suffix: str) -> None:
    film = load_film(save_picture(tmp_path / f"film.{suffix}", SAMPLES, dpi=(600, 600)))
    assert np.array_equal(film.samples, SAMPLES)
    assert film.samples.dtype == np.uint16
    assert film.dpi == 600


def test_big_endian_tiff(tmp_path: Path) -> None:
    path = save_picture(tmp_path / "film.tif", SAMPLES.astype(">u2"))
    assert path.read_bytes()[:2] == b"MM"
    assert np.array_equal(load_film(path).samples, SAMPLES)


def test_16_bit_tiff_where_0_is_white(tmp_path: Path) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[262] = 0
    path = save_picture(tmp_path / "film.tif", SAMPLES, tiffinfo=tags)
    with Image.open(path) as image:
        assert image.tag_v2[262] == 0
    assert np.array_equal(load_film(path).samples, 65535 - SAMPLES)


def test_8_bits_are_spread_over_16(tmp_path: Path) -> None:
    eight = np.array([[0, 1, 255]], np.uint8)
    film = load_film(save_picture(tmp_path / "film.png", eight))
    assert film.samples.tolist() == [[0, 257, 65535]]


def test_without_a_resolution_300_dpi_are_assumed(tmp_path: Path) -> None:
    assert load_film(save_picture(tmp_path / "film.png", SAMPLES)).dpi == 300


def test_the_resolution_given_goes_before_the_files(tmp_path: Path) -> None:
    path = save_picture(tmp_path / "film.png", SAMPLES, dpi=(600, 600))
    assert load_film(path, dpi=150).dpi == 150


@pytest.mark.parametrize("dpi", [0, -1, 19, 12801])
def test_no_resolution_of_a_film(tmp_path: Path, dpi: int) -> None:
    path = save_picture(tmp_path / "film.png", SAMPLES)
    with pytest.raises(ConfigError, match=f"^{dpi} dpi"):
        load_film(path, dpi)


def test_dicom_is_spread_over_16_bits(tmp_path: Path) -> None:
    path = save_dicom(tmp_path / "film", np.array([[0, 1, 4095]]), bits=12)
    assert load_film(path).samples.tolist() == [[0, 16, 65535]]


def test_dicom_of_16_bits_is_taken_as_it_is(tmp_path: Path) -> None:
    path = save_dicom(tmp_path / "film", SAMPLES, bits=16)
    assert np.array_equal(load_film(path).samples, SAMPLES)


def test_dicom_where_0_is_white_is_turned_around(tmp_path: Path) -> None:
    path = save_dicom(
        tmp_path / "film", np.array([[0, 1023]]), 10, PhotometricInterpretation="MONOCHROME1"
    )
    assert load_film(path).samples.tolist() == [[65535, 0]]


def test_signed_dicom_begins_at_its_lowest(tmp_path: Path) -> None:
    signed = np.array([[-2048, 2047]], np.int16).view(np.uint16)
    path = save_dicom(tmp_path / "film", signed, 12, PixelRepresentation=1)
    assert load_film(path).samples.tolist() == [[0, 65535]]


@pytest.mark.parametrize(
    "name", ["NominalScannedPixelSpacing", "PixelSpacing", "ImagerPixelSpacing"]
)
def test_dicom_spacing_is_its_resolution(tmp_path: Path, name: str) -> None:
    path = save_dicom(tmp_path / "film", SAMPLES, 16, **{name: [0.05, 0.05]})
    assert load_film(path).dpi == 508


def test_the_example_is_a_digitized_film() -> None:
    film = load_film(example_film())
    assert film.samples.shape == (4432, 2864)
    assert film.dpi == 300


def cut_off(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:-1000])
    return path


def two_pages(path: Path) -> Path:
    page = Image.fromarray(SAMPLES)
    page.save(path, save_all=True, append_images=[page])
    return path


def text(path: Path) -> Path:
    path.write_text("a film, said the file")
    return path


def nothing(path: Path) -> Path:
    path.touch()
    return path


def folder(path: Path) -> Path:
    path.mkdir()
    return path


def palette(path: Path) -> Path:
    Image.new("P", (4, 4)).save(path)
    return path


def bomb(path: Path) -> Path:
    """A picture that says it is 60000 x 60000."""
    save_picture(path, SAMPLES)
    raw = bytearray(path.read_bytes())
    raw[16:24] = (60000).to_bytes(4, "big") * 2
    raw[29:33] = PngImagePlugin._crc32(bytes(raw[12:29])).to_bytes(4, "big")
    path.write_bytes(raw)
    return path


NO_FILMS = {
    "missing": (lambda path: path, "there is no such file"),
    "folder": (folder, "that is a folder"),
    "text": (text, "that is no image"),
    "empty": (nothing, "that is no image"),
    "colour": (
        lambda path: save_picture(path, np.zeros((4, 4, 3), np.uint8)),
        "an image of kind PNG RGB",
    ),
    "palette": (palette, "an image of kind PNG P"),
    "cut-off PNG": (lambda path: cut_off(save_picture(path, NOISE)), "damaged or cut off"),
    "cut-off DICOM": (lambda path: cut_off(save_dicom(path, NOISE, 16)), "damaged or cut off"),
    "DICOM in colour": (
        lambda path: save_dicom(path, SAMPLES, 16, PhotometricInterpretation="RGB"),
        "an image of kind DICOM RGB",
    ),
    "DICOM in frames": (
        lambda path: save_dicom(path, SAMPLES, 8, NumberOfFrames=2),
        "an image of kind DICOM MONOCHROME2, 2 p",
    ),
    "bomb": (bomb, "damaged or cut off"),
}


@pytest.mark.parametrize("name", NO_FILMS)
def test_what_is_no_film_is_told(tmp_path: Path, name: str) -> None:
    make, found = NO_FILMS[name]
    path = make(tmp_path / "film.png")
    with pytest.raises(ConfigError) as caught:
        load_film(path)
    said = caught.value.sentence
    assert str(said).startswith(f"{path}: {found}")
    assert "name such a file" in said.en
    assert "indiquez un tel fichier" in said.fr


def test_a_tiff_of_two_pages_is_no_film(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="2 p"):
        load_film(two_pages(tmp_path / "film.tif"))
