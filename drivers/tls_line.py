"""A line under TLS: the same as a plain one, after a handshake that proves both sides."""

import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from drivers.line import RECEIVE_BYTES, no_delay, quick_ack, shut_down
from drivers.tls_certificates import lives
from drivers.tls_context import client_context
from drivers.tls_faults import handshake_failed
from hal.disk import Buffer
from hal.tls import CertificateLife, TlsSettings


class TlsPeer:
    """The other side under these settings, and the certificate that it last showed."""

    def __init__(self, settings: TlsSettings) -> None:
        self._settings = settings
        self._last_seen: bytes | None = None

    def greet(
        self,
        opened: socket.socket,
        address: tuple[str, int],
        handshake_timeout_s: float,
        send_timeout_s: float,
    ) -> "TlsLine":
        """Takes the socket over. Raises PeerRefused, PeerRetryable, and then it is closed."""
        host, port = address
        name = self._settings.host_name or host
        opened.settimeout(handshake_timeout_s)
        no_delay(opened)
        with opened:  # empty once it is wrapped
            context = client_context(self._settings)
            try:
                wrapped = context.wrap_socket(opened, server_hostname=name)
            except OSError as error:
                raise handshake_failed(error, host, port, name) from error
        self._last_seen = wrapped.getpeercert(binary_form=True)
        return TlsLine(wrapped, send_timeout_s)

    def lives(self, now: datetime) -> tuple[CertificateLife, ...]:
        """Of every certificate that a connection stands on."""
        return lives(self._settings, self._last_seen, now)


class TlsLine:
    def __init__(self, wrapped: ssl.SSLSocket, send_timeout_s: float) -> None:
        self._socket = wrapped
        self._send_timeout_s = send_timeout_s

    def send(self, buffers: Sequence[Buffer]) -> None:
        """Joined: each buffer of its own would be a TLS record and a packet of its own."""
        self._socket.settimeout(self._send_timeout_s)
        joined = memoryview(b"".join(buffers))
        try:
            while joined:
                joined = joined[self._socket.send(joined) :]
        except (ssl.SSLEOFError, ConnectionError):
            self._raise_alert()
            raise

    def _raise_alert(self) -> None:
        """A peer that did not like our certificate says so and hangs up, and what it said may
        still be unread when a send fails (RFC 8446 6.2)."""
        try:
            self._socket.recv(RECEIVE_BYTES)
        except ssl.SSLError as error:
            if not isinstance(error, ssl.SSLEOFError):
                raise
        except OSError:
            return

    def receive(self, timeout_s: float) -> bytes:
        self._socket.settimeout(timeout_s)
        quick_ack(self._socket)
        return self._socket.recv(RECEIVE_BYTES)

    def shut(self) -> None:
        shut_down(self._socket)

    def close(self) -> None:
        """With a close_notify (RFC 8446 6.1), and without waiting for the peer's."""
        with suppress(OSError, ValueError):
            self._socket.settimeout(0)
            self._socket.unwrap()
        self._socket.close()
