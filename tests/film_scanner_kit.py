"""A film, a clock that only moves when slept on, and scanners put together for tests."""

from datetime import UTC, datetime, timedelta

import numpy as np

from drivers.film_scanner_esci import EsciFilmScanner
from hal.film_scanner import NO_ROWS_YET, FilmScanner, ScanRequest
from sim.film_scanner_device import FilmScannerDevice
from sim.film_scanner_faults import NO_FAULTS, ScannerFaults
from sim.films import Film, Samples
from sim.usb_bus import SimulatedUsbBus

DPI = 300
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class SleptClock:
    """Time passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.slept_s = 0.0

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.slept_s)

    def monotonic_s(self) -> float:
        return self.slept_s

    def sleep(self, duration_s: float) -> None:
        self.slept_s += duration_s


def noise_film(rows: int = 700, columns: int = 500, dpi: int = DPI) -> Film:
    samples = np.random.default_rng(7).integers(0, 1 << 16, (rows, columns), np.uint16)
    return Film(samples, dpi)


class Bench:
    """Driver and simulated scanner on one simulated USB bus."""

    def __init__(self, film: Film | None = None, faults: ScannerFaults = NO_FAULTS) -> None:
        self.clock = SleptClock()
        self.film = film or noise_film()
        self.device = FilmScannerDevice(self.film, self.clock, faults)
        self.bus = SimulatedUsbBus(self.device)
        self.scanner = EsciFilmScanner(self.clock, self.bus)

    def whole_film(self) -> ScanRequest:
        rows, columns = self.film.samples.shape
        return ScanRequest(self.film.dpi, left=0, top=0, columns=columns, rows=rows)


def scanned(scanner: FilmScanner, request: ScanRequest) -> Samples:
    """The image, copied block by block, with first_row and rows checked on the way."""
    image = np.empty((request.rows, request.columns), "<u2")
    next_row = 0
    for block in scanner.scan(request):
        if block is NO_ROWS_YET:
            continue
        assert block.first_row == next_row
        samples = np.frombuffer(block.samples, "<u2").reshape(block.rows, request.columns)
        image[next_row : next_row + block.rows] = samples
        next_row += block.rows
    assert next_row == request.rows
    return image
