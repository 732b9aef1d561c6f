"""The same hand-written bytes, held against the driver and against the simulated archive."""

import hashlib
import socket
from pathlib import Path

import pytest

from drivers.dicom_address import Timeouts
from drivers.dicom_peer import DicomArchive
from hal.archive import InstanceFile, StoreOutcome
from hal.errors import PeerRefused, PeerRetryable, StorageCorrupt
from hal.values import SopReference, Uid
from sim.archive_peer import SimulatedArchive
from tests.conformance import dicom_transcripts as said
from tests.conformance.scripted_archive import Heard, archive_saying, read_pdu

SHORT = Timeouts(association_s=5, send_s=5, response_s=0.5, release_s=2, linger_s=0)
VERIFICATION_PROPOSED = bytes.fromhex("30 00 0011") + b"1.2.840.10008.1.1"


def driver(heard: Heard) -> DicomArchive:
    return DicomArchive(heard.address, listen_port=None, timeouts=SHORT)


@pytest.fixture
def instance(tmp_path: Path) -> InstanceFile:
    path = tmp_path / "a.dcm"
    path.write_bytes(said.FILE)
    return InstanceFile(
        SopReference(Uid("1.2.840.10008.5.1.4.1.1.7"), Uid("1.2.3")),
        Uid("1.2.840.10008.1.2.1"),
        len(said.FILE),
        hashlib.sha256(said.FILE).hexdigest(),
        lambda: path.open("rb", buffering=0),
    )


class TestDriverEchoes:
    def test_what_it_says(self) -> None:
        with archive_saying(said.ECHO_ASSOCIATE_AC, said.ECHO_RSP, said.RELEASE_RP) as heard:
            driver(heard).echo()
        request, echo, release = heard.pdus
        assert request[:2] == said.ECHO_ASSOCIATE_RQ[:2]
        assert request[6:74] == said.ECHO_ASSOCIATE_RQ[6:74]  # version, AE titles
        assert request[74:99] == said.ECHO_ASSOCIATE_RQ[74:99]  # application context
        assert VERIFICATION_PROPOSED in request
        assert echo == said.ECHO_RQ
        assert release == said.RELEASE_RQ

    def test_answers_that_come_byte_by_byte(self) -> None:
        answers = (said.ECHO_ASSOCIATE_AC, said.ECHO_RSP, said.RELEASE_RP)
        with archive_saying(*answers, piece_bytes=1) as heard:
            driver(heard).echo()
        assert len(heard.pdus) == 3

    @pytest.mark.parametrize(
        ("answer", "error", "says"),
        [
            (said.CALLED_AE_UNKNOWN_RJ, PeerRefused, "does not know itself as SIM_ARCHIVE"),
            (said.LOCAL_LIMIT_RJ, PeerRetryable, "busy"),
            (said.ABORT_BY_PROVIDER, PeerRetryable, "ended the association"),
            (said.STORE_ASSOCIATE_AC_REFUSED, PeerRefused, "not C-ECHO"),
            (None, PeerRetryable, "broke"),
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", PeerRetryable, "broke"),
            (bytes.fromhex("02 00 00000004 00000000"), PeerRetryable, "outside the DICOM"),
            (bytes.fromhex("09 00 00000000"), PeerRetryable, "ended the association"),
        ],
    )
    def test_no_association(self, answer: bytes | None, error: type[Exception], says: str) -> None:
        with archive_saying(answer) as heard, pytest.raises(error, match=says):
            driver(heard).echo()


