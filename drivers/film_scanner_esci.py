"""An EPSON A3 flatbed with a transparency unit as the node's film scanner, over USB.

16-bit gray through FS W and FS G. It opens the device for each call and closes it after, so that a
cable pulled and put back needs no restart. Built without a scanner at hand, from the public manual
and SANE's behaviour.
"""

from collections.abc import Generator

from drivers import film_scanner_sentences as say
from drivers.esci_image import read_image
from drivers.esci_session import EsciSession
from drivers.film_scanner_usb import UsbBackend, open_scanner
from drivers.wire.esci import codes
from drivers.wire.esci.codes import MainStatus, Source, Status, TransparencyUnit
from drivers.wire.esci.messages import (
    ExtendedIdentity,
    ExtendedScanStart,
    ExtendedStatus,
    ScanParameters,
)
from hal.clock import Clock
from hal.errors import (
    ConfigError,
    DeviceMisbehaved,
    DeviceNeedsOperator,
    Sentence,
)
from hal.film_scanner import NO_ROWS_YET, RowBlock, ScannerIdentity, ScanRequest

MANUFACTURER = "EPSON"  # where the USB strings do not say
DEPTH_BITS = 16
BLOCK_BYTES_WANTED = 1 << 20  # few round trips, and no more memory than that
LINES_PER_BLOCK_MAX = 255  # FS W byte 28
# Which values are linear on the hardware is not known: a step wedge scanned with these two,
# whatever they do, is what calibrates the density.
GAMMA_USER_DEFINED = 0x03
COLOUR_CORRECTION_NONE = 0x00
WARM_UP_LIMIT_S = 180.0  # a cold lamp takes about a minute
BUSY_LIMIT = 60  # one a second: autofocus takes 35
POLL_INTERVAL_S = 1.0
TURNS_PER_POLL = 4  # REJECT ends the wait in a quarter of a second

UNIT_PROBLEMS = (
    (TransparencyUnit.COVER_OPEN, say.COVER_OPEN),
    (TransparencyUnit.ERROR, say.TRANSPARENCY_UNIT_FAULT),
)


class EsciFilmScanner:
    """`hal.film_scanner.FilmScanner`. `backend` is pyusb's; None is the system's libusb."""

    def __init__(self, clock: Clock, backend: UsbBackend | None = None) -> None:
        self._clock = clock
        self._backend = backend

    def identify(self) -> ScannerIdentity:
        with open_scanner(self._backend) as pipe:
            session = EsciSession(pipe)
            session.begin()
            told = session.ask(codes.EXTENDED_IDENTITY, ExtendedIdentity)
            return _identity(told, pipe.manufacturer, pipe.serial_number)

    def scan(self, request: ScanRequest) -> Generator[RowBlock, None, None]:
        with open_scanner(self._backend) as pipe:
            session = EsciSession(pipe)
            session.begin()
            yield from self._wait_until_ready(session)
            told = session.ask(codes.EXTENDED_IDENTITY, ExtendedIdentity)
            parameters = _parameters(request, _identity(told))
            session.set_parameters(parameters)
            start = yield from self._start(session)
            yield from read_image(session, parameters, start)

    def _wait_until_ready(self, session: EsciSession) -> Generator[RowBlock, None, None]:
        deadline_s = self._clock.monotonic_s() + WARM_UP_LIMIT_S
        while _is_warming_up(session):
            if self._clock.monotonic_s() >= deadline_s:
                raise DeviceMisbehaved(say.STILL_COLD.fill(limit_s=WARM_UP_LIMIT_S))
            yield from self._wait()

    def _start(self, session: EsciSession) -> Generator[RowBlock, None, ExtendedScanStart]:
        """The 12000XL is busy in the FS G status alone, FS F does not show it."""
        for _ in range(BUSY_LIMIT):
            start = session.ask(codes.EXTENDED_START, ExtendedScanStart)
            status = Status(start.status)
            if Status.FATAL in status:
                _is_warming_up(session)  # says what it is, if it is the cover or the unit
                raise DeviceMisbehaved(say.FATAL)
            if Status.BUSY not in status:
                return start
            yield from self._wait()
        raise DeviceMisbehaved(say.STILL_BUSY)

    def _wait(self) -> Generator[RowBlock, None, None]:
        """Until the next question, with turns for whoever scans to give it up."""
        for _ in range(TURNS_PER_POLL):
            self._clock.sleep(POLL_INTERVAL_S / TURNS_PER_POLL)
            yield NO_ROWS_YET


