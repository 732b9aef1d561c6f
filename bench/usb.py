"""How fast the film scanner's driver takes an image from the simulated USB.

The film is 12 x 16 in at 300 dpi, 16 bit. The reference is for information: the same bytes copied
once by memcpy. The whole scan counts, with the tenth of a second of silence that the driver waits
for at the beginning.
"""

from collections.abc import Iterator
from time import perf_counter

import numpy as np

from bench.figure import Figure, Wanted
from drivers.film_scanner_esci import EsciFilmScanner
from drivers.system_clock import SystemClock
from hal.film_scanner import ScanRequest
from sim.film_scanner_device import FilmScannerDevice
from sim.films import Film
from sim.usb_bus import SimulatedUsbBus

DPI = 300
COLUMNS, ROWS = 12 * DPI, 16 * DPI
RATE_WANTED_MB_S = 100
TIMES = 5
BYTES_PER_MB = 1_000_000


def figures() -> Iterator[Figure]:
    samples = np.random.default_rng(0).integers(0, 1 << 16, (ROWS, COLUMNS), np.uint16)
    yield Figure(
        name="simulated USB to driver, 12 x 16 in film, 300 dpi, 16 bit",
        value=max(_scan_mb_s(Film(samples, DPI)) for _ in range(TIMES)),
        unit="MB/s",
        wanted=Wanted.AT_LEAST,
        limit=RATE_WANTED_MB_S,
    )
    yield Figure(
        name="the same bytes, memcpy",
        value=max(_copy_mb_s(samples.tobytes()) for _ in range(TIMES)),
        unit="MB/s",
    )


def _scan_mb_s(film: Film) -> float:
    clock = SystemClock()
    scanner = EsciFilmScanner(clock, SimulatedUsbBus(FilmScannerDevice(film, clock)))
    request = ScanRequest(resolution_dpi=DPI, left=0, top=0, columns=COLUMNS, rows=ROWS)
    started = perf_counter()
    size = sum(len(block.samples) for block in scanner.scan(request))
    return size / (perf_counter() - started) / BYTES_PER_MB


def _copy_mb_s(data: bytes) -> float:
    target = bytearray(len(data))
    started = perf_counter()
    memoryview(target)[:] = data
    return len(data) / (perf_counter() - started) / BYTES_PER_MB
