"""The index's log is written again at each start: the same bytes, and durable."""

import errno
import os
from pathlib import Path
from unittest import mock

import pytest

from firmware.index import log_again
from firmware.index.database import Database
from firmware.index.log_again import CHUNK_BYTES, write_again
from hal.errors import StorageFailed
from tests.unit.firmware.conftest import Index


def test_every_byte_is_written_where_it_was(tmp_path: Path) -> None:
    log = tmp_path / "log"
    content = os.urandom(2 * CHUNK_BYTES + 17)
    log.write_bytes(content)
    written: list[tuple[int, int]] = []
    pwrite = os.pwrite

    def seen(descriptor: int, data: bytes, offset: int) -> int:
        half = data[: max(1, len(data) // 2)]  # a short write goes on where it ended
        written.append((offset, len(half)))
        return pwrite(descriptor, half, offset)

    with mock.patch.object(log_again.os, "pwrite", seen):
        write_again(log)
    assert log.read_bytes() == content
    assert sum(size for _, size in written) == len(content)


def test_it_is_synced_after_the_last_write(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"frames")
    calls = mock.Mock()
    calls.pwrite.side_effect = lambda _, data, __: len(data)
    with mock.patch.multiple(log_again.os, pwrite=calls.pwrite, fsync=calls.fsync):
        write_again(log)
    assert [call[0] for call in calls.mock_calls] == ["pwrite", "fsync"]


def test_no_log_is_none_to_write(tmp_path: Path) -> None:
    write_again(tmp_path / "log")
    assert not list(tmp_path.iterdir())


def test_the_index_reads_as_before(index: Index) -> None:
    uid = index.add()
    index.database.make_log_durable()
    assert index.catalogue.paths() == {f"instances/00/{uid}.dcm": uid}


def test_nobody_else_writes_to_the_log_meanwhile(index: Index, tmp_path: Path) -> None:
    file = tmp_path / "index.sqlite3"
    found: list[str] = []

    def another(log: Path) -> None:
        assert log == tmp_path / "index.sqlite3-wal"
        other = Database(file)
        other.connection.execute("PRAGMA busy_timeout = 0")
        with pytest.raises(StorageFailed) as refused, other.transaction():
            pass
        found.append(refused.value.sentence.en)
        other.close()

    Database(file, write_again=another).make_log_durable()
    assert "locked" in found[0]


def test_a_disk_that_fails_again_is_told(index: Index, tmp_path: Path) -> None:
    def fails(_: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    database = Database(tmp_path / "index.sqlite3", write_again=fails)
    with pytest.raises(StorageFailed, match="Input/output error"):
        database.make_log_durable()
    assert not database.connection.in_transaction
