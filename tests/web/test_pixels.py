"""Grey values for the browser are the file's own: whole, in parts, smaller, signed, compressed."""

from contextlib import AbstractContextManager
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from firmware.web.page import NotThere
from firmware.web.pixels import Head, Part, PixelReader, overview, read_head
from firmware.web.shades import presets, voi_table
from hal.disk import FileReader
from hal.errors import StorageError
from tests.instances import SECONDARY_CAPTURE, synthetic
from tests.unit.dicom.films import film_file, film_image
from tests.web.page_kit import PageKit, small_film

Values = NDArray[np.uint16]


def opened(content: bytes) -> AbstractContextManager[FileReader]:
    return BytesIO(content)


def image(
    values: NDArray[np.generic], syntax: str = ExplicitVRLittleEndian, **more: object
) -> bytes:
    dataset: Dataset = synthetic(SECONDARY_CAPTURE, *values.shape)
    dataset.BitsAllocated = dataset.BitsStored = 8 * values.dtype.itemsize
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(values.dtype.kind == "i")
    dataset.PixelData = values.tobytes()
    dataset["PixelData"].VR = "OW" if values.dtype.itemsize == 2 else "OB"
    for name, value in more.items():
        setattr(dataset, name, value)
    assert isinstance(dataset.file_meta, FileMetaDataset)
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    if syntax == RLELossless:
        dataset.compress(RLELossless)
    else:
        dataset.file_meta.TransferSyntaxUID = syntax
    out = BytesIO()
    dataset.save_as(out, enforce_file_format=True)
    return out.getvalue()


def read(content: bytes, part: Part | None = None) -> tuple[Head, Values]:
    open_file = partial(opened, content)
    head = read_head(open_file)
    part = part or overview(head.columns, head.rows)
    data = PixelReader().part("key", open_file, head, part)
    columns, rows = part.size
    return head, np.frombuffer(data, "<u2").reshape(rows, columns)


def test_a_film_of_this_node_as_it_is() -> None:
    content = film_file(film_image())
    _, values = read(content)
    assert np.array_equal(values, dcmread(BytesIO(content)).pixel_array)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless])
@pytest.mark.parametrize("dtype", ["<u2", "<i2", "u1"])
def test_others_images_too(syntax: str, dtype: str) -> None:
    wide = np.iinfo(dtype)
    values = np.linspace(wide.min, wide.max, 48 * 64).astype(dtype).reshape(48, 64)
    head, found = read(image(values, syntax))
    assert np.array_equal(found.astype(np.int64) - head.offset, values)


@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(0, 39),
    st.integers(0, 39),
    st.integers(1, 9),
)
def test_a_part_is_that_part_and_its_means(
    rows: int, columns: int, x: int, y: int, factor: int
) -> None:
    values = small_film(columns, rows)
    x, y = min(x, columns - 1), min(y, rows - 1)
    part = Part(x, y, columns - x, rows - y, factor)
    _, found = read(image(values), part)
    for row in range(found.shape[0]):
        for column in range(found.shape[1]):
            top, left = y + row * factor, x + column * factor
            square = values[top : top + factor, left : left + factor]
            assert found[row, column] == int(square.astype(np.int64).sum()) // square.size


def test_strips_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.web.pixels.STRIP_BYTES", 700)
    values = small_film(64, 101)
    _, found = read(image(values), Part(3, 2, 61, 99, 1))
    assert np.array_equal(found, values[2:, 3:])


def test_colour_and_several_frames_are_told() -> None:
    values = small_film()
    for more in ({"SamplesPerPixel": 3}, {"NumberOfFrames": 2}):
        with pytest.raises(StorageError, match="no single grey image"):
            read(image(values, **more))


def test_a_file_cut_short_is_told() -> None:
    content = image(small_film())
    with pytest.raises(StorageError, match="cannot be read"):
        read(content[:-100])
    with pytest.raises(StorageError, match="cannot be read"):
        read(content[:40])


def test_presets_of_the_file() -> None:
    content = image(
        small_film(),
        WindowCenter=[1000, 2000],
        WindowWidth=[500, 800],
        WindowCenterWidthExplanation=["BONE", "SOFT"],
        RescaleSlope=2,
        RescaleIntercept=-100,
    )
    head, _ = read(content)
    assert presets(head) == [
        {"name": "BONE", "lut": False, "centre": 550.0, "width": 250.0},
        {"name": "SOFT", "lut": False, "centre": 1050.0, "width": 400.0},
    ]
    assert presets(read(image(small_film()))[0]) == []


def test_the_lut_of_a_film_is_the_files_own() -> None:
    content = film_file(film_image())
    head, _ = read(content)
    (preset,) = presets(head)
    assert preset["lut"]
    written = np.frombuffer(dcmread(BytesIO(content)).VOILUTSequence[0].LUTData, "<u2")
    assert np.array_equal(np.frombuffer(voi_table(head), "<u2"), written)


def test_a_short_lut_holds_its_ends() -> None:
    item = Dataset()
    item.LUTDescriptor = [4, 10, 8]
    item["LUTDescriptor"].VR = "US"
    item.LUTData = np.array([0, 85, 170, 255], "<u2").tobytes()
    item["LUTData"].VR = "OW"
    head, _ = read(image(small_film(), VOILUTSequence=[item]))
    table = np.frombuffer(voi_table(head), "<u2")
    assert list(table[[0, 10, 11, 13, 14, 65535]]) == [0, 0, 21845, 65535, 65535, 65535]


def test_one_that_is_only_at_the_archive_is_told(kit: PageKit) -> None:
    uid = kit.store()
    with kit.page.writing() as database, database.transaction() as connection:
        connection.execute("UPDATE instance SET condition = 'evicted'")
    answer = kit.signed_in().get(f"/images/{uid}")
    assert answer.status_code == 404
    assert "seule l&#39;archive" in answer.text
    assert NotThere.__doc__


def test_a_large_film_is_read_in_bounded_memory(tmp_path: Path) -> None:
    """As the bench does for scans: what is allocated beside the answer is a strip and its sums."""
    import tracemalloc

    values = np.zeros((3000, 2400), np.uint16)
    path = tmp_path / "large.dcm"
    path.write_bytes(image(values))
    del values
    open_file = partial(path.open, "rb")
    head = read_head(open_file)
    part = overview(head.columns, head.rows)
    tracemalloc.start()
    PixelReader().part("key", open_file, head, part)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 32 * 2**20
