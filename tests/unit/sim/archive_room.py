"""A simulated archive, a line to it from one life, and films made byte by byte, for its tests."""

import hashlib
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from random import Random
from typing import TypeVar

from hal.archive import InstanceFile, StoreOutcome, Wanted
from hal.disk import FileReader
from hal.errors import PeerError
from hal.values import SopReference, Uid
from sim.kernel import Kernel
from sim.life import Life
from sim.scheduled_archive import ScheduledArchive
from sim.scheduled_habits import ArchiveHabits
from sim.scheduled_line import ArchiveFor
from sim.scheduled_memory import ArchiveMemory
from sim.seeded_devices import COLUMNS, ROWS, film_pixels
from sim.trace import Trace

T = TypeVar("T")
SOP_CLASS = Uid("1.2.840.10008.5.1.4.1.1.7.3")
EXPLICIT = Uid("1.2.840.10008.1.2.1")
ONE, TWO = Uid("2.25.1"), Uid("2.25.2")
T1, T2 = Uid("2.25.101"), Uid("2.25.102")


def element(group: int, number: int, vr: bytes, value: bytes) -> bytes:
    """PS3.5 7.1.2."""
    value += b"\0" * (len(value) % 2)
    if vr in (b"OW", b"OB", b"SQ"):
        return struct.pack("<HH2sHI", group, number, vr, 0, len(value)) + value
    return struct.pack("<HH2sH", group, number, vr, len(value)) + value


def film_file(uid: Uid, number: int = 1, patient_id: str = "P000001") -> bytes:
    meta = element(0x0002, 0x0010, b"UI", EXPLICIT.encode())
    head = element(0x0002, 0x0000, b"UL", struct.pack("<I", len(meta)))
    data_set = (
        element(0x0008, 0x0018, b"UI", uid.encode())
        + element(0x0008, 0x0050, b"SH", b"A000001 ")
        + element(0x0008, 0x1140, b"SQ", b"")
        + element(0x0010, 0x0020, b"LO", patient_id.encode())
        + element(0x0028, 0x0010, b"US", struct.pack("<H", ROWS))
        + element(0x0028, 0x0011, b"US", struct.pack("<H", COLUMNS))
        + element(0x7FE0, 0x0010, b"OW", film_pixels(number).astype("<u2").tobytes())
    )
    return b"\0" * 128 + b"DICM" + head + meta + data_set


def instance(content: bytes, uid: Uid = ONE, sha256: str = "") -> InstanceFile:
    @contextmanager
    def opened() -> Iterator[FileReader]:
        yield BytesIO(content)

    digest = sha256 or hashlib.sha256(content).hexdigest()
    return InstanceFile(reference(uid), EXPLICIT, len(content), digest, opened)


def reference(uid: Uid) -> SopReference:
    return SopReference(SOP_CLASS, uid)


def wanted(uid: Uid) -> Wanted:
    return Wanted(reference(uid), Uid("2.25.8"), Uid("2.25.9"), EXPLICIT, 2**20)


class Room:
    """What is asked of the line runs as a task of the world, and ends before the next."""

    def __init__(self, habits: ArchiveHabits | None = None, seed: int = 1) -> None:
        self.trace = Trace()
        self.kernel = Kernel(Random(seed), self.trace)
        self.life = Life(self.kernel, 1)
        self.archive = ScheduledArchive(
            habits or ArchiveHabits(),
            lambda name: Random(f"{seed} {name}"),
            lambda what, detail: self.kernel.say("archive", what, detail),
        )
        self.line = ArchiveFor(self.life, self.archive, pace_s=60.0)

    @property
    def memory(self) -> ArchiveMemory:
        return self.archive.memory

    def do(self, call: Callable[[], T]) -> T:
        results: list[T] = []
        self.life.spawn("asking", lambda: results.append(call()))
        self.kernel.run()
        return results[0]

    def error_of(self, call: Callable[[], object]) -> PeerError | None:
        def caught() -> PeerError | None:
            try:
                call()
            except PeerError as error:
                return error
            return None

        return self.do(caught)

    def send(self, *uids: Uid) -> list[StoreOutcome]:
        batch = [instance(film_file(uid), uid) for uid in uids]
        return self.do(lambda: list(self.line.store(batch)))

    def wait(self, duration_s: float) -> None:
        self.do(lambda: self.life.wait(timeout_s=duration_s))

    def said(self) -> list[str]:
        return [line.what for line in self.trace.lines() if line.lane == "archive"]