class TestDriverStores:
    def outcome(self, instance: InstanceFile, answer: bytes | None) -> tuple[StoreOutcome, Heard]:
        with archive_saying(said.STORE_ASSOCIATE_AC, b"", answer, said.RELEASE_RP) as heard:
            outcomes = list(driver(heard).store([instance]))
        assert len(outcomes) == 1
        return outcomes[0], heard

    def test_what_it_says(self, instance: InstanceFile) -> None:
        outcome, heard = self.outcome(instance, said.store_rsp("0000"))
        assert (outcome.status, outcome.error, outcome.warning) == (0, None, "")
        assert heard.pdus[1:] == [said.STORE_RQ, said.STORE_DATA, said.RELEASE_RQ]

    def test_a700_is_not_sent(self, instance: InstanceFile) -> None:
        outcome, _ = self.outcome(instance, said.store_rsp("00a7"))
        assert outcome.status == 0xA700
        assert isinstance(outcome.error, PeerRetryable)

    def test_b007_is_sent_with_a_warning(self, instance: InstanceFile) -> None:
        outcome, _ = self.outcome(instance, said.store_rsp("07b0"))
        assert (outcome.status, outcome.error) == (0xB007, None)
        assert outcome.warning.startswith("B007H")

    @pytest.mark.parametrize(
        "answer",
        [
            None,
            b"",
            said.ABORT_BY_USER,
            said.RELEASE_RQ,
            said.store_rsp("0000", message_id="0700"),
            said.store_rsp("0000")[:20],
            said.ECHO_RSP,
            said.store_rsp("0000").replace(b"1.2.3\0", b"1.2.4\0"),
            said.STORE_DATA,
            bytes.fromhex("04 00 00000006 00000002 01 03"),
            bytes.fromhex("04 00 00000006 000000ff 01 03"),
            bytes.fromhex("04 00 7fffffff"),
        ],
        ids=[
            "hung up", "silent", "abort", "release", "other message", "cut", "echo answer",
            "other instance", "data set", "empty command", "long PDV", "long PDU",
        ],
    )  # fmt: skip
    def test_no_true_answer_is_not_sent(self, instance: InstanceFile, answer: bytes | None) -> None:
        outcome, _ = self.outcome(instance, answer)
        assert outcome.status is None
        assert isinstance(outcome.error, PeerRetryable)

    def test_a_context_not_accepted(self, instance: InstanceFile) -> None:
        with archive_saying(said.STORE_ASSOCIATE_AC_REFUSED, said.RELEASE_RP) as heard:
            (outcome,) = driver(heard).store([instance])
        assert isinstance(outcome.error, PeerRefused)
        assert heard.pdus[1:] == [said.RELEASE_RQ]

    def test_a_corrupt_file_of_one_block_is_not_even_begun(
        self, instance: InstanceFile, tmp_path: Path
    ) -> None:
        (tmp_path / "a.dcm").write_bytes(said.FILE[:-1] + b"\xff")
        with archive_saying(said.STORE_ASSOCIATE_AC, said.RELEASE_RP) as heard:
            (outcome,) = driver(heard).store([instance])
        assert isinstance(outcome.error, StorageCorrupt)
        assert heard.pdus[1:] == [said.RELEASE_RQ]


class TestSimulatedArchive:
    def test_it_understands_the_same_bytes(self, tmp_path: Path) -> None:
        with (
            SimulatedArchive(tmp_path) as peer,
            socket.create_connection((peer.host, peer.port), 5) as line,
        ):
            line.sendall(said.ECHO_ASSOCIATE_RQ)
            accept = read_pdu(line) or b""
            assert accept[:1] == b"\x02"
            assert bytes.fromhex(said.ECHO_CONTEXT_AC) in accept
            line.sendall(said.ECHO_RQ)
            assert read_pdu(line) == said.ECHO_RSP
            line.sendall(said.RELEASE_RQ)
            assert read_pdu(line) == said.RELEASE_RP

    def test_it_stores_the_same_bytes(self, tmp_path: Path) -> None:
        with (
            SimulatedArchive(tmp_path) as peer,
            socket.create_connection((peer.host, peer.port), 5) as line,
        ):
            line.sendall(said.STORE_ASSOCIATE_RQ)
            accept = read_pdu(line) or b""
            assert bytes.fromhex(said.STORE_CONTEXT_AC) in accept
            line.sendall(said.STORE_RQ)
            line.sendall(said.STORE_DATA)
            assert read_pdu(line) == said.store_rsp("0000")
            digest = hashlib.sha256(bytes.fromhex("01020304")).hexdigest()
            assert peer.instances() == {"1.2.3": digest}
