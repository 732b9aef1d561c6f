"""What a start reads of a file that rotted: an entry, or that it is none, and nothing else."""

import pytest

from firmware.dicom.entry_reader import read_entry
from hal.errors import StorageCorrupt
from sim.disk import ModelDisk
from tests.unit.dicom.films import film_file, film_image

HEAD_BYTES = 1500  # the meta, and what the index says of an image


def on_disk(content: bytes) -> ModelDisk:
    disk = ModelDisk()
    with disk.create("a.dcm") as writer:
        writer.write(content)
    return disk


@pytest.mark.filterwarnings("ignore")
def test_a_rotten_bit_stops_no_start() -> None:
    content = film_file(film_image())
    unreadable = 0
    for bit in range(8 * 128, 8 * HEAD_BYTES, 11):
        rotten = bytearray(content)
        rotten[bit // 8] ^= 1 << bit % 8
        try:
            read_entry(on_disk(bytes(rotten)), "a.dcm")
        except StorageCorrupt:
            unreadable += 1
    assert unreadable > 50


def test_pixels_that_are_not_all_there_are_no_image() -> None:
    """Seed 60042: an fsync had lied, power went, and what was left of the file was adopted and
    sent: pydicom takes fewer pixels than announced without a word."""
    image = film_image()
    content, pixel_bytes = film_file(image), 2 * image.request.rows * image.request.columns
    assert read_entry(on_disk(content), "a.dcm").rows == image.request.rows
    for missing in (1, 2, pixel_bytes, pixel_bytes + 8, pixel_bytes + 12):
        with pytest.raises(StorageCorrupt):
            read_entry(on_disk(content[:-missing]), "a.dcm")
