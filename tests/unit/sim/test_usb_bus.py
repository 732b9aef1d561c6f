"""The simulated bus, through unmodified pyusb and nothing of the driver."""

import errno
from array import array
from typing import Any

import pytest
import usb.core
import usb.util

from drivers.wire.esci import codes
from sim.usb_bus import ENDPOINT_IN, ENDPOINT_OUT
from tests.film_scanner_kit import Bench

IDENTITY_BYTES = 80


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def scanner(bench: Bench) -> Any:
    return usb.core.find(idVendor=0x04B8, idProduct=0x0129, backend=bench.bus)


def test_pyusb_finds_and_describes_it(scanner: Any) -> None:
    assert (scanner.manufacturer, scanner.serial_number) == ("EPSON", "SIM000001")
    assert scanner.product == "EPSON Scanner"
    assert "Bulk" in str(scanner)
    (interface,) = scanner.get_active_configuration()
    assert {e.bEndpointAddress for e in interface} == {ENDPOINT_IN, ENDPOINT_OUT}


def test_pyusb_finds_no_other(bench: Bench) -> None:
    assert usb.core.find(idProduct=0x0130, backend=bench.bus) is None
    assert len(list(usb.core.find(find_all=True, backend=bench.bus))) == 1


def test_a_transfer_may_be_read_in_parts(scanner: Any) -> None:
    scanner.write(ENDPOINT_OUT, codes.EXTENDED_IDENTITY)
    parts = [scanner.read(ENDPOINT_IN, 50) for _ in range(2)]
    assert [len(part) for part in parts] == [50, IDENTITY_BYTES - 50]


def test_a_read_ends_with_its_transfer(scanner: Any) -> None:
    scanner.write(ENDPOINT_OUT, codes.RESET)
    scanner.write(ENDPOINT_OUT, codes.EXTENDED_IDENTITY)
    buffer = array("B", bytes(1000))
    assert scanner.read(ENDPOINT_IN, buffer) == 1
    assert scanner.read(ENDPOINT_IN, buffer) == IDENTITY_BYTES


def test_nothing_to_read_takes_the_timeout(bench: Bench, scanner: Any) -> None:
    with pytest.raises(usb.core.USBTimeoutError):
        scanner.read(ENDPOINT_IN, 1, timeout=1500)
    assert bench.clock.slept_s == 1.5


def test_pulled_the_cable_makes_the_handle_stale_for_ever(bench: Bench, scanner: Any) -> None:
    scanner.write(ENDPOINT_OUT, codes.RESET)
    bench.device.unplug()
    for _ in range(2):
        with pytest.raises(usb.core.USBError) as caught:
            scanner.read(ENDPOINT_IN, 1)
        assert caught.value.errno == errno.ENODEV
        bench.device.plug_in()
    fresh = usb.core.find(backend=bench.bus)
    with pytest.raises(usb.core.USBTimeoutError):  # what was sent before is lost
        fresh.read(ENDPOINT_IN, 1)


def test_one_program_at_a_time(bench: Bench, scanner: Any) -> None:
    scanner.write(ENDPOINT_OUT, codes.RESET)
    other = usb.core.find(backend=bench.bus)
    with pytest.raises(usb.core.USBError) as caught:
        other.write(ENDPOINT_OUT, codes.RESET)
    assert caught.value.errno == errno.EBUSY
    usb.util.dispose_resources(scanner)
    assert other.write(ENDPOINT_OUT, codes.RESET) == 2
