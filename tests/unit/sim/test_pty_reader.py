"""A serial line to the simulated reader: in and out of its socket, or cut amid an image."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from drivers.cassette_line import CassetteLine
from drivers.cassette_reader_serial import SerialCassetteReader
from drivers.system_clock import SystemClock
from hal.errors import DeviceUnavailable
from sim.cassette_reader_device import CassetteReaderDevice
from sim.pty_reader import PtyReader, never
from tests.cassette_kit import READ, CountingEntropy, a_plate, all_rows, begun

PLATE = a_plate(rows=400, columns=300)


@pytest.fixture
def device() -> CassetteReaderDevice:
    return CassetteReaderDevice(PLATE)


@pytest.fixture
def line(tmp_path: Path, device: CassetteReaderDevice) -> Iterator[PtyReader]:
    made = PtyReader(tmp_path / "reader", device)
    yield made
    made.unplug()


@pytest.fixture
def driver(line: PtyReader) -> Iterator[SerialCassetteReader]:
    made = SerialCassetteReader(CassetteLine(str(line.name)), SystemClock(), CountingEntropy())
    yield made
    made.close()


def test_in_and_out_of_its_socket(line: PtyReader, driver: SerialCassetteReader) -> None:
    for _ in range(2):
        with pytest.raises(DeviceUnavailable):
            driver.identify()
        line.plug()
        line.plug()  # it is in already
        assert driver.identify().model == "Simulated Reader"
        line.unplug()
    assert not line.name.is_symlink()


def test_cut_while_it_reads_and_whole_when_it_is_back(
    line: PtyReader, device: CassetteReaderDevice, driver: SerialCassetteReader
) -> None:
    line.cut_when(lambda: device.sent_samples > PLATE.latent.size // 2)
    line.plug()
    with pytest.raises(DeviceUnavailable):
        all_rows(driver, begun(driver))
    with pytest.raises(DeviceUnavailable):
        driver.identify()
    assert device.image is not None, "it keeps what it read"
    line.cut_when(never)
    line.plug()
    assert driver.kept_read() == READ
    assert np.array_equal(all_rows(driver, begun(driver)), PLATE.latent)
