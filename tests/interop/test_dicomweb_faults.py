"""STOW-RS with servers that fail in every way: what is told of each image is true."""

import socket
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from drivers.dicom_address import Timeouts
from drivers.dicomweb import WebArchive
from hal.archive import InstanceFile, StoreOutcome
from hal.archive_query import StudyInstance
from hal.errors import ConfigError, NodeError, PeerError, PeerRefused, PeerRetryable, StorageCorrupt
from hal.tls import CertificateOf
from hal.values import Uid
from hal.web_archive import WebAddress
from tests.instances import instance_file, of_another
from tests.interop.archive_pair import SHORT, kinds, many_blocks
from tests.interop.tls_hospital import founded, server_side
from tests.peers import free_port
from tests.web_archive_server import failed, stored, web_archive


@pytest.fixture
def sent(tmp_path: Path) -> InstanceFile:
    return instance_file(tmp_path / "a.dcm")


def reached(url: str, timeouts: Timeouts = SHORT) -> WebArchive:
    return WebArchive(WebAddress(url), timeouts)


def outcome_of(sent: InstanceFile, status: int, body: bytes) -> StoreOutcome:
    with web_archive(lambda _: (status, body)) as heard:
        (outcome,) = reached(heard.url).store([sent])
    return outcome


class TestAnswers:
    def test_the_request_is_as_the_standard_has_it(self, sent: InstanceFile) -> None:
        with web_archive(lambda _: (200, stored(sent.reference))) as heard:
            assert kinds(list(reached(heard.url).store([sent]))) == [None]
        method, path, headers, body = heard.requests[0]
        assert (method, path) == ("POST", "/dicom-web/studies")
        kind, boundary = headers["Content-Type"].split("; boundary=")
        assert kind == 'multipart/related; type="application/dicom"'
        assert headers["Accept"] == "application/dicom+json"
        head, _, rest = body.partition(b"\r\n\r\n")
        assert head.startswith(f"--{boundary}\r\nContent-Type: application/dicom\r\n".encode())
        with sent.open() as file:
            assert rest == file.read() + f"\r\n--{boundary}--\r\n".encode()

    def test_an_answer_that_cannot_be_unpacked_is_an_answer_out_of_protocol(
        self, sent: InstanceFile
    ) -> None:
        """Else the forwarder would fail at this image for ever, and send no other."""

        def garbled(handler: BaseHTTPRequestHandler) -> tuple[int, bytes]:
            end_headers = handler.end_headers

            def says_gzip() -> None:
                handler.send_header("Content-Encoding", "gzip")
                end_headers()

            handler.end_headers = says_gzip  # type: ignore[method-assign]
            return 200, b"not gzip"

        with web_archive(garbled) as heard:
            assert kinds(list(reached(heard.url).store([sent]))) == [PeerRetryable]
        assert heard.requests[0][2]["Accept-Encoding"] == "identity"

    def test_a_warning_is_stored_and_told(self, sent: InstanceFile) -> None:
        outcome = outcome_of(sent, 202, stored(sent.reference, 0xB000))
        assert (outcome.status, outcome.error) == (0xB000, None)
        assert outcome.warning == "B000H coercion of data elements"

    @pytest.mark.parametrize("http", [200, 202, 409])
    @pytest.mark.parametrize(
        ("reason", "who"), [(0xA700, PeerRetryable), (0xA900, PeerRefused), (0x0111, PeerRefused)]
    )
    def test_a_failure_reason_counts_whatever_the_status(
        self, http: int, reason: int, who: type[NodeError], sent: InstanceFile
    ) -> None:
        outcome = outcome_of(sent, http, failed(sent.reference, reason))
        assert (kinds([outcome]), outcome.status) == ([who], reason)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{}",
            b"[]",
            b"null",
            b"<xml/>",
            b'{"00081199": {"vr": "SQ"}}',
            b'{"00081199": {"vr": "SQ", "Value": [{}]}}',
            b'{"00081199": 1}',
            b"[" * 100_000,
        ],
    )
    def test_a_success_that_names_nothing_is_none(self, body: bytes, sent: InstanceFile) -> None:
        assert kinds([outcome_of(sent, 200, body)]) == [PeerRetryable]

    def test_a_success_for_another_instance_is_none(
        self, sent: InstanceFile, tmp_path: Path
    ) -> None:
        other = instance_file(tmp_path / "b.dcm")
        assert kinds([outcome_of(sent, 200, stored(other.reference))]) == [PeerRetryable]

    @pytest.mark.parametrize("status", [400, 409, 413, 415])
    def test_about_the_image(self, status: int, sent: InstanceFile) -> None:
        with web_archive(lambda _: (status, b"")) as heard:
            outcomes = list(reached(heard.url).store([sent, sent]))
        assert kinds(outcomes) == [PeerRefused] * 2

    @pytest.mark.parametrize("status", [301, 307, 401, 403, 404, 405, 501])
    def test_about_the_service(self, status: int, sent: InstanceFile) -> None:
        with web_archive(lambda _: (status, b"")) as heard, pytest.raises(PeerRefused):
            next(reached(heard.url).store([sent]))

    @pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 507])
    def test_about_the_moment(self, status: int, sent: InstanceFile) -> None:
        with web_archive(lambda _: (status, b"")) as heard:
            outcomes = list(reached(heard.url).store([sent, sent]))
        assert kinds(outcomes) == [PeerRetryable]


