"""What the simulated scanner does beyond what the transcripts and the driver's faults show."""

from dataclasses import replace

import numpy as np
import pytest

from drivers.wire.esci import codes
from drivers.wire.esci.codes import MainStatus, Source, Status
from drivers.wire.esci.messages import (
    ClassicBlockHeader,
    ClassicStatus,
    ExtendedIdentity,
    ExtendedScanStart,
    ExtendedStatus,
    ScanParameters,
)
from sim.film_scanner_device import FilmScannerDevice
from sim.film_scanner_faults import ScannerFaults
from sim.films import Film
from tests.film_scanner_kit import SleptClock, noise_film

SCAN = ScanParameters(
    300, 300, 0, 0, 100, 90, depth=16, source=Source.TRANSPARENCY_UNIT, lines_per_block=40
)


@pytest.fixture
def clock() -> SleptClock:
    return SleptClock()


@pytest.fixture
def device(clock: SleptClock) -> FilmScannerDevice:
    return FilmScannerDevice(noise_film(rows=90, columns=100), clock)


def said(device: FilmScannerDevice, data: bytes) -> bytes:
    return b"".join(device.feed(data))


def set_parameters(device: FilmScannerDevice, parameters: ScanParameters) -> bytes:
    return said(device, codes.SET_PARAMETERS) + said(device, parameters.to_bytes())


def test_a_14_x_17_inch_film_fits() -> None:
    film = Film(np.zeros((17 * 50, 14 * 50), np.uint16), dpi=50)
    device = FilmScannerDevice(film, SleptClock())
    identity = ExtendedIdentity.from_bytes(said(device, codes.EXTENDED_IDENTITY))
    assert identity.transparency_columns == 14 * identity.optical_dpi
    assert identity.transparency_rows == 17 * identity.optical_dpi


def test_the_unit_grows_with_the_film_laid_on_it(device: FilmScannerDevice) -> None:
    device.film = Film(np.zeros((4000, 3660 + 8), np.uint16), dpi=300)
    assert set_parameters(device, replace(SCAN, columns=3660 + 8)) == codes.ACK + codes.ACK


def test_without_a_unit_there_is_no_area_and_no_option(device: FilmScannerDevice) -> None:
    device.inject(ScannerFaults(transparency_unit_missing=True))
    identity = ExtendedIdentity.from_bytes(said(device, codes.EXTENDED_IDENTITY))
    assert (identity.transparency_columns, identity.transparency_rows) == (0, 0)
    status = ClassicStatus.from_bytes(said(device, codes.STATUS))
    assert not status.status & Status.OPTION_FITTED
    assert set_parameters(device, SCAN) == codes.ACK + codes.NAK


def test_the_lamp_warms_up_from_power_on(device: FilmScannerDevice, clock: SleptClock) -> None:
    device.inject(ScannerFaults(warm_up_s=30))
    clock.sleep(29)
    assert main_status(device) & MainStatus.WARMING_UP
    clock.sleep(1)
    assert not main_status(device)
    device.unplug()
    device.plug_in()
    assert main_status(device) & MainStatus.WARMING_UP


def main_status(device: FilmScannerDevice) -> int:
    return ExtendedStatus.from_bytes(said(device, codes.EXTENDED_STATUS)).main


def test_a_cold_lamp_keeps_the_scan_from_starting(device: FilmScannerDevice) -> None:
    set_parameters(device, SCAN)
    device.inject(ScannerFaults(warm_up_s=30))
    start = ExtendedScanStart.from_bytes(said(device, codes.EXTENDED_START))
    assert start.status == Status.BUSY
    assert not device.scanning


def test_a_start_without_parameters_is_a_fault(device: FilmScannerDevice) -> None:
    start = ExtendedScanStart.from_bytes(said(device, codes.EXTENDED_START))
    assert start.status == Status.FATAL
    assert said(device, codes.CLASSIC_START) == codes.NAK
    assert not device.scanning


@pytest.mark.parametrize(
    "change",
    [
        {"depth": 1},
        {"colour": codes.Colour.RGB},
        {"source": Source.BED},
        {"x_dpi": 49},
        {"y_dpi": 4801},
        {"columns": 0},
        {"rows": 0},
        {"columns": 3661},
        {"left": 3600},
        {"rows": 4963},
        {"top": 4900},
    ],
    ids=str,
)
def test_what_it_cannot_scan_it_refuses(device: FilmScannerDevice, change: dict[str, int]) -> None:
    assert set_parameters(device, replace(SCAN, **change)) == codes.ACK + codes.NAK
    assert set_parameters(device, SCAN) == codes.ACK + codes.ACK


def test_reset_forgets_the_parameters(device: FilmScannerDevice) -> None:
    set_parameters(device, SCAN)
    said(device, codes.RESET)
    kept = ScanParameters.from_bytes(said(device, codes.GET_PARAMETERS))
    assert (kept.columns, kept.depth, kept.source) == (0, 8, Source.BED)


def test_8_bits_are_the_high_bytes(device: FilmScannerDevice) -> None:
    set_parameters(device, replace(SCAN, depth=8, lines_per_block=255))
    reply = said(device, codes.EXTENDED_START)
    image = np.frombuffer(reply[ExtendedScanStart.SIZE : -1], np.uint8).reshape(90, 100)
    assert np.array_equal(image, device.film.samples >> 8)


def test_the_classic_way_gives_the_same_image(device: FilmScannerDevice) -> None:
    set_parameters(device, SCAN)
    blocks = [said(device, codes.CLASSIC_START)]
    while device.scanning:
        blocks.append(said(device, codes.ACK))
    size = ClassicBlockHeader.SIZE
    headers = [ClassicBlockHeader.from_bytes(block[:size]) for block in blocks]
    assert [header.lines for header in headers] == [40, 40, 10]
    assert [header.status for header in headers] == [0, 0, Status.AREA_END]
    image = b"".join(block[size:] for block in blocks)
    assert image == device.film.samples.astype("<u2").tobytes()


def test_unplugged_it_hears_and_says_nothing(device: FilmScannerDevice) -> None:
    device.unplug()
    assert said(device, codes.RESET) == b""
    device.plug_in()
    assert said(device, codes.RESET) == codes.ACK


def test_an_ack_that_comes_too_late_is_not_a_command(device: FilmScannerDevice) -> None:
    assert said(device, codes.ACK + codes.CAN + codes.RESET) == codes.ACK
