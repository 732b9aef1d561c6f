"""Our own certificate files: each fault has its sentence, before anything is sent."""

import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from drivers.tls_context import client_context, server_context
from hal.errors import PeerRefused
from hal.tls import TlsSettings
from tests.certificates import Authority

Spoil = Callable[[Authority, TlsSettings, Path], TlsSettings]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
def settings(authority: Authority) -> TlsSettings:
    return authority.settings(authority.issue("node"))


def encrypted(settings: TlsSettings, folder: Path) -> TlsSettings:
    key = serialization.load_pem_private_key(settings.key.read_bytes(), None)
    path = folder / "encrypted.key"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    return replace(settings, key=path)


def garbage(folder: Path) -> Path:
    path = folder / "garbage.pem"
    path.write_bytes(b"\x30\x82garbage")
    return path


FAULTS: dict[str, tuple[Spoil, str]] = {
    "missing certificate": (
        lambda _, good, folder: replace(good, certificate=folder / "none.pem"),
        "certificate .*none.pem cannot be read .*No such file",
    ),
    "certificate that is none": (
        lambda _, good, folder: replace(good, certificate=garbage(folder)),
        "certificate .*garbage.pem cannot be read",
    ),
    "missing key": (
        lambda _, good, folder: replace(good, key=folder / "none.key"),
        "private key .*none.key cannot be read",
    ),
    "key with a password": (
        lambda _, good, folder: encrypted(good, folder),
        "private key .*encrypted.key cannot be read .*encrypted",
    ),
    "key of another": (
        lambda authority, good, _: replace(good, key=authority.issue("other").key),
        "other.key does not belong to the certificate",
    ),
    "missing authorities": (
        lambda _, good, folder: replace(good, trusted=folder / "none.pem"),
        "list of authorities .*none.pem cannot be read",
    ),
    "authorities that are none": (
        lambda _, good, folder: replace(good, trusted=garbage(folder)),
        "list of authorities .*garbage.pem cannot be read",
    ),
    "expired": (
        lambda authority, *_: authority.settings(authority.issue("old", days_to=-0.5)),
        "certificate expired on",
    ),
    "not yet valid": (
        lambda authority, *_: authority.settings(authority.issue("new", days_from=1)),
        "valid only from",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_of_our_files(
    fault: str, authority: Authority, settings: TlsSettings, tmp_path: Path
) -> None:
    spoil, says = FAULTS[fault]
    spoiled = spoil(authority, settings, tmp_path)
    for context in (client_context, server_context):
        with pytest.raises(PeerRefused, match=says) as raised:
            context(spoiled)
        assert "{" not in raised.value.sentence.en + raised.value.sentence.fr


def test_the_profile(settings: TlsSettings) -> None:
    """PS3.15 B.12, RFC 9325: TLS 1.2 or newer, forward secrecy, authenticated encryption."""
    for context in (client_context(settings), server_context(settings)):
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2
        assert context.maximum_version == ssl.TLSVersion.MAXIMUM_SUPPORTED
        assert context.verify_mode == ssl.CERT_REQUIRED
        old = [suite for suite in context.get_ciphers() if suite["protocol"] != "TLSv1.3"]
        assert len(old) == 4
        assert all(suite["name"].startswith("ECDHE-") and suite["aead"] for suite in old)
    assert client_context(settings).check_hostname
