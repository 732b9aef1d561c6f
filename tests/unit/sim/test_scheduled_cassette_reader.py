"""The seeded world's cassette reader: what people and faults do to it, and what its line does."""

from collections.abc import Callable
from random import Random

import pytest

from drivers.cassette_reader_serial import SerialCassetteReader
from drivers.wire.cassette_messages import ErrorCode
from hal.cassette_reader import PlateRequest
from hal.errors import DeviceNeedsOperator, DeviceUnavailable
from sim.fault_errors import ERRORS, FrameSpoilt, NotErasedBefore
from sim.faults import Fault
from sim.kernel import Kernel
from sim.kernel_runtime import KernelClock, SeededEntropy, Wall
from sim.life import Life
from sim.mischief import Trigger
from sim.reader_faults import FOREIGN, ReaderTroubles
from sim.scheduled_cassette_reader import CASSETTES, ReaderLineFor, ScheduledCassetteReader
from sim.seeded_plates import BLANK, plate_pixels
from sim.trace import Trace

READ = 0x0BADCAFE


class Witness:
    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []

    def plate_read(self, number: int) -> None:
        self.seen.append(("read", number))

    def plate_kept_of_another(self, number: int) -> None:
        self.seen.append(("of another", number))

    def plate_erased(self, number: int) -> None:
        self.seen.append(("erased", number))


class Room:
    def __init__(self) -> None:
        self.kernel = Kernel(Random(1), Trace())
        self.reader = ScheduledCassetteReader(Random(2), lambda what, detail: None)
        self.reader.witness = self.witness = Witness()
        self.troubles = ReaderTroubles(self.reader)
        self.strikes: dict[tuple[str, str], Callable[[str], None]] = {}

    def live(self, do: Callable[[SerialCassetteReader], object]) -> None:
        """One life of a node, which does this with its reader. Raises what it raises."""
        life = Life(self.kernel, 1, self.strikes)
        clock = KernelClock(life, Wall())
        line = ReaderLineFor(life, self.reader)
        driver = SerialCassetteReader(line, clock, SeededEntropy(Random(3)))
        life.spawn("node", lambda: do(driver))
        self.kernel.run()

    def strike(self, *calls: str, error: Callable[[], Exception], every: int) -> None:
        count = iter(range(1_000_000))

        def strike(_: str) -> None:
            if next(count) % every == every - 1:
                raise error()

        for call in calls:
            self.strikes["reader", call] = strike

    def begin(self, kind: Fault) -> None:
        self.troubles.begins[kind](Trigger.__new__(Trigger), "")


@pytest.fixture
def room() -> Room:
    return Room()


def read_plate(driver: SerialCassetteReader) -> bytes:
    assert driver.load() is not None
    driver.begin(PlateRequest(READ, 100))
    return rows(driver)


def rows(driver: SerialCassetteReader) -> bytes:
    return b"".join(bytes(block.samples) for block in driver.rows())


def test_a_plate_is_read_and_the_witness_told(room: Room) -> None:
    assert room.reader.put_in(5)
    got: list[bytes] = []
    room.live(lambda driver: got.append(read_plate(driver)))
    assert got == [plate_pixels(5).tobytes()]
    assert room.witness.seen == [("read", 5)]
    assert room.kernel.now_s > 1.0  # the line takes its time


@pytest.mark.parametrize("every", [3, 7, 20])
def test_on_a_bad_line_every_sample_comes_all_the_same(room: Room, every: int) -> None:
    room.reader.put_in(5)
    room.strike("ask", "answer", "rows", error=FrameSpoilt, every=every)
    got: list[bytes] = []
    room.live(lambda driver: got.append(read_plate(driver)))
    assert got == [plate_pixels(5).tobytes()]


def test_a_line_that_is_cut_loses_nothing_that_was_read(room: Room) -> None:
    room.reader.put_in(5)
    room.strike("rows", error=ERRORS[Fault.READER_AWAY], every=6)
    with pytest.raises(DeviceUnavailable):
        room.live(read_plate)
    room.strikes.clear()
    got: list[bytes] = []

    def again(driver: SerialCassetteReader) -> None:
        assert driver.kept_read() == READ
        driver.begin(PlateRequest(READ, 100))
        got.append(rows(driver))

    room.live(again)
    assert got == [plate_pixels(5).tobytes()]
    assert room.witness.seen == [("read", 5)]


