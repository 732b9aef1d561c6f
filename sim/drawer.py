"""The drawer of faults: what can go wrong with a simulated node, switch by switch, while it runs.

Tests use it directly; `drawer_page` puts it on the page. It plays with devices only: nothing of
the node is told, which finds out as it would from real ones.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from math import inf
from threading import Lock

from firmware.worklist_worker import WORKLIST
from hal.storage_array import ArrayState
from sim.archive_faults import NO_FAULTS, ArchiveFaults
from sim.day import Envelope
from sim.film_scanner_device import FilmScannerDevice
from sim.film_scanner_faults import ScannerFaults
from sim.ris_peer import NO_RIS_FAULTS, RisFaults
from sim.ris_steps import ToldStep
from sim.switched import SwitchedArchive, SwitchedArray, SwitchedDisk, SwitchedRis
from sim.worklist import SimulatedWorklist

OUT_OF_RESOURCES = 0xA700
SLOW_S = 20.0
"""An answer that comes, and later than anybody waits for with pleasure."""


class Fault(Enum):
    COVER_OPEN = "cover-open"
    JAM = "jam"
    JAM_HALFWAY = "jam-halfway"
    LAMP_COLD = "lamp-cold"
    UNPLUGGED = "unplugged"
    ARCHIVE_AWAY = "archive-away"
    ARCHIVE_REFUSES = "archive-refuses"
    ARCHIVE_SLOW = "archive-slow"
    RIS_AWAY = "ris-away"
    RIS_SLOW = "ris-slow"
    RIS_CHARACTER_SET = "ris-character-set"
    DISK_DEAD = "disk-dead"
    DISK_FULL = "disk-full"


OF_ARCHIVE: Mapping[Fault, ArchiveFaults | None] = {
    Fault.ARCHIVE_AWAY: None,
    Fault.ARCHIVE_REFUSES: ArchiveFaults(store_status=OUT_OF_RESOURCES),
    Fault.ARCHIVE_SLOW: ArchiveFaults(answer_after_s=SLOW_S),
}
"""In the order of what is worst; None: nobody listens there."""
OF_RIS: Mapping[Fault, RisFaults | None] = {
    Fault.RIS_AWAY: None,
    Fault.RIS_SLOW: RisFaults(answer_after_s=SLOW_S),
    Fault.RIS_CHARACTER_SET: RisFaults(wrong_character_set=True),
}
"""Likewise."""
ON_THE_WIRE = frozenset(OF_RIS) - {Fault.RIS_AWAY}
"""A plain list of orders can be away, and nothing else."""
NOTICED_BY: Mapping[Fault, str] = {
    **dict.fromkeys(OF_RIS, WORKLIST),
    Fault.DISK_DEAD: "array watch",
}
"""The worker that would look by itself within a minute, and may be woken to look now."""


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
    wake: Callable[[str], None] = lambda _: None
    """The node's, if whoever plays is in a hurry."""
    _on: set[Fault] = field(default_factory=set, init=False)
    _laid: tuple[str, int] = field(default=("", 0), init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """That there are here."""
        has_archive, has_ris = self.archive is not None, isinstance(self.orders, SwitchedRis)
        absent = (() if has_archive else OF_ARCHIVE, () if has_ris else ON_THE_WIRE)
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
        """(accession number, which of its films from 1) on the glass; ("", 0): as it began."""
        return self._laid

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

    def envelope(self, accession_number: str) -> Envelope | None:
        named = (one for one in self.envelopes if one.order.accession_number == accession_number)
        return next(named, None)
