"""No association, or a status that is not success: each told for what it is."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.dicom_address import ArchiveAddress
from drivers.dicom_peer import DicomArchive
from hal.errors import (
    NodeError,
    PeerRefused,
    PeerRetryable,
)
from hal.values import Uid
from sim.archive_faults import (
    CALLING_AE_UNKNOWN,
    LOCAL_LIMIT_EXCEEDED,
    ArchiveFaults,
)
from tests.instances import SECONDARY_CAPTURE, instance_file
from tests.interop.archive_pair import SHORT, kinds, reached, simulated
from tests.peers import free_port, storescp


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

    @pytest.mark.parametrize("status", [0xB000, 0xB006, 0xB007, 0xB123])
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
