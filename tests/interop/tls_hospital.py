"""Who is who in the tests of TLS, and a peer's context that the node had no part in."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from hal.tls import TlsSettings
from tests.certificates import Authority, Issued


@dataclass(frozen=True)
class Hospital:
    """One authority for the archive and the node, and a stranger that signs too."""

    authority: Authority
    stranger: Authority
    archive: Issued
    node: Issued

    @property
    def settings(self) -> TlsSettings:
        return self.authority.settings(self.node)


def founded(folder: Path) -> Hospital:
    authority = Authority(folder / "ours")
    stranger = Authority(folder / "stranger", "Another Authority")
    return Hospital(authority, stranger, authority.issue("archive"), authority.issue("node"))


def server_side(
    authority: Authority, shown: Issued, version: ssl.TLSVersion | None = None
) -> ssl.SSLContext:
    """Python's own, not the node's: a peer that asks for a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown.certificate, shown.key)
    context.load_verify_locations(authority.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    if version:
        context.set_ciphers("ALL:@SECLEVEL=0")  # OpenSSL 3 has switched the old ones off
        context.minimum_version = context.maximum_version = version
    return context
