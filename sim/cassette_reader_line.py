"""The line to a simulated cassette reader in the same process: no port, no loss."""

from dataclasses import dataclass, field

from hal.clock import Clock
from sim.cassette_reader_device import CassetteReaderDevice

CHUNK_BYTES = 1 << 16


@dataclass
class SimulatedReaderLine:
    device: CassetteReaderDevice
    clock: Clock
    _waiting: bytearray = field(default_factory=bytearray, init=False)

    @property
    def bytes_per_s(self) -> float | None:
        return None

    def write(self, data: bytes) -> None:
        self._waiting += self.device.feed(data, self.clock.monotonic_s())

    def read(self, timeout_s: float) -> bytes:
        if not self._waiting:
            self._waiting += self.device.next_segment(self.clock.monotonic_s())
        if not self._waiting:
            self.clock.sleep(timeout_s)
        chunk = bytes(self._waiting[:CHUNK_BYTES])
        del self._waiting[:CHUNK_BYTES]
        return chunk

    def close(self) -> None:
        self.device.hang_up()