def _identity(
    told: ExtendedIdentity, manufacturer: str = "", serial_number: str = ""
) -> ScannerIdentity:
    if not 0 < told.resolution_min_dpi <= told.resolution_max_dpi or not told.optical_dpi:
        raise DeviceMisbehaved(say.NOT_UNDERSTOOD.fill(detail="dpi"))
    # FS I tells areas at the optical resolution: SANE's client takes them so (tried).
    return ScannerIdentity(
        manufacturer=manufacturer or MANUFACTURER,
        model=told.model,
        serial_number=serial_number,
        firmware_version=told.rom_version,
        resolution_min_dpi=told.resolution_min_dpi,
        resolution_max_dpi=told.resolution_max_dpi,
        optical_resolution_dpi=told.optical_dpi,
        area_columns=told.transparency_columns * told.resolution_max_dpi // told.optical_dpi,
        area_rows=told.transparency_rows * told.resolution_max_dpi // told.optical_dpi,
    )


def _is_warming_up(session: EsciSession) -> bool:
    """Raises DeviceNeedsOperator or DeviceMisbehaved for what waiting does not mend."""
    status = session.ask(codes.EXTENDED_STATUS, ExtendedStatus)
    main, unit = MainStatus(status.main), TransparencyUnit(status.transparency_unit)
    if MainStatus.FATAL in main:
        raise DeviceMisbehaved(say.FATAL)
    if TransparencyUnit.FITTED not in unit:
        raise DeviceNeedsOperator(say.NO_TRANSPARENCY_UNIT)
    for bit, sentence in UNIT_PROBLEMS:
        if bit in unit:
            raise DeviceNeedsOperator(sentence)
    return bool(main & (MainStatus.WARMING_UP | MainStatus.NOT_READY))


def _parameters(request: ScanRequest, scanner: ScannerIdentity) -> ScanParameters:
    dpi = request.resolution_dpi
    area_columns, area_rows = scanner.area_at(dpi)
    if not (
        scanner.resolution_min_dpi <= dpi <= scanner.resolution_max_dpi
        and min(request.left, request.top) >= 0
        and 0 < request.columns <= area_columns - request.left
        and 0 < request.rows <= area_rows - request.top
    ):
        raise ConfigError(_outside(request, scanner))
    lines = BLOCK_BYTES_WANTED // (request.columns * DEPTH_BITS // 8)
    return ScanParameters(
        x_dpi=dpi,
        y_dpi=dpi,
        left=request.left,
        top=request.top,
        columns=request.columns,
        rows=request.rows,
        colour=codes.Colour.GRAY,
        depth=DEPTH_BITS,
        source=Source.TRANSPARENCY_UNIT,
        lines_per_block=min(max(1, lines), LINES_PER_BLOCK_MAX),
        gamma=GAMMA_USER_DEFINED,
        colour_correction=COLOUR_CORRECTION_NONE,
    )


def _outside(request: ScanRequest, scanner: ScannerIdentity) -> Sentence:
    area_columns, area_rows = scanner.area_at(request.resolution_dpi)
    return say.OUTSIDE.fill(
        columns=request.columns,
        rows=request.rows,
        left=request.left,
        top=request.top,
        dpi=request.resolution_dpi,
        dpi_min=scanner.resolution_min_dpi,
        dpi_max=scanner.resolution_max_dpi,
        area_columns=area_columns,
        area_rows=area_rows,
    )
