"""The barcode reader's driver on a real pseudo-terminal."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from drivers.barcode_reader_serial import RETRY_S, SerialBarcodeReader
from drivers.system_clock import SystemClock
from hal.errors import DeviceMisbehaved, DeviceUnavailable
from hal.panel_settings import BarcodeSettings
from sim.barcode_device import FRAMES, BarcodeDevice

WAIT_S = 5.0
Room = Callable[[str], tuple[BarcodeDevice, SerialBarcodeReader]]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made: list[tuple[BarcodeDevice, SerialBarcodeReader]] = []

    def make(framing: str) -> tuple[BarcodeDevice, SerialBarcodeReader]:
        device = BarcodeDevice(tmp_path / "usb-reader", framing)
        protocol = "ssi" if framing == "ssi" else "text"
        reader = SerialBarcodeReader(BarcodeSettings(str(device.name), protocol), SystemClock())
        reader.next_code(0.0)  # it opens its port at the first look
        made.append((device, reader))
        return device, reader

    yield make
    for device, reader in made:
        reader.close()
        device.unplug()


@pytest.mark.parametrize("framing", FRAMES)
def test_codes_come_one_by_one_in_order(room: Room, framing: str) -> None:
    device, reader = room(framing)
    device.scan("A12")
    device.scan("]C0A13")
    assert [reader.next_code(WAIT_S) for _ in range(2)] == ["A12", "A13"]
    assert reader.next_code(0.0) is None


def test_a_packet_is_acknowledged(room: Room) -> None:
    device, reader = room("ssi")
    with ThreadPoolExecutor(1) as person:
        sent = person.submit(device.scan, "A12")
        assert reader.next_code(WAIT_S) == "A12"
        assert sent.result(WAIT_S) == 1


def test_half_a_code_is_none_yet(room: Room) -> None:
    device, reader = room("cr")
    device.send(b"A1")
    assert reader.next_code(0.05) is None
    device.send(b"2\r")
    assert reader.next_code(WAIT_S) == "A12"


@pytest.mark.parametrize("noise", [b"A\x1b[2J\r", b"7" * 300 + b"\r", b"]C1\r"])
def test_what_is_no_code_is_said_and_the_next_one_counts(room: Room, noise: bytes) -> None:
    device, reader = room("cr")
    device.send(noise + b"A12\r")
    with pytest.raises(DeviceMisbehaved, match="Scan it again"):
        reader.next_code(WAIT_S)
    assert reader.next_code(WAIT_S) == "A12"


def test_a_reader_pulled_out_is_said_once_and_comes_back(room: Room) -> None:
    device, reader = room("cr")
    device.send(b"half")
    assert reader.next_code(0.05) is None
    device.unplug()
    with pytest.raises(DeviceUnavailable) as caught:
        reader.next_code(WAIT_S)
    assert str(device.name) in caught.value.sentence.fr
    assert reader.next_code(0.0) is None
    device.plug()
    assert came_back(device, reader) == "A12"


def came_back(device: BarcodeDevice, reader: SerialBarcodeReader) -> str | None:
    reader.next_code(RETRY_S + 0.5)
    device.scan("A12")
    return reader.next_code(WAIT_S)


def test_a_reader_that_was_never_there_is_said_once(tmp_path: Path) -> None:
    settings = BarcodeSettings(str(tmp_path / "nowhere"))
    reader = SerialBarcodeReader(settings, SystemClock())
    with pytest.raises(DeviceUnavailable, match="nowhere"):
        reader.next_code(0.0)
    started_s = time.monotonic()
    assert reader.next_code(0.05) is None
    assert time.monotonic() - started_s >= 0.05
