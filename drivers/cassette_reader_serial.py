"""A cassette reader that speaks docs/protocols/cassette-reader.md, on a serial line."""

from collections.abc import Generator
from contextlib import suppress

from drivers.cassette_sentences import NOT_UNDERSTOOD, NoCassette
from drivers.cassette_session import CassetteSession, ReaderLine
from drivers.cassette_transfer import Segments, Transfer, segment_bytes
from drivers.wire.cassette_messages import (
    Cancel,
    Done,
    Eject,
    Erase,
    Identify,
    Identity,
    Load,
    Loaded,
    PlateFlag,
    Read,
    Reading,
    State,
    StateFlag,
    Status,
)
from hal.cassette_reader import (
    CassetteReaderIdentity,
    LoadedCassette,
    PlateGeometry,
    PlateRequest,
)
from hal.clock import Clock, Entropy
from hal.errors import DeviceError, DeviceMisbehaved
from hal.film_scanner import RowBlock

SIDE_MAX = 16_384  # samples: 43 cm at 50 um are 8,600; what is more is no plate


class SerialCassetteReader:
    def __init__(self, line: ReaderLine, clock: Clock, entropy: Entropy) -> None:
        self._line = line
        first = int.from_bytes(entropy.random_bytes(2), "little")
        self._session = CassetteSession(line, clock, first)
        self._begun: tuple[PlateRequest, PlateGeometry, Segments] | None = None

    def close(self) -> None:
        self._line.close()

    def identify(self) -> CassetteReaderIdentity:
        said = self._session.ask(Identify(), Identity)
        return CassetteReaderIdentity(
            said.maker,
            said.model,
            said.serial_number,
            said.firmware_version,
            said.bits,
            said.pitches_um,
        )

    def kept_read(self) -> int | None:
        state = self._session.ask(Status(), State)
        return state.read if state.flags & StateFlag.IMAGE_KEPT else None

    def load(self) -> LoadedCassette | None:
        try:
            said = self._session.ask(Load(), Loaded)
        except NoCassette:
            return None
        return LoadedCassette(
            said.plate_id,
            said.plate_type,
            said.width_mm,
            said.height_mm,
            said.exposures,
            is_erased=not said.flags & PlateFlag.NOT_ERASED,
            is_id_read=not said.flags & PlateFlag.NOT_FROM_BARCODE,
        )

    def begin(self, request: PlateRequest) -> PlateGeometry:
        segments = Segments(segment_bytes(self._line.bytes_per_s))
        numbers = (request.pitch_um, request.gain_thousandths, segments.length_bytes, 0)
        said = self._session.ask(Read(request.read, 0, *numbers), Reading)
        if not (
            0 < said.columns <= SIDE_MAX and 0 < said.rows <= SIDE_MAX and 8 <= said.bits <= 16
        ):
            detail = f"{said.columns} x {said.rows}, {said.bits} bits"
            raise DeviceMisbehaved(NOT_UNDERSTOOD.fill(detail=detail))
        geometry = PlateGeometry(
            said.columns, said.rows, said.pitch_um, said.bits, said.gain_thousandths
        )
        self._begun = request, geometry, segments
        return geometry

    def rows(
        self, from_row: int = 0, until_row: int | None = None
    ) -> Generator[RowBlock, None, None]:
        if self._begun is None:
            raise RuntimeError("rows before begin")
        request, geometry, segments = self._begun
        until = geometry.rows if until_row is None else until_row
        transfer = Transfer(self._session, request, geometry, segments, from_row, until)
        try:
            yield from transfer.rows()
        except GeneratorExit:
            with suppress(DeviceError):
                self._session.ask(Cancel(request.read), Done)
            raise

    def erase(self, read: int, samples: int, crc32: int) -> None:
        self._session.ask(Erase(read, samples, crc32), Done)

    def eject(self) -> None:
        self._session.ask(Eject(), Done)
