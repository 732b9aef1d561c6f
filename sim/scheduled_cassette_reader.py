"""The cassette reader of a seeded world: the simulated device on a line that the seed spoils.

The node has its real driver: every write and read of the line is a call of its life, so that
somebody else may run, the line may be cut, and power may end, between any two frames. What the
reader keeps outlives the node and the reader's own power. It never erases anything by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from hal.errors import DeviceUnavailable
from sim.cassette_reader_device import CassetteReaderDevice, KeptImage, Plate, ReaderFaults
from sim.fault_errors import FrameSpoilt, NotErasedBefore
from sim.life import Call, Life, Strike
from sim.seeded_plates import BLANK, COLUMNS, ROWS, exposed, number_of, plate_pixels

LANE = "reader"
BYTES_PER_S = 2560.0  # the driver's shortest segments: a plate of 3 kB is a dozen of them
CASSETTES = 5  # in use here; each comes back after some exposures
READ_MAX, GAIN = 2**32 - 1, 1000
Spoil = Callable[[bytes, Random], bytes]


def _changed(chunk: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(chunk))
    return chunk[:place] + bytes([chunk[place] ^ chance.randint(1, 255)]) + chunk[place + 1 :]


def _shortened(chunk: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(chunk))
    return chunk[:place] + chunk[place + chance.randint(1, len(chunk)) :]


SPOILS: tuple[Spoil, ...] = (
    _changed,
    _shortened,
    lambda _chunk, _chance: b"",
    lambda chunk, _: chunk + chunk,
)
"""What a bad line does to a frame."""


def _nothing(_: str) -> None:
    pass


class PlateWitness(Protocol):
    """Sees what the reader does to plates. A number is the plate's, in its pixels."""

    def plate_read(self, number: int) -> None:
        """Its latent image is gone; the reader keeps the only copy."""

    def plate_kept_of_another(self, number: int) -> None:
        """The same, but another node had it read."""

    def plate_erased(self, number: int) -> None:
        """And now the reader keeps nothing of it."""


