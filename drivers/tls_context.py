"""TLS as DICOM's BCP 195 profile has it (PS3.15 B.12: RFC 8996 and RFC 9325), from files.

TLS 1.2 or newer, 1.3 where the peer has it; both sides show a certificate, always. Files are
read anew for every context, so that a renewed certificate needs no restart.
"""

import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path

from drivers.tls_certificates import in_file, subject
from drivers.tls_sentences import KEY_DIFFERS, OURS_EXPIRED, OURS_NOT_YET, UNREADABLE
from hal.errors import PeerRefused, Sentence
from hal.tls import TlsSettings

SUITES_TLS_1_2 = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
)
"""RFC 9325 4.2; TLS 1.3 has only good ones (RFC 8446 B.4)."""
GREETING_S = 10.0
"""For a caller at our port to say the next thing: it speaks to nobody else meanwhile."""


def client_context(settings: TlsSettings) -> ssl.SSLContext:
    """Raises PeerRefused, with what is wrong in our own files."""
    return _prepared(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), settings)


def server_context(settings: TlsSettings) -> ssl.SSLContext:
    """Raises PeerRefused. Who shows no certificate of a trusted authority is not let in."""
    return _prepared(GreetsInItsThread(ssl.PROTOCOL_TLS_SERVER), settings)


class GreetsInItsThread(ssl.SSLContext):
    """pynetdicom wraps a connection in the thread that accepts them all: a caller that connects
    and says nothing would keep everybody out. So the handshake comes with the first read."""

    def wrap_socket(self, sock: socket.socket, *_: object, **__: object) -> ssl.SSLSocket:
        sock.settimeout(GREETING_S)
        return super().wrap_socket(sock, server_side=True, do_handshake_on_connect=False)


def _prepared(context: ssl.SSLContext, settings: TlsSettings) -> ssl.SSLContext:
    check_own(settings, datetime.now(UTC))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(":".join(SUITES_TLS_1_2))
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_verify_locations(settings.trusted)
    except OSError as error:  # ssl.SSLError is one
        raise unreadable(settings.trusted, "list of authorities", "autorités", error) from error
    _show(context, settings)
    return context


def _show(context: ssl.SSLContext, settings: TlsSettings) -> None:
    try:
        context.load_cert_chain(settings.certificate, settings.key, password=no_password)
    except (OSError, ValueError) as error:
        if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
            raise refused(
                KEY_DIFFERS, key=settings.key, certificate=settings.certificate
            ) from error
        raise unreadable(settings.key, "private key", "clé privée", error) from error


def no_password() -> str:
    """OpenSSL would ask at a terminal that is not there."""
    raise ValueError("it is encrypted")


def check_own(settings: TlsSettings, now: datetime) -> None:
    """Our certificate: there, readable, and valid now. Raises PeerRefused."""
    try:
        ours = in_file(settings.certificate)[0]
    except (OSError, ValueError) as error:
        raise unreadable(settings.certificate, "certificate", "certificat", error) from error
    first, last = ours.not_valid_before_utc, ours.not_valid_after_utc
    if now < first:
        raise refused(OURS_NOT_YET, day=first.date(), subject=subject(ours))
    if now > last:
        raise refused(OURS_EXPIRED, day=last.date(), subject=subject(ours))


def unreadable(path: Path, what: str, what_fr: str, error: Exception) -> PeerRefused:
    reason = getattr(error, "strerror", None) or str(error)
    return refused(UNREADABLE, path=path, what=what, what_fr=what_fr, reason=reason)


def refused(sentence: Sentence, **values: object) -> PeerRefused:
    return PeerRefused(sentence.fill(**values))
