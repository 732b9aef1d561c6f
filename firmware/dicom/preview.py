"""A picture of a stored film or plate, read row by row: what the demo shows."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread

from firmware.imaging.presentation import window_lut
from firmware.imaging.preview_png import preview_png

PIXEL_DATA_HEAD = b"\xe0\x7f\x10\x00OW\x00\x00"
BLOCK_BYTES = 1024 * 1024


def write_preview(dicom_file: Path, png_file: Path) -> None:
    """Of a film or plate that this node built (explicit little endian, 16 bit, one frame)."""
    with dicom_file.open("rb") as file:
        dataset = dcmread(file, stop_before_pixels=True)
        if file.read(8) != PIXEL_DATA_HEAD:
            raise ValueError(f"{dicom_file}: not a film of this node")
        file.read(4)  # the length; Rows and Columns say it too
        columns, rows = int(dataset.Columns), int(dataset.Rows)
        png = preview_png(_rows(file, columns, rows), columns, rows, _lut(dataset))
    png_file.write_bytes(png)


def _rows(file: BinaryIO, columns: int, rows: int) -> Iterator[NDArray[np.uint16]]:
    row_bytes = 2 * columns
    together = max(1, BLOCK_BYTES // row_bytes)
    for first in range(0, rows, together):
        count = min(together, rows - first)
        block = np.frombuffer(file.read(count * row_bytes), dtype="<u2")
        yield block.reshape(count, columns)


def _lut(dataset: Dataset) -> NDArray[np.uint16]:
    if "VOILUTSequence" in dataset:
        data: bytes = dataset.VOILUTSequence[0].LUTData
        return np.frombuffer(data, dtype="<u2")
    lut = window_lut(float(dataset.WindowCenter), float(dataset.WindowWidth))
    # PS3.3 C.7.6.3.1.2: of MONOCHROME1 the least value is shown white. So plates are.
    return ~lut if dataset.PhotometricInterpretation == "MONOCHROME1" else lut