def test_a_reader_that_is_switched_off_keeps_its_image(room: Room) -> None:
    room.reader.put_in(5)
    room.live(read_plate)
    room.begin(Fault.READER_RESTARTS)
    with pytest.raises(DeviceUnavailable):
        room.live(lambda driver: driver.kept_read())
    room.troubles.ends[Fault.READER_RESTARTS]()
    kept: list[int | None] = []
    room.live(lambda driver: kept.append(driver.kept_read()))
    assert kept == [READ]


def test_nobody_takes_out_what_it_keeps_an_image_of(room: Room) -> None:
    room.reader.put_in(5)
    room.live(read_plate)
    room.reader.take_out(5)
    assert not room.reader.put_in(6)
    assert room.reader.device.slot is not None


def test_what_was_left_in_it_makes_room(room: Room) -> None:
    room.reader.put_in(5)
    assert room.reader.put_in(6)
    room.live(read_plate)
    assert room.witness.seen == [("read", 6)]
    assert room.reader.put_in(5) is False


def erase(room: Room) -> None:
    image = room.reader.device.image
    assert image is not None
    read, samples, crc32 = image.read, image.count, image.crc32
    room.live(lambda driver: driver.erase(read, samples, crc32))


def test_an_erased_plate_is_blank_whoever_puts_it_in_again(room: Room) -> None:
    room.reader.put_in(5)
    room.live(read_plate)
    assert not room.reader.gave_back(5)
    erase(room)
    assert room.reader.gave_back(5)
    room.live(lambda driver: driver.eject())
    room.reader.put_in(5)
    room.live(read_plate)
    assert room.witness.seen == [("read", 5), ("erased", 5), ("read", BLANK)]


def test_a_swapped_cassette_is_not_erased(room: Room) -> None:
    room.reader.put_in(5)
    room.live(read_plate)
    room.begin(Fault.CASSETTE_SWAPPED)
    with pytest.raises(DeviceNeedsOperator):
        erase(room)
    room.troubles.ends[Fault.CASSETTE_SWAPPED]()
    erase(room)
    assert room.witness.seen == [("read", 5), ("erased", 5)]


@pytest.mark.parametrize("kind", [Fault.CASSETTE_JAM, Fault.CASSETTE_LABEL])
def test_it_takes_no_cassette_until_that_is_put_right(room: Room, kind: Fault) -> None:
    room.reader.put_in(5)
    room.begin(kind)
    with pytest.raises(DeviceNeedsOperator):
        room.live(read_plate)
    room.troubles.ends[kind]()
    room.live(read_plate)
    assert room.witness.seen == [("read", 5)]


def test_another_nodes_image_is_found_in_an_empty_reader(room: Room) -> None:
    room.begin(Fault.PLATE_FOREIGN)
    room.begin(Fault.PLATE_FOREIGN)  # nobody reads a second one meanwhile
    assert room.witness.seen == [("of another", FOREIGN)]
    erase(room)
    assert room.witness.seen[-1] == ("erased", FOREIGN)


def test_cassettes_come_again_with_their_counters(room: Room) -> None:
    seen = []
    for number in range(1, 2 * CASSETTES + 1):
        room.reader.put_in(number)
        slot = room.reader.device.slot
        assert slot is not None
        seen.append((slot.plate_id, slot.exposures))
        room.reader.take_out(number)
    assert len(set(seen)) == 2 * CASSETTES
    assert len({plate_id for plate_id, _ in seen}) == CASSETTES


def test_a_plate_may_have_been_used_before(room: Room) -> None:
    def used(_: str) -> None:
        raise NotErasedBefore

    room.reader.strikes = {("reader", "expose"): used}
    room.reader.put_in(5)
    loaded: list[bool] = []
    room.live(lambda driver: loaded.append(driver.load().is_erased))  # type: ignore[union-attr]
    assert loaded == [False]


def test_all_heals(room: Room) -> None:
    room.reader.put_in(5)
    room.live(read_plate)
    for kind in (Fault.READER_SILENT, Fault.CASSETTE_SWAPPED, Fault.ERASE_FAILED):
        room.begin(kind)
    room.reader.heal()
    assert room.reader.device.faults.erase_error is None
    erase(room)


def test_what_it_answers_to_each_of_its_faults_is_the_protocols(room: Room) -> None:
    room.begin(Fault.ERASE_FAILED)
    assert room.reader.device.faults.erase_error is ErrorCode.ERASE_FAILED
    room.begin(Fault.READER_LASER)
    assert room.reader.device.faults.read_error is ErrorCode.LASER
