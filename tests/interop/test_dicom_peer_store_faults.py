"""Storing when something is wrong: each state told is the true one, and nothing hangs."""

import errno
import hashlib
import logging
import os
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from pydicom import dcmread

from drivers.dicom_address import ArchiveAddress, Timeouts
from drivers.dicom_file import BLOCK_BYTES
from drivers.dicom_peer import DicomArchive
from hal.archive import InstanceFile, StoreOutcome
from hal.errors import (
    NodeError,
    PeerRefused,
    PeerRetryable,
    StorageCorrupt,
    StorageFailed,
)
from hal.values import SopReference, Uid
from sim.archive_faults import (
    CALLING_AE_UNKNOWN,
    LOCAL_LIMIT_EXCEEDED,
    NO_FAULTS,
    ArchiveFaults,
)
from sim.archive_peer import SimulatedArchive
from tests.conformance.dicom_transcripts import FILE, STORE_ASSOCIATE_AC
from tests.instances import SECONDARY_CAPTURE, indexed, instance_file
from tests.peers import free_port, storescp, wait_until

SHORT = Timeouts(connect_s=5, association_s=5, send_s=5, response_s=1, release_s=1, linger_s=0.2)


@contextmanager
def simulated(
    folder: Path, faults: ArchiveFaults = NO_FAULTS
) -> Iterator[tuple[SimulatedArchive, DicomArchive]]:
    with SimulatedArchive(folder / "archive", faults) as peer:
        yield peer, reached(ArchiveAddress(peer.ae_title, peer.host, peer.port))


def reached(address: ArchiveAddress) -> DicomArchive:
    return DicomArchive(address, listen_port=None, timeouts=SHORT)


def many_blocks(path: Path) -> InstanceFile:
    """Long enough that most of it is sent before its digest is known."""
    return instance_file(path, rows=1024, columns=2 * BLOCK_BYTES // 1024)


WHO_ACTS = (PeerRetryable, PeerRefused, StorageCorrupt, StorageFailed)


def kind(error: NodeError | None) -> type[NodeError] | None:
    return next((kind for kind in WHO_ACTS if isinstance(error, kind)), error and type(error))


def kinds(outcomes: list[StoreOutcome]) -> list[type[NodeError] | None]:
    return [kind(outcome.error) for outcome in outcomes]


def both_languages(error: NodeError | None) -> bool:
    return error is not None and "{" not in error.sentence.en + error.sentence.fr


class TestNoAssociation:
    def test_nobody_listens(self, tmp_path: Path) -> None:
        archive = reached(ArchiveAddress("NOBODY", "127.0.0.1", free_port()))
        with pytest.raises(PeerRetryable, match="cannot be reached"):
            archive.echo()
        with pytest.raises(PeerRetryable, match="cannot be reached"):
            next(archive.store([instance_file(tmp_path / "a.dcm")]))

    def test_no_such_host(self) -> None:
        with pytest.raises(PeerRetryable, match="cannot be reached"):
            reached(ArchiveAddress("NOBODY", "archive.invalid", 104)).echo()

    def test_listens_but_says_nothing(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = ArchiveAddress("SILENT", "127.0.0.1", silent.getsockname()[1])
            archive = DicomArchive(
                address, listen_port=None, timeouts=replace(SHORT, association_s=0.2)
            )
            with pytest.raises(PeerRetryable, match=r"within 0\.2 s"):
                archive.echo()

    @pytest.mark.parametrize(
        ("rejection", "error", "says"),
        [
            (CALLING_AE_UNKNOWN, PeerRefused, "does not know this node, SAPI_NODE"),
            ((1, 1, 7), PeerRefused, "does not know itself as SIM_ARCHIVE"),
            ((1, 1, 1), PeerRefused, "source 1, reason 1"),
            (LOCAL_LIMIT_EXCEEDED, PeerRetryable, "busy"),
            ((2, 1, 1), PeerRetryable, "busy"),
        ],
    )
    def test_rejected(
        self,
        rejection: tuple[int, int, int],
        error: type[NodeError],
        says: str,
        tmp_path: Path,
    ) -> None:
        with simulated(tmp_path, ArchiveFaults(reject_association=rejection)) as (_, archive):
            with pytest.raises(error, match=says):
                archive.echo()
            with pytest.raises(error, match=says):
                next(archive.store([instance_file(tmp_path / "a.dcm")]))

    @pytest.mark.peer("storescp")
    def test_storescp_refuses(self, tmp_path: Path) -> None:
        with (
            storescp(tmp_path / "received", "--refuse") as address,
            pytest.raises(PeerRefused, match="rejected"),
        ):
            reached(address).echo()


class TestStatuses:
    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (0xA700, PeerRetryable),
            (0xA701, PeerRetryable),
            (0x0213, PeerRetryable),
            (0x0110, PeerRetryable),
            (0xA900, PeerRefused),
            (0xC000, PeerRefused),
            (0xCFFF, PeerRefused),
            (0x0111, PeerRefused),
            (0x0122, PeerRefused),
            (0x0124, PeerRefused),
            (0xFE00, PeerRefused),
            (0xFF00, PeerRefused),
            (0x0001, PeerRefused),
            (0xB123, PeerRefused),
        ],
    )
    def test_a_failure_is_never_taken_as_stored(
        self, status: int, error: type[NodeError], tmp_path: Path
    ) -> None:
        with simulated(tmp_path, ArchiveFaults(store_status=status)) as (_, archive):
            sent = [instance_file(tmp_path / f"{n}.dcm") for n in range(2)]
            outcomes = list(archive.store(sent))
        assert [outcome.status for outcome in outcomes] == [status, status]
        assert kinds(outcomes) == [error, error]
        assert all(both_languages(outcome.error) for outcome in outcomes)

    @pytest.mark.parametrize("status", [0xB000, 0xB006, 0xB007])
    def test_a_warning_is_stored_and_told(self, status: int, tmp_path: Path) -> None:
        with simulated(tmp_path, ArchiveFaults(store_status=status)) as (peer, archive):
            outcome = next(archive.store([instance_file(tmp_path / "a.dcm")]))
            assert outcome.reference.sop_instance_uid in peer.instances()
        assert (outcome.status, outcome.error) == (status, None)
        assert f"{status:04X}H" in outcome.warning

    def test_a_refused_syntax_leaves_the_others_alone(self, tmp_path: Path) -> None:
        sent = [instance_file(tmp_path / f"{n}.dcm", SECONDARY_CAPTURE) for n in range(3)]
        sent[1] = replace(sent[1], transfer_syntax_uid=Uid("1.2.840.10008.1.2.4.100"))
        with simulated(tmp_path) as (_, archive):
            outcomes = list(archive.store(sent))
        assert kinds(outcomes) == [None, PeerRefused, None]
        assert "1.2.840.10008.1.2.4.100" in str(outcomes[1].error)


