"""Grey values of a stored image for the browser: 16 bits, a part of it, as large as asked for.

Ours are read by seeking, in strips; what another device compressed is decoded whole, one at a time
and within bounds. The values are the file's own, only averaged where the part is made smaller:
window, turn and flip are the browser's.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from hal.disk import FileReader
from hal.errors import Sentence, StorageCorrupt, StorageError

Open = Callable[[], AbstractContextManager[FileReader]]
PART_MAX_PX = 1024
"""A side of what is sent at once: 2 MiB."""
STRIP_BYTES = 4 * 1024 * 1024
DECODED_MAX_BYTES = 256 * 1024 * 1024
"""As firmware/compression.py's: a board of 1 GiB has the peak of decoding that."""
KEPT_PARTS = 6
READABLE = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)

NOT_GREY = Sentence(
    en="This image cannot be shown here: it is no single grey image ({why}). It is stored and sent "
    "all the same.",
    fr="Cette image ne peut pas être montrée ici : ce n'est pas une image simple en niveaux de "
    "gris ({why}). Elle est tout de même stockée et envoyée.",
)
TOO_LARGE = Sentence(
    en="This image is compressed and too large to be shown here. It is stored and sent all the "
    "same.",
    fr="Cette image est compressée et trop grande pour être montrée ici. Elle est tout de même "
    "stockée et envoyée.",
)
UNREADABLE = Sentence(
    en="This image cannot be read ({reason}). See the disks.",
    fr="Cette image ne peut pas être lue ({reason}). Voyez l'état des disques.",
)


@dataclass(frozen=True)
class Part:
    """A rectangle in the image's own pixels, made `factor` times smaller on each side."""

    x: int
    y: int
    columns: int
    rows: int
    factor: int

    @property
    def size(self) -> tuple[int, int]:
        """(columns, rows) of what comes of it."""
        return -(-self.columns // self.factor), -(-self.rows // self.factor)


def overview(columns: int, rows: int, side_max: int = PART_MAX_PX) -> Part:
    """The whole image, no side longer than `side_max`."""
    return Part(0, 0, columns, rows, max(1, -(-max(columns, rows) // side_max)))


@dataclass(frozen=True)
class Head:
    """The data set without its pixels, and where they begin."""

    dataset: Dataset
    pixels_at: int | None
    """None: compressed."""

    @property
    def columns(self) -> int:
        return int(self.dataset.Columns)

    @property
    def rows(self) -> int:
        return int(self.dataset.Rows)

    @property
    def dtype(self) -> np.dtype[Any]:
        width = int(self.dataset.BitsAllocated) // 8
        return np.dtype(f"<{'i' if self.dataset.PixelRepresentation else 'u'}{width}")

    @property
    def offset(self) -> int:
        """Added to stored values so that what is sent is never negative."""
        return 1 << (int(self.dataset.BitsStored) - 1) if self.dataset.PixelRepresentation else 0


def read_head(open_file: Open) -> Head:
    """Raises StorageError for a file that is not there or is no grey image."""
    try:
        with open_file() as file:
            dataset = dcmread(file, stop_before_pixels=True)
            syntax = dataset.file_meta.TransferSyntaxUID
            # PS3.5 7.1.2: tag, OW and two bytes reserved, 32-bit length; implicit has no VR.
            length = 12 if syntax == ExplicitVRLittleEndian else 8
            at = file.tell() + length if syntax in READABLE else None
        _check_grey(dataset)
    except StorageError:
        raise
    except Exception as error:  # pydicom raises whatever a damaged file makes it stumble over
        raise StorageCorrupt(UNREADABLE.fill(reason=error)) from error
    return Head(dataset, at)


def _check_grey(dataset: Dataset) -> None:
    samples, frames = int(dataset.SamplesPerPixel), int(dataset.get("NumberOfFrames") or 1)
    bits = int(dataset.BitsAllocated)
    if samples != 1 or frames != 1 or bits not in (8, 16):
        why = f"{samples} x {bits} bit, {frames}"
        raise StorageCorrupt(NOT_GREY.fill(why=why))


class PixelReader:
    """One image at a time, for memory; the last few parts are kept, for a second look."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parts: OrderedDict[tuple[str, Part], bytes] = OrderedDict()

    def part(self, key: str, open_file: Open, head: Head, part: Part) -> bytes:
        """uint16, little endian, row by row. `key` names these very bytes: the file's digest."""
        with self._lock:
            found = self._parts.pop((key, part), None)
            if found is None:
                found = _read(open_file, head, part).astype("<u2").tobytes()
            self._parts[(key, part)] = found
            while len(self._parts) > KEPT_PARTS:
                self._parts.popitem(last=False)
        return found


def _read(open_file: Open, head: Head, part: Part) -> NDArray[Any]:
    try:
        if head.pixels_at is None:
            whole = _decoded(open_file, head)
            window = whole[part.y : part.y + part.rows, part.x : part.x + part.columns]
            return _shrunk(window, head.offset, part.factor)
        with open_file() as file:
            return np.concatenate(list(_strips(file, head, head.pixels_at, part)))
    except StorageError:
        raise
    except Exception as error:
        raise StorageCorrupt(UNREADABLE.fill(reason=error)) from error


def _strips(file: FileReader, head: Head, pixels_at: int, part: Part) -> Any:
    """Whole rows, only those of the part, a multiple of the factor at once."""
    row_bytes = head.columns * head.dtype.itemsize
    together = max(1, STRIP_BYTES // row_bytes // part.factor) * part.factor
    for first in range(0, part.rows, together):
        count = min(together, part.rows - first)
        file.seek(pixels_at + (part.y + first) * row_bytes)
        strip = np.frombuffer(file.read(count * row_bytes), head.dtype).reshape(count, head.columns)
        yield _shrunk(strip[:, part.x : part.x + part.columns], head.offset, part.factor)


def _shrunk(values: NDArray[Any], offset: int, factor: int) -> NDArray[np.uint16]:
    """The mean of each square; what is cut off at the edges is the mean of fewer."""
    if factor == 1:
        return (values.astype(np.int32) + offset).astype(np.uint16)
    rows = np.arange(0, values.shape[0], factor)
    columns = np.arange(0, values.shape[1], factor)
    sums = np.add.reduceat(np.add.reduceat(values, rows, 0, np.int64), columns, 1, np.int64)
    heights = np.diff(np.append(rows, values.shape[0]))
    widths = np.diff(np.append(columns, values.shape[1]))
    means = sums // np.outer(heights, widths)
    return np.asarray(means + offset, dtype=np.uint16)


def _decoded(open_file: Open, head: Head) -> NDArray[Any]:
    if head.columns * head.rows * head.dtype.itemsize > DECODED_MAX_BYTES:
        raise StorageCorrupt(TOO_LARGE)
    with open_file() as file:
        return dcmread(file).pixel_array