@dataclass
class ScheduledCassetteReader:
    """The world's: what stands in the room, with what people and faults do to it."""

    chance: Random
    say: Callable[[str, str], None]
    device: CassetteReaderDevice = field(default_factory=CassetteReaderDevice)
    witness: PlateWitness | None = None
    is_silent: bool = False
    """Nothing is heard and nothing said: it stands still, or has no power."""
    strikes: Mapping[Call, Strike] = field(default_factory=dict)
    _made: int = 0
    _exposed: dict[int, Plate] = field(default_factory=dict)
    """Number -> its cassette, as it is now."""
    _given_back: set[int] = field(default_factory=set)
    _put_aside: Plate | None = None
    """What a hand took out while its image was kept."""

    def hear(self, data: bytes, now_s: float) -> bytes:
        if self.is_silent:
            return b""
        before = self.device.image
        answer = self.device.feed(data, now_s)
        self._tell(before, self.device.image)
        return answer

    def segment(self, now_s: float) -> bytes:
        return b"" if self.is_silent else self.device.next_segment(now_s)

    def put_in(self, number: int) -> bool:
        """A cassette with this exposure, in place of one that somebody left. False: the reader
        holds that one, and keeps its image.
        """
        if number not in self._exposed:
            self._exposed[number] = self._expose(number)
        if self.device.image is None and not self._holds(number):
            self.say("cassette in", str(number))
            self.device.put_in(self._exposed[number])
        return self._holds(number)

    def take_out(self, number: int) -> None:
        """By hand: the reader holds what it keeps an image of."""
        if self._holds(number) and self.device.image is None:
            self.say("cassette out", str(number))
            self.device.put_in(None)

    def take_out_left(self) -> None:
        """Whichever somebody left in it."""
        if self.device.image is None:
            self.say("cassette out", "left")
            self.device.put_in(None)

    def gave_back(self, number: int) -> bool:
        """Erased: the reader had been told that its image is durable."""
        return number in self._given_back

    def swap_cassette(self) -> None:
        """Somebody opens the lid and takes the wrong one out, while its image is kept."""
        if self.device.image is not None and self._put_aside is None:
            self._put_aside = self.device.slot
            self.device.put_in(exposed("P-OTHER", BLANK, 1))

    def swap_back(self) -> None:
        if self._put_aside is not None:
            self.device.put_in(self._put_aside)
            self._put_aside = None

    def keep_of_another(self, number: int) -> bool:
        """Another node read this one; nobody here knows of it. False: it is in use."""
        if self.device.image is not None or self.device.slot is not None:
            return False
        read, plate = self.chance.randint(1, READ_MAX), exposed("P-FOREIGN", BLANK, 1)
        samples = plate_pixels(number).tobytes()
        self.device.put_in(plate)
        self.device.image = KeptImage(read, samples, COLUMNS, ROWS, GAIN, plate.plate_id)
        self.say("plate of another", str(number))
        if self.witness is not None:
            self.witness.plate_kept_of_another(number)
        return True

    def heal(self) -> None:
        self.is_silent = False
        self.device.faults = ReaderFaults()
        self.swap_back()

    def _holds(self, number: int) -> bool:
        slot, put = self.device.slot, self._exposed.get(number)
        return (
            slot is not None
            and put is not None
            and (slot.plate_id, slot.exposures)
            == (
                put.plate_id,
                put.exposures,
            )
        )

    def _expose(self, number: int) -> Plate:
        plate_id, exposures = f"P-{self._made % CASSETTES}", self._made // CASSETTES + 1
        self._made += 1
        try:
            self.strikes.get((LANE, "expose"), _nothing)("")
        except NotErasedBefore:
            return exposed(plate_id, number, exposures, is_erased=False)
        return exposed(plate_id, number, exposures)

    def _tell(self, before: KeptImage | None, after: KeptImage | None) -> None:
        if self.witness is None or before is after:
            return
        if before is not None:
            number = number_of(before.samples)
            self.say("plate erased", str(number))
            self._given_back.add(number)
            self._remember(number)
            self.witness.plate_erased(number)
        if after is not None:
            number = number_of(after.samples)
            self.say("plate read", str(number))
            self._remember(number)
            self.witness.plate_read(number)

    def _remember(self, number: int) -> None:
        """The cassette as it is now, whoever puts it in again."""
        if number in self._exposed and self.device.slot is not None:
            self._exposed[number] = self.device.slot


@dataclass
class ReaderLineFor:
    """One life's end of it; a `drivers.cassette_session.ReaderLine`."""

    life: Life
    reader: ScheduledCassetteReader
    _waiting: bytearray = field(default_factory=bytearray, init=False)

    def __post_init__(self) -> None:
        self.reader.device.hang_up()

    @property
    def bytes_per_s(self) -> float | None:
        return BYTES_PER_S

    def write(self, data: bytes) -> None:
        data = self._through("ask", data)
        self._waiting += self.reader.hear(data, self.life.kernel.now_s)

    def read(self, timeout_s: float) -> bytes:
        self.life.check()
        if not self._waiting:
            self._waiting += self.reader.segment(self.life.kernel.now_s)
        chunk = bytes(self._waiting)
        self._waiting.clear()
        if not chunk:
            self.life.wait(timeout_s=timeout_s)
            return b""
        self.life.wait(timeout_s=len(chunk) / BYTES_PER_S)
        return self._through("rows" if self.reader.device.is_sending else "answer", chunk)

    def close(self) -> None:
        self._waiting.clear()

    def _through(self, what: str, data: bytes) -> bytes:
        """What of it comes out at the other end. Raises DeviceUnavailable."""
        try:
            self.life.call(LANE, what)
        except FrameSpoilt:
            chance = self.reader.chance
            return chance.choice(SPOILS)(data, chance)
        except DeviceUnavailable:
            self._waiting.clear()
            self.reader.device.hang_up()
            raise
        return data