class TestTheLine:
    def test_cut_in_the_middle(self, tmp_path: Path) -> None:
        sent = [many_blocks(tmp_path / f"{n}.dcm") for n in range(3)]
        after = sent[0].size_bytes + sent[1].size_bytes // 2
        with simulated(tmp_path, ArchiveFaults(hang_up_after_bytes=after)) as (peer, archive):
            outcomes = list(archive.store(sent))
            assert set(peer.instances()) == {sent[0].reference.sop_instance_uid}
        assert kinds(outcomes) == [None, PeerRetryable]
        assert outcomes[1].status is None

    def test_never_answered(self, tmp_path: Path) -> None:
        with simulated(tmp_path, ArchiveFaults(never_answer=True)) as (_, archive):
            outcomes = list(archive.store([instance_file(tmp_path / "a.dcm")] * 2))
        assert kinds(outcomes) == [PeerRetryable]
        assert "within 1 s" in str(outcomes[0].error)

    def test_lost_response_is_not_stored_and_resent_is(self, tmp_path: Path) -> None:
        sent = instance_file(tmp_path / "a.dcm")
        with simulated(tmp_path, ArchiveFaults(lose_response=True)) as (peer, archive):
            outcomes = list(archive.store([sent]))
            assert sent.reference.sop_instance_uid in peer.instances()
        assert kinds(outcomes) == [PeerRetryable]
        with simulated(tmp_path) as (_, archive):
            assert kinds(list(archive.store([sent]))) == [None]

    def test_slow_is_not_broken(self, tmp_path: Path) -> None:
        with simulated(tmp_path, ArchiveFaults(answer_after_s=0.3)) as (_, archive):
            assert kinds(list(archive.store([instance_file(tmp_path / "a.dcm")]))) == [None]

    def test_a_peer_that_stops_reading(self, tmp_path: Path) -> None:
        """A cut cable shows like this: bytes go in until the window is full."""
        sent = instance_file(tmp_path / "a.dcm", rows=4096, columns=4096)
        with wedged_after_association() as address:
            archive = DicomArchive(address, listen_port=None, timeouts=replace(SHORT, send_s=0.3))
            outcomes = list(archive.store([sent]))
        assert kinds(outcomes) == [PeerRetryable]

    @pytest.mark.peer("storescp")
    def test_no_acknowledgement_is_waited_for(self, tmp_path: Path) -> None:
        """storescp as installed leaves Nagle's algorithm on: a delayed ACK of ours would cost
        40 ms an instance, 4 s here; without, it is about 0.1 s."""
        sent = [instance_file(tmp_path / "a.dcm", rows=8)] * 100
        with storescp(tmp_path / "received", "--ignore") as address:
            started_s = time.monotonic()
            assert kinds(list(reached(address).store(sent))) == [None] * 100
            assert time.monotonic() - started_s < 2

    def test_the_log_tells_uids_and_no_names(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        sent = [instance_file(tmp_path / f"{n}.dcm") for n in range(2)]
        with simulated(tmp_path, ArchiveFaults(store_status=0xC000)) as (_, archive):
            list(archive.store(sent))
        assert all(file.reference.sop_instance_uid in caplog.text for file in sent)
        assert "ESSAI" not in caplog.text

    @pytest.mark.peer("storescp")
    @pytest.mark.parametrize("option", ["--abort-after", "--abort-during"])
    def test_storescp_aborts(self, option: str, tmp_path: Path) -> None:
        with storescp(tmp_path / "received", option) as address:
            sent = [many_blocks(tmp_path / f"{n}.dcm") for n in range(2)]
            outcomes = list(reached(address).store(sent))
        assert kinds(outcomes) == [PeerRetryable]
        assert outcomes[0].status is None

    @pytest.mark.peer("storescp")
    @pytest.mark.parametrize(
        ("option", "became"), [("--sleep-during", PeerRetryable), ("--sleep-after", None)]
    )
    def test_storescp_sleeps(
        self, option: str, became: type[NodeError] | None, tmp_path: Path
    ) -> None:
        """Before its answer that is too late; after its answer the instance is stored."""
        with storescp(tmp_path / "received", option, "2") as address:
            outcomes = list(reached(address).store([instance_file(tmp_path / "a.dcm")]))
        assert kinds(outcomes) == [became]

    @pytest.mark.peer("storescp")
    def test_storescp_takes_us_with_reject(self, tmp_path: Path) -> None:
        """It rejects who sends no Implementation Class UID."""
        with storescp(tmp_path / "received", "--reject") as address:
            reached(address).echo()


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
            (lambda content: content.__setitem__(-1, content[-1] ^ 1), "SHA-256"),
            (lambda content: content.__setitem__(0, 1), "SHA-256"),
            (lambda content: content.__setitem__(BLOCK_BYTES + 7, 0xA5), "SHA-256"),
            (lambda content: content.__delitem__(slice(-2, None)), "bytes"),
            (lambda content: content.__delitem__(slice(BLOCK_BYTES, None)), "bytes"),
            (lambda content: content.extend(b"\0" * 3 * BLOCK_BYTES), "bytes"),
            (lambda content: content.__delitem__(slice(140, None)), "DICM"),
            (lambda content: content.clear(), "DICM"),
        ],
        ids=["end", "preamble", "middle", "short", "half", "long", "head", "empty"],
    )
    def test_damaged(
        self, damage: Callable[[bytearray], object], says: str, tmp_path: Path
    ) -> None:
        good = instance_file(tmp_path / "good.dcm")
        bad = self.corrupted(tmp_path / "bad.dcm", damage)
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
        sent[1] = replace(sent[1], sha256=hashlib.sha256(b"").hexdigest())
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
        mixed = replace(one, open=other.open, sha256=other.sha256, size_bytes=other.size_bytes)
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


@contextmanager
def wedged_after_association() -> Iterator[ArchiveAddress]:
    """Answers A-ASSOCIATE with an acceptance written by hand, then reads nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepted: list[socket.socket] = []

        def serve() -> None:
            line, _ = listener.accept()
            accepted.append(line)
            line.recv(65536)
            line.sendall(STORE_ASSOCIATE_AC)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield ArchiveAddress("WEDGED", "127.0.0.1", listener.getsockname()[1])
        wait_until(lambda: not thread.is_alive(), "the association was answered")
        for line in accepted:
            line.close()
