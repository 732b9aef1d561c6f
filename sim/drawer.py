"""The drawer of faults: what can go wrong with a simulated node, switch by switch, while it runs.

Tests use it directly; `drawer_page` puts it on the page. It plays with devices only: nothing of
the node is told, which finds out as it would from real ones.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from threading import Lock

import numpy as np

from hal.storage_array import ArrayState
from sim.archive_faults import NO_FAULTS
from sim.day import Envelope
from sim.drawer_faults import NOTICED_BY, OF_ARCHIVE, OF_READER, OF_RIS, ON_THE_WIRE, Fault
from sim.film_on_glass import BARE_LAMP
from sim.film_scanner_device import FilmScannerDevice
from sim.film_scanner_faults import ScannerFaults
from sim.films import Film
from sim.played_reader import PlayedReader
from sim.ris_peer import NO_RIS_FAULTS
from sim.ris_steps import ToldStep
from sim.switched import SwitchedArchive, SwitchedArray, SwitchedDisk, SwitchedRis
from sim.worklist import SimulatedWorklist

EMPTY_GLASS = Film(np.full((8, 8), BARE_LAMP, np.uint16), 100)


@dataclass
class Drawer:
    """Thread-safe."""

    scanner: FilmScannerDevice
    orders: SwitchedRis | SimulatedWorklist
    """A RIS, or a plain list that no wire leads to."""
    disk: SwitchedDisk
    array: SwitchedArray
    archive: SwitchedArchive | None
    """None: it is somebody's own, and has no switches."""
    envelopes: tuple[Envelope, ...]
    read_code: Callable[[str], object]
    """The barcode reader reads it."""
    reader: PlayedReader | None = None
    """Of cassettes. None: the node has none."""
    wake: Callable[[str], None] = lambda _: None
    """The node's, if whoever plays is in a hurry."""
    _on: set[Fault] = field(default_factory=set, init=False)
    _laid: tuple[str, int] = field(default=("", 0), init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """That there are here."""
        absent = (
            () if self.archive is not None else OF_ARCHIVE,
            () if isinstance(self.orders, SwitchedRis) else ON_THE_WIRE,
            () if self.reader is not None else OF_READER,
        )
        return tuple(one for one in Fault if not any(one in faults for faults in absent))

    @property
    def told(self) -> tuple[ToldStep, ...]:
        """What the RIS knows of the examinations, by MPPS."""
        return self.orders.told() if isinstance(self.orders, SwitchedRis) else ()

    def is_on(self, fault: Fault) -> bool:
        return fault in self._on

    def turn(self, fault: Fault, on: bool) -> None:
        with self._lock:
            if self.is_on(fault) is on or fault not in self.faults:
                return
            self._on ^= {fault}
            self._put(fault, on)
        if fault in NOTICED_BY:
            self.wake(NOTICED_BY[fault])

    def _put(self, fault: Fault, on: bool) -> None:
        match fault:
            case Fault.COVER_OPEN | Fault.JAM | Fault.JAM_HALFWAY | Fault.LAMP_COLD:
                self.scanner.inject(self._scanner_faults())
            case Fault.UNPLUGGED if on:
                self.scanner.unplug()
            case Fault.UNPLUGGED:
                self.scanner.plug_in()
            case _ if fault in OF_READER and self.reader is not None:
                self.reader.be(self._on & OF_READER)
            case _ if fault in OF_RIS:
                self._put_orders()
            case Fault.DISK_DEAD:
                self.array.state = ArrayState.DEGRADED if on else ArrayState.HEALTHY
            case Fault.DISK_FULL:
                self.disk.is_full = on
            case _ if self.archive is not None:
                worst = (faults for one, faults in OF_ARCHIVE.items() if self.is_on(one))
                self.archive.be(next(worst, NO_FAULTS))

    def _put_orders(self) -> None:
        if isinstance(self.orders, SwitchedRis):
            worst = (faults for one, faults in OF_RIS.items() if self.is_on(one))
            self.orders.be(next(worst, NO_RIS_FAULTS))
        else:
            self.orders.away = self.is_on(Fault.RIS_AWAY)

    def _scanner_faults(self) -> ScannerFaults:
        return ScannerFaults(
            cover_open=self.is_on(Fault.COVER_OPEN),
            fatal=self.is_on(Fault.JAM),
            error_block=1 if self.is_on(Fault.JAM_HALFWAY) else None,
            warm_up_s=inf if self.is_on(Fault.LAMP_COLD) else 0.0,
        )

    @property
    def laid(self) -> tuple[str, int]:
        """(accession number, which of its films from 1) on the glass; ("", 0): none of theirs."""
        return self._laid

    @property
    def is_glass_empty(self) -> bool:
        return self.scanner.film is EMPTY_GLASS

    def lay(self, accession_number: str) -> None:
        """The next film of this envelope, and after the last its first again. An envelope that
        is not there changes nothing. Raises ConfigError where its file is missing."""
        envelope = self.envelope(accession_number)
        if envelope is None:
            return
        with self._lock:
            before = self._laid[1] if self._laid[0] == accession_number else 0
            number = before % len(envelope.films)
            self.scanner.film = envelope.films[number]()
            self._laid = (accession_number, number + 1)

    def lift(self) -> None:
        """Nothing is on the glass any more."""
        with self._lock:
            self.scanner.film = EMPTY_GLASS
            self._laid = ("", 0)

    @property
    def with_plates(self) -> tuple[Envelope, ...]:
        """Whose cassettes can be put in."""
        return tuple(one for one in self.envelopes if one.plates) if self.reader else ()

    def put_in(self, accession_number: str) -> None:
        """The cassette of this envelope, its plate exposed anew. An envelope without one changes
        nothing. Raises DeviceNeedsOperator unless the reader is empty."""
        envelope = self.envelope(accession_number)
        if self.reader is None or envelope is None or not envelope.plates:
            return
        with self._lock:
            self.reader.put_in(accession_number, envelope.plates[0]())

    def take_out(self) -> None:
        """Raises DeviceNeedsOperator while the reader keeps an image."""
        if self.reader is not None:
            with self._lock:
                self.reader.take_out()

    def envelope(self, accession_number: str) -> Envelope | None:
        named = (one for one in self.envelopes if one.order.accession_number == accession_number)
        return next(named, None)
