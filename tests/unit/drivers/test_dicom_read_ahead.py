"""Reading ahead: bounded, in order, and no file that is not as indexed gets its last block."""

from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from threading import active_count

import pytest

from drivers.dicom_file import BLOCK_BYTES
from drivers.dicom_read_ahead import BLOCKS_AHEAD, ReadAhead
from hal.archive import InstanceFile
from hal.disk import FileReader
from hal.errors import StorageCorrupt, StorageFailed
from tests.instances import instance_file, of_another


def small(folder: Path, count: int) -> list[InstanceFile]:
    return [instance_file(folder / f"{number}.dcm") for number in range(count)]


def large(path: Path) -> InstanceFile:
    """More blocks than there are buffers."""
    return instance_file(path, rows=1024, columns=(BLOCKS_AHEAD + 2) * BLOCK_BYTES // 2048)


def data_set(ahead: ReadAhead) -> bytes:
    return b"".join(bytes(block) for block, _ in ahead.blocks())


def test_data_sets_come_whole_and_in_order(tmp_path: Path) -> None:
    sent = [*small(tmp_path, 3), large(tmp_path / "large.dcm")]
    with ReadAhead(sent) as ahead:
        for instance in sent:
            read = data_set(ahead)
            with instance.open() as file:
                content = file.read()
            assert content.endswith(read)
            assert 132 < len(content) - len(read) < 1024


def test_only_the_last_block_says_so(tmp_path: Path) -> None:
    with ReadAhead([large(tmp_path / "large.dcm")]) as ahead:
        marks = [is_last for _, is_last in ahead.blocks()]
    assert marks == [False] * (len(marks) - 1) + [True]
    assert len(marks) > BLOCKS_AHEAD


def test_more_corrupt_files_than_buffers(tmp_path: Path) -> None:
    """Each of them had a buffer, and gave it back."""
    good = small(tmp_path, 1)[0]
    with ReadAhead([of_another(good)] * (2 * BLOCKS_AHEAD) + [good]) as ahead:
        for _ in range(2 * BLOCKS_AHEAD):
            with pytest.raises(StorageCorrupt, match="digest"):
                data_set(ahead)
        assert data_set(ahead)


def test_a_long_corrupt_file_never_gets_its_last_block(tmp_path: Path) -> None:
    with ReadAhead([of_another(large(tmp_path / "large.dcm"))]) as ahead:
        blocks = ahead.blocks()
        with pytest.raises(StorageCorrupt):
            while True:
                assert next(blocks)[1] is False


def test_a_missing_file_and_the_next(tmp_path: Path) -> None:
    sent = small(tmp_path, 2)
    (tmp_path / "0.dcm").unlink()
    with ReadAhead(sent) as ahead:
        with pytest.raises(StorageFailed):
            data_set(ahead)
        assert data_set(ahead)


def test_an_error_of_our_own_is_not_swallowed(tmp_path: Path) -> None:
    def broken() -> AbstractContextManager[FileReader]:
        raise KeyError("a bug")

    with (
        ReadAhead([replace(small(tmp_path, 1)[0], open=broken)]) as ahead,
        pytest.raises(KeyError, match="a bug"),
    ):
        data_set(ahead)


def test_leaving_early_ends_the_thread(tmp_path: Path) -> None:
    before = active_count()
    with ReadAhead([large(tmp_path / "large.dcm"), *small(tmp_path, 9)]) as ahead:
        next(ahead.blocks())
    assert active_count() == before
