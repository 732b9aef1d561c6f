"""A line to a peer: buffers out, bytes in, a deadline on everything. Plain TCP.

It knows nothing of PDUs. Raises OSError as the system does; TimeoutError when time is up.
"""

import socket
import struct
from collections.abc import Sequence
from math import ceil
from typing import Protocol

from hal.disk import Buffer

IOV_MAX = 1024
"""Linux takes no more buffers in one sendmsg (limits.h)."""
RECEIVE_BYTES = 64 * 1024
"""At once: a whole response, header and body, and a good part of what an archive returns."""
TIMEVAL = struct.Struct("@ll")
TICKS_A_SECOND = 100
"""The coarsest that a Linux kernel counts a socket's timeouts in (HZ)."""


class Line(Protocol):
    """One thread at a time, but for `shut`, which any thread may call."""

    def send(self, buffers: Sequence[Buffer]) -> None:
        """All of them, in order. TimeoutError: the peer took nothing for the send timeout."""

    def receive(self, timeout_s: float) -> bytes:
        """What is there, at least one byte; b"": the peer closed."""

    def shut(self) -> None:
        """End both directions, so that a thread waiting in here wakes up. Never raises."""

    def close(self) -> None: ...


class PlainLine:
    """The kernel keeps the time: a socket with Python's timeout asks poll before each call, and
    gives up the interpreter's lock each time it is set, to the thread that reads ahead."""

    def __init__(self, opened: socket.socket, send_timeout_s: float) -> None:
        self._socket = opened
        self._receive_timeval = b""
        opened.settimeout(None)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeval(send_timeout_s))
        no_delay(opened)

    def send(self, buffers: Sequence[Buffer]) -> None:
        left = buffers
        try:
            while left:
                left = without(left, self._socket.sendmsg(left[:IOV_MAX]))
        except BlockingIOError as error:  # the kernel's timeout is told as EAGAIN
            raise TimeoutError from error

    def receive(self, timeout_s: float) -> bytes:
        self._wait_at_most(timeval(timeout_s))
        quick_ack(self._socket)
        try:
            return self._socket.recv(RECEIVE_BYTES)
        except BlockingIOError as error:
            raise TimeoutError from error

    def _wait_at_most(self, limit: bytes) -> None:
        """Told to the kernel when it changes: one answer after the other waits as long."""
        if limit != self._receive_timeval:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
            self._receive_timeval = limit

    def shut(self) -> None:
        shut_down(self._socket)

    def close(self) -> None:
        self._socket.close()


def no_delay(opened: socket.socket) -> None:
    """Nagle's algorithm against delayed ACKs costs 40 ms an instance (RFC 1122 4.2.3.4)."""
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def quick_ack(opened: socket.socket) -> None:
    """A peer that leaves Nagle's algorithm on (dcmtk as installed) sends an answer in two writes
    and holds the second until the first is acknowledged: do not delay that. Linux forgets the
    option after a while (tcp(7)), so it is set for every wait."""
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def shut_down(opened: socket.socket) -> None:
    """The socket's own: SSLSocket.shutdown also drops the cipher under a waiting thread."""
    try:
        socket.socket.shutdown(opened, socket.SHUT_RDWR)
    except OSError:
        return  # the other end was first


def without(buffers: Sequence[Buffer], sent_bytes: int) -> Sequence[Buffer]:
    """`buffers` less the first `sent_bytes`, as a partial sendmsg leaves them."""
    if sent_bytes == sum(map(len, buffers)):
        return ()
    for number, buffer in enumerate(buffers):
        if sent_bytes < len(buffer):
            return [memoryview(buffer)[sent_bytes:], *buffers[number + 1 :]]
        sent_bytes -= len(buffer)
    return ()


def timeval(seconds: float) -> bytes:
    """For SO_RCVTIMEO and SO_SNDTIMEO (socket(7)), whole ticks; a zero would wait for ever."""
    whole_s, ticks = divmod(max(1, ceil(seconds * TICKS_A_SECOND)), TICKS_A_SECOND)
    return TIMEVAL.pack(whole_s, ticks * (1_000_000 // TICKS_A_SECOND))
