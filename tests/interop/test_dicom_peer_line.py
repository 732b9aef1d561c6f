"""Storing while the line breaks, wedges or crawls: what is told is true, nothing hangs."""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from drivers.dicom_address import ArchiveAddress
from drivers.dicom_peer import DicomArchive
from hal.errors import (
    NodeError,
    PeerRetryable,
)
from sim.archive_faults import (
    ArchiveFaults,
)
from tests.conformance.dicom_transcripts import STORE_ASSOCIATE_AC
from tests.instances import instance_file
from tests.interop.archive_pair import SHORT, kinds, many_blocks, reached, simulated
from tests.peers import storescp, wait_until


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
