"""The driver and the simulated reader on one table: a line in memory, which can be made bad."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
from numpy.typing import NDArray

from drivers.cassette_reader_serial import SerialCassetteReader
from hal.cassette_reader import PlateGeometry, PlateRequest
from hal.errors import DeviceUnavailable, Sentence
from sim.cassette_reader_device import CassetteReaderDevice, Plate

READ = 0x0BADCAFE
Spoil = Callable[[bytes], bytes]


class ManualClock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.now_s)

    def monotonic_s(self) -> float:
        return self.now_s

    def sleep(self, duration_s: float) -> None:
        self.now_s += duration_s


class CountingEntropy:
    def random_bytes(self, count: int) -> bytes:
        return bytes(range(count))


@dataclass
class LoopLine:
    """Bytes go at once; silence takes as long as the reader waits for it, on the clock."""

    device: CassetteReaderDevice
    clock: ManualClock
    to_node: Spoil = bytes
    to_reader: Spoil = bytes
    bytes_per_s: float | None = None
    chunk_bytes: int = 4095  # what a pty gives at once
    is_cut: bool = False
    carried_bytes: int = 0
    cut_at_bytes: int | None = None
    _waiting: bytearray = field(default_factory=bytearray)

    def write(self, data: bytes) -> None:
        self._check()
        self._waiting += self.to_node(self.device.feed(self.to_reader(data), self.clock.now_s))

    def read(self, timeout_s: float) -> bytes:
        self._check()
        if not self._waiting:
            self._waiting += self.to_node(self.device.next_segment(self.clock.now_s))
        if not self._waiting:
            self.clock.sleep(timeout_s)
        chunk = bytes(self._waiting[: self.chunk_bytes])
        del self._waiting[: self.chunk_bytes]
        self.carried_bytes += len(chunk)
        return chunk

    def close(self) -> None:
        pass

    def mend(self) -> None:
        """Plugged in again: the reader finds a new line."""
        self.is_cut, self.cut_at_bytes = False, None
        self._waiting.clear()
        self.device.hang_up()

    def _check(self) -> None:
        if self.cut_at_bytes is not None and self.carried_bytes >= self.cut_at_bytes:
            self.is_cut = True
        if self.is_cut:
            raise DeviceUnavailable(Sentence("cut", "coupée"))


def a_plate(rows: int = 40, columns: int = 61, seed: int = 1) -> Plate:
    latent = np.random.default_rng(seed).integers(0, 1 << 15, (rows, columns), np.uint16)
    latent[:, :7] = 0
    return Plate("P-00017", latent)


def noise(one_in: int, seed: int) -> Spoil:
    """Changes one byte in so many."""
    chance = Random(seed)

    def spoil(data: bytes) -> bytes:
        return bytes(
            byte ^ chance.randrange(1, 256) if chance.random() * one_in < 1 else byte
            for byte in data
        )

    return spoil


def connected(device: CassetteReaderDevice, line: LoopLine | None = None) -> SerialCassetteReader:
    clock = line.clock if line else ManualClock()
    return SerialCassetteReader(line or LoopLine(device, clock), clock, CountingEntropy())


def begun(reader: SerialCassetteReader, read: int = READ) -> PlateGeometry:
    reader.load()
    return reader.begin(PlateRequest(read, pitch_um=100))


def all_rows(reader: SerialCassetteReader, geometry: PlateGeometry) -> NDArray[np.uint16]:
    image = np.full((geometry.rows, geometry.columns), 0xFFFF, np.uint16)
    next_row = 0
    for block in reader.rows():
        assert block.first_row == next_row
        next_row += block.rows
        taken = np.frombuffer(block.samples, "<u2").reshape(block.rows, geometry.columns)
        image[block.first_row : next_row] = taken
    assert next_row == geometry.rows
    return image