class TestTheLine:
    def test_nobody_there(self, sent: InstanceFile) -> None:
        with pytest.raises(PeerRetryable, match="cannot be reached"):
            next(reached(f"http://127.0.0.1:{free_port()}/").store([sent]))

    def test_it_hangs_up_instead_of_answering(self, sent: InstanceFile) -> None:
        with web_archive(lambda _: None) as heard:
            assert kinds(list(reached(heard.url).store([sent, sent]))) == [PeerRetryable]

    def test_it_never_answers(self, sent: InstanceFile) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            outcomes = list(reached(url, replace(SHORT, response_s=0.2)).store([sent]))
        assert kinds(outcomes) == [PeerRetryable]
        assert "within 0.2 s" in str(outcomes[0].error)

    def test_success_before_it_was_sent_is_none(self, tmp_path: Path) -> None:
        """It answers to the header alone, and closes."""
        large = instance_file(tmp_path / "a.dcm", rows=4096, columns=4096)
        with web_archive(lambda _: (200, stored(large.reference)), reads_body=False) as heard:
            assert kinds(list(reached(heard.url).store([large]))) == [PeerRetryable]

    def test_an_endless_answer_is_cut(self, sent: InstanceFile) -> None:
        with web_archive(lambda _: (200, b" " * (5 << 20))) as heard:
            outcomes = list(reached(heard.url).store([sent]))
        assert kinds(outcomes) == [PeerRetryable]


class TestTheFile:
    @pytest.mark.parametrize("write", [instance_file, many_blocks])
    def test_a_wrong_one_is_never_completed(self, write: object, tmp_path: Path) -> None:
        good = write(tmp_path / "a.dcm")  # type: ignore[operator]  one of two functions
        bad = of_another(good)
        with web_archive(lambda _: (200, stored(good.reference))) as heard:
            outcomes = list(reached(heard.url).store([bad, good]))
        assert kinds(outcomes) == [StorageCorrupt, None]
        whole = [len(r[3]) == int(r[2]["Content-Length"]) for r in heard.requests]
        assert whole.count(True) == 1


class TestTls:
    def test_mutual_and_every_refusal(self, sent: InstanceFile, tmp_path: Path) -> None:
        hospital = founded(tmp_path)
        token = tmp_path / "token"
        token.write_text("opaque\n")
        context = server_side(hospital.authority, hospital.archive)
        with web_archive(lambda _: (200, stored(sent.reference)), context) as heard:
            address = WebAddress(heard.url, secret=token)
            archive = WebArchive(address, SHORT, hospital.settings)
            assert kinds(list(archive.store([sent]))) == [None]
            assert heard.requests[0][2]["Authorization"] == "Bearer opaque"
            lives = archive.certificates(datetime.now(UTC))
            assert {one.whose for one in lives} == set(CertificateOf)

            other_name = replace(hospital.settings, host_name="other.example.org")
            strange = hospital.stranger.settings(hospital.node)
            unknown = hospital.authority.settings(hospital.stranger.issue("node"))
            for settings, says in (
                (other_name, "another name"),
                (strange, "not issued by an authority"),
                (unknown, "does not trust the authority of this node"),
            ):
                with pytest.raises(PeerError, match=says):
                    list(WebArchive(address, SHORT, settings).store([sent]))
        assert len(heard.requests) == 1

    def test_plain_http_at_that_port(self, sent: InstanceFile, tmp_path: Path) -> None:
        hospital = founded(tmp_path)
        with web_archive(lambda _: (200, b"")) as heard:
            url = heard.url.replace("http:", "https:")
            with pytest.raises(PeerRefused, match="does not speak TLS"):
                WebArchive(WebAddress(url), SHORT, hospital.settings).echo()


def test_a_query_answer_that_is_no_list_is_no_answer(sent: InstanceFile) -> None:
    asked = (StudyInstance(Uid("1.2.3"), Uid("1.2.4"), sent.reference),)
    for body in (b"{}", b"[1]", b'[{"00080018": {"vr": "UI"}}]', b"no"):
        with (
            web_archive(lambda _, body=body: (200, body)) as heard,
            pytest.raises(PeerRetryable, match="protocol"),
        ):
            reached(heard.url).holds(asked)
    with web_archive(lambda _: (204, b"")) as heard:
        assert reached(heard.url).holds(asked) == frozenset()


class TestSecrets:
    def test_a_password_in_the_address_is_refused_and_not_repeated(self) -> None:
        with pytest.raises(ConfigError, match=r"archive\.example") as refused:
            reached("https://node:hunter2@archive.example/dicom-web")
        assert "hunter2" not in refused.value.sentence.en + refused.value.sentence.fr

    def test_no_credentials_go_over_plain_http(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="https"):
            WebArchive(WebAddress("http://archive.example/dicom-web", secret=tmp_path / "token"))
        WebArchive(WebAddress("http://127.0.0.1:8042/dicom-web", secret=tmp_path / "token"))
        WebArchive(WebAddress("http://archive.example/dicom-web"))
