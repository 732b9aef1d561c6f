"""A file that is not what the index says never completes at the archive."""

import errno
import hashlib
import os
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread

from drivers.dicom_file import BLOCK_BYTES
from hal.archive import InstanceFile
from hal.errors import (
    StorageCorrupt,
    StorageFailed,
)
from hal.values import SopReference, Uid
from tests.conformance.dicom_transcripts import FILE
from tests.instances import SECONDARY_CAPTURE, indexed, instance_file, of_another
from tests.interop.archive_pair import kinds, many_blocks, reached, simulated
from tests.peers import storescp


class TestTheFile:
    """What is not what the index says never completes at the archive."""

    def corrupted(self, path: Path, damage: Callable[[bytearray], object]) -> InstanceFile:
        good = many_blocks(path)
        content = bytearray(path.read_bytes())
        damage(content)
        path.write_bytes(content)
        return good

    @pytest.mark.parametrize(
        ("damage", "says"),
        [
            (lambda content: content.__setitem__(-1, content[-1] ^ 1), "digest"),
            (lambda content: content.__setitem__(0, 1), "digest"),
            (lambda content: content.__setitem__(BLOCK_BYTES + 7, 0xA5), "digest"),
            (lambda content: content.__delitem__(slice(-2, None)), "bytes"),
            (lambda content: content.__delitem__(slice(BLOCK_BYTES, None)), "bytes"),
            (lambda content: content.extend(b"\0" * 3 * BLOCK_BYTES), "bytes"),
            (lambda content: content.__delitem__(slice(140, None)), "DICM"),
            (lambda content: content.clear(), "DICM"),
        ],
        ids=["end", "preamble", "middle", "short", "half", "long", "head", "empty"],
    )
    @pytest.mark.parametrize("is_quick", [True, False], ids=["XXH3", "SHA-256"])
    def test_damaged(
        self, is_quick: bool, damage: Callable[[bytearray], object], says: str, tmp_path: Path
    ) -> None:
        good = instance_file(tmp_path / "good.dcm")
        bad = self.corrupted(tmp_path / "bad.dcm", damage)
        bad = bad if is_quick else replace(bad, xxh3="")
        with simulated(tmp_path) as (peer, archive):
            outcomes = list(archive.store([good, bad]))
            assert set(peer.instances()) == {good.reference.sop_instance_uid}
        assert kinds(outcomes) == [None, StorageCorrupt]
        assert outcomes[1].status is None
        assert says in str(outcomes[1].error)

    @pytest.mark.peer("storescp")
    def test_damaged_leaves_no_file_at_storescp(self, tmp_path: Path) -> None:
        bad = self.corrupted(
            tmp_path / "bad.dcm", lambda content: content.__setitem__(-1, content[-1] ^ 1)
        )
        received = tmp_path / "received"
        with storescp(received) as address:
            assert kinds(list(reached(address).store([bad]))) == [StorageCorrupt]
            good = instance_file(tmp_path / "good.dcm")
            assert kinds(list(reached(address).store([good]))) == [None]
        assert [path.name.rpartition(".")[2] for path in received.iterdir()] == [
            good.reference.sop_instance_uid.rpartition(".")[2]
        ]

    def test_a_small_one_is_not_sent_and_the_others_follow(self, tmp_path: Path) -> None:
        sent = [instance_file(tmp_path / f"{n}.dcm") for n in range(3)]
        sent[1] = of_another(sent[1])
        with simulated(tmp_path) as (peer, archive):
            assert kinds(list(archive.store(sent))) == [None, StorageCorrupt, None]
            assert len(peer.instances()) == 2

    def test_a_long_one_ends_the_association_and_the_rest_go_next_time(
        self, tmp_path: Path
    ) -> None:
        bad = self.corrupted(
            tmp_path / "bad.dcm", lambda content: content.__setitem__(-1, content[-1] ^ 1)
        )
        good = instance_file(tmp_path / "good.dcm")
        with simulated(tmp_path) as (peer, archive):
            assert kinds(list(archive.store([bad, good]))) == [StorageCorrupt]
            assert kinds(list(archive.store([good]))) == [None]
            assert set(peer.instances()) == {good.reference.sop_instance_uid}

    def test_another_instance_than_the_index_says(self, tmp_path: Path) -> None:
        one, other = (instance_file(tmp_path / f"{n}.dcm") for n in range(2))
        mixed = replace(other, reference=one.reference)
        with simulated(tmp_path) as (peer, archive):
            outcomes = list(archive.store([mixed]))
            assert peer.instances() == {}
        assert kinds(outcomes) == [StorageCorrupt]

    def test_a_missing_file(self, tmp_path: Path) -> None:
        sent = [instance_file(tmp_path / f"{n}.dcm") for n in range(2)]
        (tmp_path / "0.dcm").unlink()
        with simulated(tmp_path) as (_, archive):
            assert kinds(list(archive.store(sent))) == [StorageFailed, None]

    def test_a_disk_that_fails_half_way(self, tmp_path: Path) -> None:
        sent = replace(
            many_blocks(tmp_path / "a.dcm"),
            open=FailingHalfWay,
            reference=SopReference(Uid(SECONDARY_CAPTURE), Uid("1.2.3")),
        )
        with simulated(tmp_path) as (peer, archive):
            outcomes = list(archive.store([sent]))
            assert peer.instances() == {}
        assert kinds(outcomes) == [StorageFailed]

    @pytest.mark.peer("storescp")
    def test_memory_does_not_grow_with_the_file(self, tmp_path: Path) -> None:
        sent = instance_file(tmp_path / "a.dcm", rows=6000, columns=5000)
        with storescp(tmp_path / "received", "--ignore") as address:
            tracemalloc.start()
            try:
                assert kinds(list(reached(address).store([sent]))) == [None]
                _, peak_bytes = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        assert sent.size_bytes > 20 * peak_bytes

    @pytest.mark.parametrize("extra", [-1, 0, 1])
    def test_files_that_end_at_a_block(self, extra: int, tmp_path: Path) -> None:
        """Sizes around whole blocks: the last fragment is marked and nothing is lost."""
        path = tmp_path / "a.dcm"
        first = instance_file(path, SECONDARY_CAPTURE, rows=64, columns=BLOCK_BYTES // 128)
        image = dcmread(path)
        over = first.size_bytes - BLOCK_BYTES
        image.PixelData = image.PixelData[: 2 * extra - over]
        image.save_as(path)
        sent = indexed(path, first.reference)
        assert sent.size_bytes == BLOCK_BYTES + 2 * extra
        with simulated(tmp_path) as (peer, archive):
            assert kinds(list(archive.store([sent]))) == [None]
            assert list(peer.instances().values()) == [hashlib.sha256(image.PixelData).hexdigest()]


class FailingHalfWay(BytesIO):
    """A good beginning, then the error of a disk."""

    def __init__(self) -> None:
        super().__init__(FILE + bytes(BLOCK_BYTES))

    def readinto(self, buffer: Any, /) -> int:
        if self.tell() >= BLOCK_BYTES:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return super().readinto(buffer)
