"""Unmodified SANE against the simulated film scanner over TCP: every pixel is the film's.

What it proves: our reading of ESC/I and of the IS framing is that of SANE's `epson2`. What it does
not: that a real scanner agrees.
"""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Thread

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.system_clock import SystemClock
from hal.film_scanner import MM_PER_INCH
from sim.film_on_glass import FilmOnGlass
from sim.film_scanner_device import FilmScannerDevice
from sim.film_scanner_model import TRANSPARENCY_INCHES
from sim.film_scanner_tcp import serve_tcp
from sim.films import Film, example_film, load_film
from sim.listening import open_listener

pytestmark = pytest.mark.peer("scanimage")

SCANIMAGE = "/usr/bin/scanimage"
PORT = 1865  # epson2 knows no other
SCAN_LIMIT_S = 120
WIDTH_STEP = 8  # the client rounds widths to it
ROWS_SHORT_MAX = 3  # and asks for 9921 of 9924 rows at 600 dpi


@dataclass(frozen=True)
class Sane:
    film: Film
    device: FilmScannerDevice
    environment: dict[str, str]

    def scan(self, *options: str) -> NDArray[np.uint8 | np.uint16]:
        command = [SCANIMAGE, "-d", "epson2:net:127.0.0.1", *options]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, timeout=SCAN_LIMIT_S, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return read_pgm(done.stdout)

    def expected(self) -> NDArray[np.uint16]:
        """What lies on the glass where the client asked for it."""
        asked = self.device.parameters
        image = np.empty((asked.rows, asked.columns), np.uint16)
        FilmOnGlass(self.film, asked).fill(image, 0)
        return image if asked.depth == 16 else image >> 8


def read_pgm(raw: bytes) -> NDArray[np.uint8 | np.uint16]:
    """Netpbm's P5: samples of over 8 bits are big-endian."""
    magic, _remark, size, largest, samples = raw.split(b"\n", 4)
    assert magic == b"P5"
    columns, rows = map(int, size.split())
    kind = ">u2" if int(largest) > 0xFF else "u1"
    return np.frombuffer(samples, kind).reshape(rows, columns)


@pytest.fixture(scope="module")
def sane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sane]:
    folder = tmp_path_factory.mktemp("sane")
    (folder / "dll.conf").write_text("epson2\n")
    (folder / "epson2.conf").write_text("net 127.0.0.1\n")
    film = load_film(example_film())
    with open_listener(f"127.0.0.1:{PORT}") as listener:
        device = FilmScannerDevice(film, SystemClock())
        server = Thread(target=serve_tcp, args=(listener, device), daemon=True)
        server.start()
        yield Sane(film, device, {**os.environ, "SANE_CONFIG_DIR": str(folder)})
        listener.shutdown(2)
        server.join(timeout=10)
        assert not server.is_alive()


def on_the_unit(dpi: int, depth: int) -> list[str]:
    return [
        "--source", "Transparency Unit", "--mode", "Gray", "--depth", str(depth),
        "--resolution", str(dpi), "--format", "pnm",
    ]  # fmt: skip


@pytest.mark.parametrize("dpi", [75, 150, 300, 600])
@pytest.mark.parametrize("depth", [16, 8])
def test_the_whole_unit(sane: Sane, dpi: int, depth: int) -> None:
    image = sane.scan(*on_the_unit(dpi, depth))
    asked = sane.device.parameters
    assert (asked.x_dpi, asked.y_dpi, asked.depth) == (dpi, dpi, depth)
    width, height = (int(inches * dpi) for inches in TRANSPARENCY_INCHES)
    assert asked.columns == width // WIDTH_STEP * WIDTH_STEP
    assert height - ROWS_SHORT_MAX <= asked.rows <= height
    assert np.array_equal(image, sane.expected())


def test_at_its_own_resolution_it_is_the_film_itself(sane: Sane) -> None:
    image = sane.scan(*on_the_unit(300, 16))
    rows, columns = sane.film.samples.shape
    assert np.array_equal(image[:rows, :columns], sane.film.samples)
    assert np.all(image[rows:] == 0xFFFF)
    assert np.all(image[:, columns:] == 0xFFFF)


@pytest.mark.parametrize("depth", [16, 8])
def test_an_area_with_an_offset(sane: Sane, depth: int) -> None:
    left, top, columns, rows = 300, 600, 400, 240
    area = {"-l": left, "-t": top, "-x": columns, "-y": rows}
    options = [f"{name} {pixels * MM_PER_INCH / 300:.4f}" for name, pixels in area.items()]
    image = sane.scan(*on_the_unit(300, depth), *" ".join(options).split())
    asked = sane.device.parameters
    assert asked.columns == columns
    for got, wanted in ((asked.left, left), (asked.top, top), (asked.rows, rows)):
        assert wanted - 1 <= got <= wanted  # the client's millimetres are rounded down
    assert np.array_equal(image, sane.expected())


def test_one_scan_after_another(sane: Sane) -> None:
    first, second = (sane.scan(*on_the_unit(75, 16)) for _ in range(2))
    assert np.array_equal(first, second)
