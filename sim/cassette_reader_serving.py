"""The simulated cassette reader on a pty or a TCP port, one node at a time.

The device is all bytes and time; here are the file descriptors. It keeps its plate and its image
while nodes come and go.
"""

import os
import pty
import select
import socket
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hal.clock import Clock
from sim.cassette_reader_device import CassetteReaderDevice

CHUNK_BYTES = 1 << 16
TICK_S = 0.05  # how late the reader speaks by itself
PTY_IS_CLOSED_S = 0.05


def serve_pty(
    link: Path,
    device: CassetteReaderDevice,
    clock: Clock,
    is_over: Callable[[], bool],
    is_there: Callable[[], None] = lambda: None,
) -> None:
    """A pty whose other end is `link`, until `is_over`. Nodes open and close it as they like.

    `is_there`: told when it can be opened. Raises OSError when `link` can't be made: what stands
    there is only ever taken away when it is a link, such as a killed reader leaves behind.
    """
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    if link.is_symlink():
        link.unlink()
    link.symlink_to(os.ttyname(theirs))
    os.close(theirs)  # so that reading says EIO while no node has it open
    try:
        is_there()
        while not is_over():
            _converse(ours, device, clock, is_over)
            device.hang_up()
            clock.sleep(PTY_IS_CLOSED_S)
    finally:
        link.unlink(missing_ok=True)
        os.close(ours)


def serve_reader_tcp(
    listener: socket.socket, device: CassetteReaderDevice, clock: Clock, is_over: Callable[[], bool]
) -> None:
    """One node at a time, the newest, until `is_over`."""
    listener.settimeout(TICK_S)
    while not is_over():
        with suppress(TimeoutError):
            connection, _ = listener.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.setblocking(False)
                _converse(connection.fileno(), device, clock, is_over, listener.fileno())
                device.hang_up()


def _converse(
    line: int,
    device: CassetteReaderDevice,
    clock: Clock,
    is_over: Callable[[], bool],
    *newcomers: int,
) -> None:
    """Until the other end is closed, or somebody calls anew on one of `newcomers`."""
    out = memoryview(b"")
    while not is_over():
        out = out or memoryview(device.next_segment(clock.monotonic_s()))
        reads, writes = [line, *newcomers], [line] if out else []
        readable, writable, _ = select.select(reads, writes, [], TICK_S)
        if set(readable) & set(newcomers):
            return
        try:
            if readable:
                chunk = os.read(line, CHUNK_BYTES)
                if not chunk:
                    return
                answers = device.feed(chunk, clock.monotonic_s())
                out = memoryview(bytes(out) + answers) if answers else out
            if writable:
                out = out[os.write(line, out) :]
        except BlockingIOError:
            continue
        except OSError:
            return  # EIO: nobody has the pty open; or the connection was reset
