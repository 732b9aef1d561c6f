"""A film scanner that speaks ESC/I: bytes in, bytes out, time through a clock.

It knows no USB and no TCP: `usb_bus`, `film_scanner_tcp` and `film_scanner_usbip` are its faces.
Built from the public manual and from what SANE's `epson2` client asks for; no real scanner was at
hand. It scans gray film on the transparency unit and nothing else, and passes samples on as they
are, whatever the gamma asked for. Not for two threads at once.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from drivers.wire.esci import codes
from drivers.wire.esci.codes import MainStatus, Source, Status, TransparencyUnit
from drivers.wire.esci.messages import (
    ClassicStatus,
    ExtendedScanStart,
    ExtendedStatus,
    InfoHeader,
    ScanParameters,
)
from hal.clock import Clock
from sim.film_on_glass import FilmOnGlass
from sim.film_scan_blocks import (
    Chunk,
    block_count,
    classic_blocks,
    extended_blocks,
    scan_start,
)
from sim.film_scanner_faults import NO_FAULTS, ScannerFaults
from sim.film_scanner_model import ScannerModel, hardware_properties
from sim.film_scanner_settings import AT_RESET, with_setting
from sim.films import Film

CLASSIC_LINE_MAX_BYTES = 0xFFFF  # the header's field has 16 bits


class FilmScannerDevice:
    def __init__(self, film: Film, clock: Clock, faults: ScannerFaults = NO_FAULTS) -> None:
        self.film = film  # may be changed between scans, as by hand
        self.clock = clock
        self._replies: dict[bytes, Callable[[], list[Chunk]]] = {
            codes.RESET: self._reset,
            codes.STATUS: lambda: [ClassicStatus(status=self._status()).to_bytes()],
            codes.CAPABILITIES: lambda: self._info(self._model.capabilities().to_bytes()),
            codes.DETAILED_STATUS: lambda: self._info(self._detailed_status()),
            codes.HARDWARE: lambda: self._info(hardware_properties().to_bytes()),
            codes.EXTENDED_IDENTITY: lambda: [self._model.identity(self._fitted).to_bytes()],
            codes.EXTENDED_STATUS: lambda: [self._extended_status()],
            codes.GET_PARAMETERS: lambda: [self.parameters.to_bytes()],
            codes.EXTENDED_START: self._start_extended,
            codes.CLASSIC_START: self._start_classic,
        }
        self.power_cycle = 0
        self.inject(faults)
        self.plug_in()

    def inject(self, faults: ScannerFaults) -> None:
        """Have these faults, and no others, from now on."""
        self._faults = faults
        self._busy_starts = faults.busy_starts
        self._powered_s = self.clock.monotonic_s()

    def plug_in(self) -> None:
        """Power on, or back on: the cover is what it was, all else is forgotten."""
        self.plugged = True
        self.power_cycle += 1
        self._powered_s = self.clock.monotonic_s()
        self._inbox = bytearray()
        self._awaiting: bytes | None = None
        self._blocks: Iterator[Chunk] | None = None
        self.parameters = AT_RESET

    def unplug(self) -> None:
        self.plugged = False

    @property
    def scanning(self) -> bool:
        """It waits for ACK or CAN."""
        return self._blocks is not None

    def feed(self, data: bytes) -> list[Chunk]:
        """Take bytes from the host, cut anywhere; return what it sends, transfer by transfer."""
        self._inbox += data
        sent: list[Chunk] = []
        while self.plugged and (size := self._next_message_bytes()):
            message = bytes(self._inbox[:size])
            del self._inbox[:size]
            sent += self._take(message)
        return sent

    def _next_message_bytes(self) -> int:
        """0: not whole yet."""
        if self._blocks is not None:
            size = 1
        elif self._awaiting is not None:
            size = codes.PARAMETER_BYTES[self._awaiting]
        else:
            command = bool(self._inbox) and self._inbox[0] in codes.INTRODUCERS
            size = codes.COMMAND_BYTES if command else 1
        return size if len(self._inbox) >= size else 0

    def _take(self, message: bytes) -> list[Chunk]:
        if self._blocks is not None:
            return self._flow(message, self._blocks)
        if self._awaiting is not None:
            command, self._awaiting = self._awaiting, None
            return [codes.ACK if self._set(command, message) else codes.NAK]
        if len(message) < codes.COMMAND_BYTES:
            return []  # an ACK or CAN that came too late
        if message in codes.PARAMETER_BYTES:
            self._awaiting = message
            return [codes.ACK]
        if message in codes.INFO_BLOCK_BYTES:
            return self._info(bytes(codes.INFO_BLOCK_BYTES[message]))
        reply = self._replies.get(message)
        return reply() if reply else [codes.NAK]

    def _flow(self, message: bytes, blocks: Iterator[Chunk]) -> list[Chunk]:
        if message == codes.CAN:
            self._blocks = None
            return [codes.ACK]
        return self._next_block(blocks) if message == codes.ACK else []

    def _next_block(self, blocks: Iterator[Chunk]) -> list[Chunk]:
        if self._block_number == self._faults.unplug_block:
            self.unplug()
            return []
        if self._block_number == self._faults.silent_block:
            return []
        self._block_number += 1
        sent = list(islice(blocks, 1))
        if self._block_number == block_count(self.parameters):
            self._blocks = None
        return sent

    def _reset(self) -> list[Chunk]:
        self.parameters = AT_RESET
        return [codes.ACK]

    def _set(self, command: bytes, payload: bytes) -> bool:
        """Take a setting; False: NAK."""
        wanted = with_setting(self.parameters, command, payload)
        if command == codes.SET_PARAMETERS and (
            self._faults.refuse_parameters or not self._can_scan(wanted)
        ):
            return False
        self.parameters = wanted
        return True

    def _can_scan(self, scan: ScanParameters) -> bool:
        return self._fitted and self._model.can_scan(scan)

    def _start_extended(self) -> list[Chunk]:
        if self._busy_starts or MainStatus.NOT_READY in self._main_status():
            self._busy_starts = max(0, self._busy_starts - 1)
            return [ExtendedScanStart(status=Status.BUSY).to_bytes()]
        if not self._ready():
            return [ExtendedScanStart(status=Status.FATAL).to_bytes()]
        scan, self._block_number = self.parameters, 0
        self._blocks = extended_blocks(FilmOnGlass(self.film, scan), scan, self._faults)
        return [scan_start(scan).to_bytes(), *self._next_block(self._blocks)]

    def _start_classic(self) -> list[Chunk]:
        scan, self._block_number = self.parameters, 0
        if not self._ready() or scan.line_bytes > CLASSIC_LINE_MAX_BYTES:
            return [codes.NAK]
        self._blocks = classic_blocks(FilmOnGlass(self.film, scan), scan)
        return self._next_block(self._blocks)

    def _ready(self) -> bool:
        fit = not (self._faults.cover_open or self._faults.fatal)
        return fit and self._can_scan(self.parameters)

    @property
    def _model(self) -> ScannerModel:
        return ScannerModel.for_film(self.film)

    @property
    def _fitted(self) -> bool:
        return not self._faults.transparency_unit_missing

    def _status(self) -> Status:
        fatal = Status.FATAL if self._faults.fatal else Status(0)
        option = Status.OPTION_FITTED if self._fitted else Status(0)
        return Status.EXTENDED_COMMANDS | fatal | option

    def _main_status(self) -> MainStatus:
        status = MainStatus.FATAL if self._faults.fatal else MainStatus(0)
        if self.clock.monotonic_s() - self._powered_s < self._faults.warm_up_s:
            status |= MainStatus.WARMING_UP | MainStatus.NOT_READY
        return status

    def _unit_status(self) -> TransparencyUnit:
        if not self._fitted:
            return TransparencyUnit(0)
        status = TransparencyUnit.FITTED
        if self.parameters.source == Source.TRANSPARENCY_UNIT:
            status |= TransparencyUnit.ENABLED
        if self._faults.cover_open:
            status |= TransparencyUnit.ERROR | TransparencyUnit.COVER_OPEN
        return status

    def _extended_status(self) -> bytes:
        return ExtendedStatus(
            main=self._main_status(), transparency_unit=self._unit_status()
        ).to_bytes()

    def _detailed_status(self) -> bytes:
        return self._model.detailed_status(self._main_status(), self._unit_status()).to_bytes()

    def _info(self, block: bytes) -> list[Chunk]:
        return [InfoHeader(status=self._status(), length=len(block)).to_bytes(), block]
