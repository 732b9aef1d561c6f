"""A TCP connection that carries PDUs: whole PDUs in, buffers out, a deadline on everything.

It knows PDU framing (PS3.8 9.3.1) and nothing of what is in them. Never retries.
"""

import socket
import struct
from time import monotonic

from drivers.wire.p_data import PDU_HEADER
from hal.disk import Buffer
from hal.errors import PeerRetryable, Sentence

PDU_BYTES_MAX = 128 * 1024
"""The most we announce and take; a peer that sends a longer PDU is cut off."""
RECEIVE_BYTES = 64 * 1024
"""At once: a whole response, header and body, and a good part of what an archive returns."""
TIMEVAL = struct.Struct("@ll")
IOV_MAX = 1024
"""Linux takes no more buffers in one sendmsg (limits.h)."""

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

    def __init__(self, open_socket: socket.socket, send_timeout_s: float) -> None:
        self._socket = open_socket
        self._received = bytearray()
        # The kernel keeps the time: a socket with Python's timeout asks poll before each call and
        # gives up the interpreter's lock each time it is set, to the thread that reads ahead.
        open_socket.settimeout(None)
        open_socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeval(send_timeout_s))
        # Nagle's algorithm against delayed ACKs costs 40 ms an instance (RFC 1122 4.2.3.4).
        open_socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @classmethod
    def open(
        cls, host: str, port: int, connect_timeout_s: float, send_timeout_s: float
    ) -> "Connection":
        """Raises PeerRetryable: refused, no route, no such name, too slow."""
        try:
            opened = socket.create_connection((host, port), connect_timeout_s)
        except OSError as error:
            reason = error.strerror or "timeout"
            raise PeerRetryable(NOT_REACHED.fill(host=host, port=port, reason=reason)) from error
        return cls(opened, send_timeout_s)

    def send(self, *buffers: Buffer) -> None:
        """All of them, in order, none copied. Raises PeerRetryable."""
        left = [memoryview(buffer) for buffer in buffers]
        try:
            while left:
                left = without(left, self._socket.sendmsg(left[:IOV_MAX]))
        except OSError as error:
            raise line_broke(error) from error

    def receive_pdu(self, timeout_s: float) -> tuple[int, bytes]:
        """PDU type and what follows its header. Raises ArchiveSilent, PeerRetryable."""
        deadline_s = monotonic() + timeout_s
        try:
            pdu_type, length = PDU_HEADER.unpack(self._exactly(PDU_HEADER.size, deadline_s))
            if length > PDU_BYTES_MAX:
                raise ConnectionError(f"a PDU of {length} bytes")
            return pdu_type, self._exactly(length, deadline_s)
        except (TimeoutError, BlockingIOError) as error:
            raise ArchiveSilent(SILENT.fill(timeout_s=timeout_s)) from error
        except OSError as error:
            raise line_broke(error) from error

    def _exactly(self, size: int, deadline_s: float) -> bytes:
        while len(self._received) < size:
            self._received += self._some(deadline_s)
        part = bytes(self._received[:size])
        del self._received[:size]
        return part

    def _some(self, deadline_s: float) -> bytes:
        left_s = deadline_s - monotonic()
        if left_s <= 0:
            raise TimeoutError
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval(left_s))
        # A peer that leaves Nagle's algorithm on (dcmtk as installed) sends an answer in two
        # writes and holds the second until the first is acknowledged: do not delay that.
        # Linux forgets the option after a while (tcp(7)), so it is set for every wait.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        received = self._socket.recv(RECEIVE_BYTES)
        if not received:
            raise ConnectionError("closed by the archive")
        return received

    def shut(self) -> None:
        """End both directions, so that a thread waiting in here wakes up. Never raises."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the other end was first

    def close(self) -> None:
        self._socket.close()


def without(buffers: list[memoryview], sent_bytes: int) -> list[memoryview]:
    """`buffers` less the first `sent_bytes`, as a partial sendmsg leaves them."""
    for number, buffer in enumerate(buffers):
        if sent_bytes < len(buffer):
            return [buffer[sent_bytes:], *buffers[number + 1 :]]
        sent_bytes -= len(buffer)
    return []


def timeval(seconds: float) -> bytes:
    """For SO_RCVTIMEO and SO_SNDTIMEO (socket(7)); a zero would wait for ever."""
    return TIMEVAL.pack(*divmod(max(1, int(seconds * 1_000_000)), 1_000_000))


def line_broke(error: OSError) -> PeerRetryable:
    waited = isinstance(error, BlockingIOError)  # the kernel's timeout, told as EAGAIN
    reason = "timeout" if waited else error.strerror or str(error) or "timeout"
    return PeerRetryable(LINE_BROKE.fill(reason=reason))
