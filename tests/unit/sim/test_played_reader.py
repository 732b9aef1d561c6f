"""The drawer's cassette reader, by the node's own driver: what it holds, and each of its faults."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from drivers.cassette_line import CassetteLine
from drivers.cassette_reader_serial import SerialCassetteReader
from drivers.cassette_sentences import ERRORS, LINE_LOST, LINE_NOT_THERE
from drivers.system_clock import SystemClock
from drivers.wire.cassette_messages import ErrorCode
from hal.errors import DeviceError, DeviceNeedsOperator, Sentence
from sim.cassette_reader_device import CassetteReaderDevice
from sim.drawer_faults import OF_READER, Fault
from sim.played_reader import HELD_FAST, OCCUPIED, Contents, Holding, PlayedReader
from sim.pty_reader import PtyReader
from tests.cassette_kit import READ, CountingEntropy, a_plate, all_rows, begun

PLATE = a_plate(rows=400, columns=300)
WHOSE = "D2026-0117"
NOTHING = Contents(Holding.NOTHING, "", "")
IN = Contents(Holding.CASSETTE, PLATE.plate_id, WHOSE)
KEPT = Contents(Holding.IMAGE, PLATE.plate_id, WHOSE)
OUT = Contents(Holding.NOTHING, PLATE.plate_id, "")


class Played:
    def __init__(self, folder: Path) -> None:
        self.device = CassetteReaderDevice()
        line = PtyReader(folder / "reader", self.device)
        self.reader = PlayedReader(self.device, line, lambda _: self.exposures)
        self.exposures = 0
        self.driver = SerialCassetteReader(
            CassetteLine(str(line.name)), SystemClock(), CountingEntropy()
        )
        self.absent = LINE_NOT_THERE.fill(address=line.name)
        self.reader.be(frozenset())

    def read(self) -> None:
        """As a node does: all of it, then erased and given back."""
        all_rows(self.driver, begun(self.driver))
        image = self.device.image
        assert image is not None
        self.driver.erase(READ, image.count, image.crc32)
        self.driver.eject()

    def close(self) -> None:
        self.driver.close()
        self.reader.line.unplug()


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    made = Played(tmp_path)
    yield made
    made.close()


def test_an_empty_one_has_no_cassette(played: Played) -> None:
    assert played.reader.contents == NOTHING
    assert played.driver.load() is None


def test_a_cassette_is_read_and_comes_out_erased(played: Played) -> None:
    played.reader.put_in(WHOSE, PLATE)
    assert played.reader.contents == IN
    played.read()
    assert played.reader.contents == OUT


def test_each_time_it_was_exposed_once_more(played: Played) -> None:
    played.exposures = 41
    played.reader.put_in(WHOSE, PLATE)
    loaded = played.driver.load()
    assert loaded is not None
    assert (loaded.plate_id, loaded.exposures) == (PLATE.plate_id, 42)


def test_one_at_a_time_and_it_can_be_taken_out_again(played: Played) -> None:
    played.reader.put_in(WHOSE, PLATE)
    with pytest.raises(DeviceNeedsOperator, match="already"):
        played.reader.put_in("other", PLATE)
    assert played.reader.contents == IN
    played.reader.take_out()
    assert played.reader.contents == NOTHING
    assert OCCUPIED.fr != OCCUPIED.en


def test_what_it_keeps_it_does_not_let_go(played: Played) -> None:
    played.reader.put_in(WHOSE, PLATE)
    all_rows(played.driver, begun(played.driver))
    assert played.reader.contents == KEPT
    for refused in (played.reader.take_out, lambda: played.reader.put_in("other", PLATE)):
        with pytest.raises(DeviceNeedsOperator) as raised:
            refused()
        assert raised.value.sentence == HELD_FAST.fill(plate=PLATE.plate_id)
    assert played.reader.contents == KEPT


def said_of(code: ErrorCode) -> Sentence:
    return ERRORS[code][1]


SAID = {
    Fault.CASSETTE_JAM: (said_of(ErrorCode.JAM), IN),
    Fault.CASSETTE_LABEL: (said_of(ErrorCode.BARCODE_UNREADABLE), IN),
    Fault.READER_LASER: (said_of(ErrorCode.LASER), IN),
    Fault.READER_LAMP: (said_of(ErrorCode.ERASE_FAILED), KEPT),
    Fault.READER_CUT: (LINE_LOST, KEPT),
}
"""What the driver says, and what is in the reader then."""


@pytest.mark.parametrize("fault", SAID)
def test_each_fault_is_said_and_costs_no_image(played: Played, fault: Fault) -> None:
    said, contents = SAID[fault]
    played.reader.put_in(WHOSE, PLATE)
    played.reader.be({fault})
    with pytest.raises(DeviceError) as raised:
        played.read()
    assert raised.value.sentence == said
    assert played.reader.contents == contents
    played.reader.be(frozenset())
    played.read()
    assert played.reader.contents == OUT


def test_unplugged_and_in_again(played: Played) -> None:
    played.reader.put_in(WHOSE, PLATE)
    played.driver.load()
    played.reader.be({Fault.READER_UNPLUGGED})
    with pytest.raises(DeviceError) as raised:
        played.read()
    assert raised.value.sentence == LINE_LOST
    with pytest.raises(DeviceError) as raised:
        played.read()
    assert raised.value.sentence == played.absent
    played.reader.be(frozenset())
    played.read()
    assert played.reader.contents == OUT


def test_cut_it_stays_cut_whatever_else_is_switched(played: Played) -> None:
    played.reader.put_in(WHOSE, PLATE)
    played.reader.be({Fault.READER_CUT})
    with suppress(DeviceError):
        played.read()
    played.reader.be({Fault.READER_CUT, Fault.CASSETTE_JAM})
    with pytest.raises(DeviceError):
        played.driver.identify()


def test_no_fault_is_left_out() -> None:
    assert {*SAID, Fault.READER_UNPLUGGED} == OF_READER
