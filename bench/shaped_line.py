"""A thin line on the loopback: a program of its own that carries TCP at so many bit/s, so far away.

The kernel here has no netem. So each direction is a token bucket of one small piece and a queue in
which every piece waits for its time: the line's rate is shared by all connections, a queue of
QUEUE_BYTES is the router's, and the first bytes of a connection wait one round trip more, for TCP's
handshake. What it does not have: loss, TCP's slow start, other users. `bench.thin_line` measures it
by a raw transfer in the same run.
"""

import argparse
import socket
import sys
import time
from dataclasses import dataclass, field
from queue import Queue
from threading import Lock, Thread

PIECE_BYTES = 1460
"""A segment of Ethernet: so much leaves at once."""
QUEUE_BYTES = 64 * 1024
SOCKET_BYTES = 64 * 1024
"""The kernel's buffers on both sides of us: else they, not the line, take a film whole."""


@dataclass
class Direction:
    bytes_per_s: float
    delay_s: float
    _free_at_s: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def carry(self, size_bytes: int, not_before_s: float) -> float:
        """When its last byte has left; waits until the queue has room for it."""
        with self._lock:
            begins_s = max(time.monotonic(), self._free_at_s, not_before_s)
            self._free_at_s = begins_s + size_bytes / self.bytes_per_s
            left_s = self._free_at_s
        full_s = left_s - QUEUE_BYTES / self.bytes_per_s
        time.sleep(max(0.0, full_s - time.monotonic()))
        return left_s


def pump(source: socket.socket, target: socket.socket, way: Direction, not_before_s: float) -> None:
    pieces: Queue[tuple[float, bytes]] = Queue()
    Thread(target=deliver, args=(pieces, target), daemon=True).start()
    while True:
        try:
            piece = source.recv(PIECE_BYTES)
        except OSError:
            piece = b""
        left_s = way.carry(len(piece), not_before_s)
        pieces.put((left_s + way.delay_s, piece))
        if not piece:
            return


def deliver(pieces: "Queue[tuple[float, bytes]]", target: socket.socket) -> None:
    while True:
        at_s, piece = pieces.get()
        time.sleep(max(0.0, at_s - time.monotonic()))
        try:
            if not piece:
                target.shutdown(socket.SHUT_WR)
                return
            target.sendall(piece)
        except OSError:
            return


def serve(listener: socket.socket, port: int, there: Direction, back: Direction) -> None:
    while True:
        near, _ = listener.accept()
        not_before_s = time.monotonic() + there.delay_s + back.delay_s
        far = socket.create_connection(("127.0.0.1", port))
        for side in (near, far):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            side.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BYTES)
        Thread(target=pump, args=(near, far, there, not_before_s), daemon=True).start()
        Thread(target=pump, args=(far, near, back, not_before_s), daemon=True).start()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bit-s", type=float, required=True)
    parser.add_argument("--round-trip-s", type=float, required=True)
    parser.add_argument("ways", nargs="+", help="PORT:TO_PORT, or PORT:TO_PORT:back")
    given = parser.parse_args()
    way = [Direction(given.bit_s / 8, given.round_trip_s / 2) for _ in range(2)]
    for each in given.ways:
        port, to_port, *back = each.split(":")
        there, again = reversed(way) if back else way
        listener = socket.create_server(("127.0.0.1", int(port)))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BYTES)
        Thread(target=serve, args=(listener, int(to_port), there, again), daemon=True).start()
    sys.stdin.read()  # until whoever began it closes it


if __name__ == "__main__":
    main()
