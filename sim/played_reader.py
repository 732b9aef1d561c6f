"""The drawer's cassette reader: what is put into it, what it holds, and its faults.

A cassette is exposed anew each time that it is put in after it was read: its counter goes on from
what the node's ledger has of it, over starts of the simulator too.
"""

from collections.abc import Callable, Set
from dataclasses import dataclass, field, replace
from enum import Enum

from drivers.wire.cassette_messages import ErrorCode
from hal.errors import DeviceNeedsOperator, Sentence
from sim.cassette_reader_device import CassetteReaderDevice, Plate, ReaderFaults
from sim.drawer_faults import Fault
from sim.pty_reader import PtyReader, never

OCCUPIED = Sentence(
    en="There is a cassette in the reader already: take it out first.",
    fr="Il y a déjà une cassette dans le lecteur : retirez-la d'abord.",
)
HELD_FAST = Sentence(
    en="The reader keeps the image of {plate}, and lets its cassette go when that is stored.",
    fr="Le lecteur conserve l'image de {plate} et ne rend la cassette qu'une fois celle-ci "
    "stockée.",
)
LOAD_ERRORS = {
    Fault.CASSETTE_JAM: ErrorCode.JAM,
    Fault.CASSETTE_LABEL: ErrorCode.BARCODE_UNREADABLE,
}
"""In the order of what comes first."""


class Holding(Enum):
    NOTHING = "nothing"
    CASSETTE = "cassette"
    IMAGE = "image"
    """Read, and not erased: the cassette stays in until it is."""


@dataclass(frozen=True)
class Contents:
    holding: Holding
    plate_id: str
    """Of NOTHING: the plate that came out last, erased; empty: none did."""
    accession_number: str
    """Whose envelope it is from."""


@dataclass
class PlayedReader:
    device: CassetteReaderDevice
    line: PtyReader
    exposures_of: Callable[[str], int]
    """How often the node has known a plate to be exposed; 0: never."""
    _whose: str = field(default="", init=False)

    @property
    def contents(self) -> Contents:
        image, plate = self.device.image, self.device.slot
        if image is not None:
            return Contents(Holding.IMAGE, image.plate_id, self._whose)
        if plate is not None:
            return Contents(Holding.CASSETTE, plate.plate_id, self._whose)
        erased = self.device.erased
        return Contents(Holding.NOTHING, erased[-1][0] if erased else "", "")

    def put_in(self, accession_number: str, plate: Plate) -> None:
        """Raises DeviceNeedsOperator unless it is empty."""
        self._check_held()
        if self.device.slot is not None:
            raise DeviceNeedsOperator(OCCUPIED)
        self._whose = accession_number
        self.device.put_in(replace(plate, exposures=self.exposures_of(plate.plate_id) + 1))

    def take_out(self) -> None:
        """By hand. Raises DeviceNeedsOperator while it keeps an image."""
        self._check_held()
        self.device.put_in(None)

    def _check_held(self) -> None:
        if (image := self.device.image) is not None:
            raise DeviceNeedsOperator(HELD_FAST.fill(plate=image.plate_id))

    def be(self, on: Set[Fault]) -> None:
        """With these faults of its, and no others."""
        load_errors = (error for fault, error in LOAD_ERRORS.items() if fault in on)
        self.device.faults = ReaderFaults(
            load_error=next(load_errors, None),
            read_error=ErrorCode.LASER if Fault.READER_LASER in on else None,
            erase_error=ErrorCode.ERASE_FAILED if Fault.READER_LAMP in on else None,
        )
        self.line.cut_when(self._is_half_sent if Fault.READER_CUT in on else never)
        if Fault.READER_UNPLUGGED in on:
            self.line.unplug()
        else:
            self.line.plug()

    def _is_half_sent(self) -> bool:
        image = self.device.image
        return image is not None and 2 * self.device.sent_samples > image.count
