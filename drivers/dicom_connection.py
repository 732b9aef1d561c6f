"""A connection that carries PDUs: whole PDUs in, buffers out, a deadline on everything.

It knows PDU framing (PS3.8 9.3.1) and nothing of what is in them. Never retries.
"""

import socket
from collections.abc import Callable
from time import monotonic

from drivers.line import Line, PlainLine
from drivers.tls_faults import alert
from drivers.tls_line import TlsPeer
from drivers.wire.p_data import PDU_HEADER
from hal.disk import Buffer
from hal.errors import PeerError, PeerRetryable, Sentence

PDU_BYTES_MAX = 128 * 1024
"""The most we announce and take; a peer that sends a longer PDU is cut off."""

NOT_REACHED = Sentence(
    en="The archive at {host}:{port} cannot be reached ({reason}). Images are kept and will be "
    "sent when it answers; check the network if this lasts.",
    fr="L'archive {host}:{port} est injoignable ({reason}). Les images sont gardées et partiront "
    "dès qu'elle répondra ; vérifiez le réseau si cela dure.",
)
LINE_BROKE = Sentence(
    en="The line to the archive broke ({reason}). What it had not confirmed will be sent again.",
    fr="La liaison avec l'archive a été coupée ({reason}). Ce qu'elle n'avait pas confirmé sera "
    "renvoyé.",
)
SILENT = Sentence(
    en="The archive did not answer within {timeout_s:g} s. What it had not confirmed will be sent "
    "again; call the archive's administrator if this lasts.",
    fr="L'archive n'a pas répondu en {timeout_s:g} s. Ce qu'elle n'avait pas confirmé sera "
    "renvoyé ; appelez l'administrateur de l'archive si cela dure.",
)


class ArchiveSilent(PeerRetryable):
    """No PDU came in time; the line may still be whole."""


class Connection:
    """One thread at a time, but for `shut`, which any thread may call."""

    def __init__(self, line: Line, told: Callable[[OSError], PeerError] | None = None) -> None:
        """`told`: what an error of this line means, where that is more than a broken line."""
        self._line = line
        self._told = told or line_broke
        self._received = bytearray()

    @classmethod
    def open(
        cls,
        host: str,
        port: int,
        connect_timeout_s: float,
        send_timeout_s: float,
        tls: TlsPeer | None = None,
    ) -> "Connection":
        """Raises PeerRetryable: refused, no route, no such name, too slow; PeerRefused: TLS."""
        try:
            opened = socket.create_connection((host, port), connect_timeout_s)
        except OSError as error:
            reason = error.strerror or "timeout"
            raise PeerRetryable(NOT_REACHED.fill(host=host, port=port, reason=reason)) from error
        if tls is None:
            return cls(PlainLine(opened, send_timeout_s))
        line = tls.greet(opened, (host, port), connect_timeout_s, send_timeout_s)
        return cls(line, lambda error: alert(error, host, port) or line_broke(error))

    def send(self, *buffers: Buffer) -> None:
        """All of them, in order. Raises PeerRetryable, PeerRefused."""
        try:
            self._line.send(buffers)
        except OSError as error:
            raise self._told(error) from error

    def receive_pdu(self, timeout_s: float) -> tuple[int, bytes]:
        """PDU type and what follows its header.

        Raises ArchiveSilent, PeerRetryable, PeerRefused.
        """
        deadline_s = monotonic() + timeout_s
        try:
            self._take_in(PDU_HEADER.size, deadline_s)
            pdu_type, length = PDU_HEADER.unpack_from(self._received)
            if length > PDU_BYTES_MAX:
                raise ConnectionError(f"a PDU of {length} bytes")
            end = PDU_HEADER.size + length
            self._take_in(end, deadline_s)
        except TimeoutError as error:
            raise ArchiveSilent(SILENT.fill(timeout_s=timeout_s)) from error
        except OSError as error:
            raise self._told(error) from error
        body = bytes(memoryview(self._received)[PDU_HEADER.size : end])
        del self._received[:end]
        return pdu_type, body

    def _take_in(self, size: int, deadline_s: float) -> None:
        """Until so much is there; what came too late for its wait is there for the next."""
        while len(self._received) < size:
            left_s = deadline_s - monotonic()
            if left_s <= 0:
                raise TimeoutError
            received = self._line.receive(left_s)
            if not received:
                raise ConnectionError("closed by the archive")
            self._received += received

    def shut(self) -> None:
        """End both directions, so that a thread waiting in here wakes up. Never raises."""
        self._line.shut()

    def close(self) -> None:
        self._line.close()


def line_broke(error: OSError) -> PeerRetryable:
    return PeerRetryable(LINE_BROKE.fill(reason=error.strerror or str(error) or "timeout"))
