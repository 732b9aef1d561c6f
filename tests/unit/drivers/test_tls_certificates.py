"""How long certificates last, and from when on somebody is told."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drivers.tls_certificates import lives
from hal.tls import CertificateOf
from tests.certificates import Authority

NOW = datetime.now(UTC)


def test_each_certificate_of_a_connection(tmp_path: Path) -> None:
    authority = Authority(tmp_path, days=100)
    peer = authority.issue("archive", days_to=50).certificate.read_text()
    found = lives(
        authority.settings(authority.issue("node", days_to=20)), ssl.PEM_cert_to_DER_cert(peer), NOW
    )
    assert [(one.whose, one.subject, one.days_left) for one in found] == [
        (CertificateOf.NODE, "node", 20),
        (CertificateOf.AUTHORITY, "Test Authority", 100),
        (CertificateOf.PEER, "archive", 50),
    ]
    assert [one.warning is None for one in found] == [False, True, True]


@pytest.mark.parametrize(
    ("days", "says"),
    [(30.5, None), (29.5, "expires in 29 days"), (0.5, "expires in 0 days"), (-1.5, "expired on")],
)
def test_warned_ahead(days: float, says: str | None, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    settings = authority.settings(authority.issue("node", days_to=100))
    warning = lives(settings, None, NOW + timedelta(days=100 - days))[0].warning
    assert (warning is None) if says is None else says in str(warning)
    assert warning is None or "{" not in warning.fr


def test_one_of_the_peer_s_that_cannot_be_read_hides_none_of_ours(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    settings = authority.settings(authority.issue("node"))
    assert lives(settings, b"no certificate", NOW) == lives(settings, None, NOW) != ()


def test_a_file_that_is_not_there_is_left_out(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    settings = authority.settings(authority.issue("node"))
    found = lives(replace(settings, certificate=tmp_path / "none.pem"), None, NOW)
    assert [one.whose for one in found] == [CertificateOf.AUTHORITY]
