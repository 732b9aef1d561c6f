"""The drawer: which switches there are, what lies on the glass, what is put into the reader."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from drivers.wire.cassette_messages import ErrorCode
from sim.cassette_reader_device import CassetteReaderDevice
from sim.day import Envelope
from sim.drawer import Drawer
from sim.drawer_faults import NOTICED_BY, OF_ARCHIVE, OF_READER, ON_THE_WIRE, Fault
from sim.drawer_sentences import GROUPS, HOLDS, SWITCHES
from sim.film_scanner_device import FilmScannerDevice
from sim.films import Film
from sim.played_reader import Holding, PlayedReader
from sim.pty_reader import PtyReader
from sim.switched import SwitchedArray, SwitchedDisk
from sim.worklist import ORDERS, SimulatedWorklist
from tests.cassette_kit import ManualClock, a_plate

FILM = Film(np.full((40, 30), 500, np.uint16), 100)
WITH, WITHOUT = (order.accession_number for order in ORDERS[:2])
ENVELOPES = (
    Envelope(ORDERS[0], (lambda: FILM,), (partial(a_plate, 40),)),
    Envelope(ORDERS[1], (lambda: FILM,)),
)


class Made:
    def __init__(self, folder: Path) -> None:
        self.device = CassetteReaderDevice()
        self.reader = PlayedReader(
            self.device, PtyReader(folder / "reader", self.device), lambda _: 0
        )
        self.woken: list[str] = []
        self.drawer = self.with_reader(self.reader, folder)

    def with_reader(self, reader: PlayedReader | None, folder: Path) -> Drawer:
        return Drawer(
            scanner=FilmScannerDevice(FILM, ManualClock()),
            orders=SimulatedWorklist(),
            disk=SwitchedDisk(folder),
            array=SwitchedArray(),
            archive=None,
            envelopes=ENVELOPES,
            read_code=str,
            reader=reader,
            wake=self.woken.append,
        )


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    opened = Made(tmp_path)
    yield opened
    opened.reader.line.unplug()


def test_the_switches_of_a_reader_are_there_where_it_is(made: Made, tmp_path: Path) -> None:
    assert set(made.drawer.faults) == set(Fault) - set(OF_ARCHIVE) - ON_THE_WIRE
    without = made.with_reader(None, tmp_path)
    assert not OF_READER & set(without.faults)
    without.turn(Fault.CASSETTE_JAM, True)
    assert not without.is_on(Fault.CASSETTE_JAM)
    assert without.with_plates == ()
    without.put_in(WITH)
    without.take_out()


def test_faults_of_the_reader_add_up_and_go_one_by_one(made: Made) -> None:
    made.drawer.turn(Fault.CASSETTE_LABEL, True)
    made.drawer.turn(Fault.CASSETTE_JAM, True)
    made.drawer.turn(Fault.READER_LASER, True)
    assert made.device.faults.load_error is ErrorCode.JAM, "it comes first"
    assert made.device.faults.read_error is ErrorCode.LASER
    made.drawer.turn(Fault.CASSETTE_JAM, False)
    assert made.device.faults.load_error is ErrorCode.BARCODE_UNREADABLE
    assert made.device.faults.read_error is ErrorCode.LASER
    assert set(made.woken) == {NOTICED_BY[Fault.CASSETTE_JAM]}


def test_the_cassette_of_an_envelope_that_has_one(made: Made) -> None:
    assert [one.order.accession_number for one in made.drawer.with_plates] == [WITH]
    made.drawer.put_in(WITHOUT)
    made.drawer.put_in("of nobody")
    assert made.reader.contents.holding is Holding.NOTHING
    made.drawer.put_in(WITH)
    assert made.reader.contents.holding is Holding.CASSETTE
    assert made.reader.contents.accession_number == WITH
    made.drawer.take_out()
    assert made.reader.contents.holding is Holding.NOTHING


def test_a_film_is_laid_and_taken_away(made: Made) -> None:
    made.drawer.lay(WITH)
    assert (made.drawer.laid, made.drawer.is_glass_empty) == ((WITH, 1), False)
    made.drawer.lift()
    assert (made.drawer.laid, made.drawer.is_glass_empty) == (("", 0), True)
    made.drawer.lay(WITH)
    assert (made.drawer.laid, made.drawer.is_glass_empty) == ((WITH, 1), False)


def test_each_switch_has_its_name_and_its_group() -> None:
    assert set(SWITCHES) == set(Fault)
    grouped = [fault for _, faults in GROUPS for fault in faults]
    assert sorted(grouped, key=list(Fault).index) == list(Fault)
    assert set(HOLDS) == set(Holding)
