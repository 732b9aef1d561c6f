"""A TCP proxy on the loopback that breaks the line on purpose, for tests with real peers.

Stands between the node and an archive that knows nothing of it. `Faults` says what goes wrong;
chance comes from a seed. It counts what went through, so that a test can say where it cut.
"""

import random
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from threading import Event, Lock, Thread

CHUNK_BYTES = 16 * 1024
POLL_S = 0.02
JOIN_S = 10.0
ABORTING_LINGER = struct.pack("ii", 1, 0)
"""SO_LINGER of zero: close sends RST and drops what was not sent (socket(7))."""


class Ending(Enum):
    """What happens to a connection once its fault has come."""

    CLOSE = "both ends are closed in good order"
    RESET = "both ends get RST"
    STALL = "the connection stays, and nothing goes through any more"
    HALF_CLOSE = "the archive's direction is closed; the node's still takes bytes"
    LOSE_RESPONSES = "what the archive says is dropped; what the node says goes through"


@dataclass(frozen=True)
class Faults:
    """Of every connection, counted from its beginning."""

    after_bytes: int | None = None
    """From the node to the archive, until `ending`; None: never."""
    after_answer_bytes: int | None = None
    """The same, from the archive to the node."""
    ending: Ending = Ending.CLOSE
    connections: int | None = None
    """Only so many connections have the fault; None: all."""
    half_open: bool = False
    """Connections are taken and never answered: nobody is behind."""
    bytes_per_s: float | None = None
    latency_s: float = 0.0
    """In each direction, before each chunk."""
    cut_every_s: float | None = None
    """On average, at random: RESET."""
    spoil: Callable[[bytes], bytes] = bytes
    """What becomes of each chunk, both ways: for lines that check their bytes themselves."""
    seed: int = 0


NO_FAULTS = Faults()


@dataclass
class Passage:
    """One connection through the proxy. Its two pumps close it, when both have seen the end."""

    node: socket.socket
    archive: socket.socket
    over: Event = field(default_factory=Event)
    reset: Event = field(default_factory=Event)
    stalled: Event = field(default_factory=Event)
    deaf: Event = field(default_factory=Event)
    """Responses are lost."""
    pumps: int = 2
    lock: Lock = field(default_factory=Lock)

    def end(self, reset: bool) -> None:
        if reset:
            self.reset.set()
        self.over.set()

    def pump_ended(self) -> None:
        with self.lock:
            self.pumps -= 1
            if self.pumps:
                return
        for side in (self.node, self.archive):
            with suppress(OSError):
                if self.reset.is_set():
                    side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORTING_LINGER)
            side.close()


class FaultProxy:
    """Listens from the moment it is made until `close`."""

    def __init__(self, archive_port: int, faults: Faults) -> None:
        self.faults = faults
        """May be replaced: holds for connections from then on."""
        self.connections = 0
        self.cuts = 0
        self._archive_port = archive_port
        self._random = random.Random(faults.seed)
        self._lock = Lock()
        self._closing = Event()
        self._threads: list[Thread] = []
        self._passages: list[Passage] = []
        self._half_open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(POLL_S)
        self.port = int(self._listener.getsockname()[1])
        self._start(self._accept)

    def _start(self, run: object, *arguments: object) -> None:
        thread = Thread(target=run, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        self._closing.set()
        self._listener.close()
        for passage in self._passages:
            passage.end(reset=True)
        for node in self._half_open:
            node.close()
        for thread in self._threads:
            thread.join(JOIN_S)
        assert not any(thread.is_alive() for thread in self._threads)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                node, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self.connections += 1
            if self.faults.half_open:
                self._half_open.append(node)
            else:
                self._join(node, self._faults_now())

    def _join(self, node: socket.socket, faults: Faults) -> None:
        archive = socket.create_connection(("127.0.0.1", self._archive_port))
        for side in (node, archive):
            side.settimeout(POLL_S)
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        passage = Passage(node, archive)
        self._passages.append(passage)
        self._start(self._pump, passage, node, archive, faults, faults.after_bytes)
        self._start(self._pump, passage, archive, node, faults, faults.after_answer_bytes)
        if faults.cut_every_s is not None:
            self._start(self._cut_at_random, passage, faults.cut_every_s)

    def _faults_now(self) -> Faults:
        limit = self.faults.connections
        return self.faults if limit is None or self.connections <= limit else NO_FAULTS

    def _cut_at_random(self, passage: Passage, mean_s: float) -> None:
        with self._lock:
            after_s = self._random.expovariate(1 / mean_s)
        if not passage.over.wait(after_s) and not self._closing.is_set():
            self.cuts += 1
            passage.end(reset=True)

    def _pump(
        self,
        passage: Passage,
        source: socket.socket,
        target: socket.socket,
        faults: Faults,
        left_bytes: int | None,
    ) -> None:
        """Until the end of this direction, or of the passage."""
        try:
            while not passage.over.is_set():
                if left_bytes == 0:
                    self._break(passage, faults.ending)
                    left_bytes = None
                    continue
                chunk = received(source, min(CHUNK_BYTES, left_bytes or CHUNK_BYTES))
                if chunk == b"":
                    break
                if chunk is None:
                    continue
                if left_bytes is not None:
                    left_bytes -= len(chunk)
                pass_on(passage, source, target, chunk, faults)
            if not passage.over.is_set() and not passage.stalled.is_set():
                target.shutdown(socket.SHUT_WR)
        except OSError:
            passage.end(reset=True)
        finally:
            passage.pump_ended()

    def _break(self, passage: Passage, ending: Ending) -> None:
        self.cuts += 1
        if ending is Ending.STALL:
            passage.stalled.set()
        elif ending is Ending.LOSE_RESPONSES:
            passage.deaf.set()
        elif ending is Ending.HALF_CLOSE:
            passage.deaf.set()
            passage.node.shutdown(socket.SHUT_WR)
        else:
            passage.end(reset=ending is Ending.RESET)


def received(source: socket.socket, size: int) -> bytes | None:
    """None: nothing yet; b"": the other end closed."""
    try:
        return source.recv(size)
    except TimeoutError:
        return None


def pass_on(
    passage: Passage, source: socket.socket, target: socket.socket, chunk: bytes, faults: Faults
) -> None:
    if faults.latency_s:
        time.sleep(faults.latency_s)
    if faults.bytes_per_s:
        time.sleep(len(chunk) / faults.bytes_per_s)
    left = memoryview(faults.spoil(chunk))
    while left and not passage.over.is_set():
        if passage.stalled.is_set():
            passage.over.wait(POLL_S)
        elif passage.deaf.is_set() and source is passage.archive:
            return
        else:
            with suppress(TimeoutError):
                left = left[target.send(left) :]


@contextmanager
def faulty(archive_port: int, faults: Faults = NO_FAULTS) -> Iterator[FaultProxy]:
    proxy = FaultProxy(archive_port, faults)
    try:
        yield proxy
    finally:
        proxy.close()
