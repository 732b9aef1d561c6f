"""The simulated film scanner over USB/IP, with a host written from the kernel's document.

What it proves: listing, attaching, descriptors, bulk transfers, withdrawn reads, and whole scans by
the node's own driver. What it does not: the kernel's vhci-hcd, which is not to be had here.
"""

import errno
import struct
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import usb.core

from drivers.film_scanner_esci import EsciFilmScanner
from drivers.system_clock import SystemClock
from hal.errors import DeviceUnavailable
from hal.film_scanner import ScanRequest
from sim.film_scanner_device import FilmScannerDevice
from sim.film_scanner_faults import ScannerFaults
from sim.film_scanner_usbip import serve_usbip
from sim.listening import open_listener
from sim.usb_bus import ENDPOINT_IN, ENDPOINT_OUT, SimulatedUsbBus
from tests.film_scanner_kit import noise_film, scanned
from tests.interop.usbip_host import UsbipHost

FILM = noise_film(rows=900, columns=700)
WHOLE_FILM = ScanRequest(FILM.dpi, left=0, top=0, columns=700, rows=900)
GET_DESCRIPTOR = 0x06
SPEED_HIGH = 3
Address = tuple[str, int]


class OverUsbip(SimulatedUsbBus):
    """pyusb's backend with the transfers carried by a USB/IP host."""

    def __init__(self, host: UsbipHost) -> None:
        super().__init__(SimpleNamespace(plugged=True, power_cycle=1))  # type: ignore[arg-type]
        self._host = host

    def bulk_write(self, dev_handle: Any, ep: int, intf: int, data: Any, timeout: int) -> int:
        with usb_errors():
            self._host.bulk_out(ep, data.tobytes())
        return len(data)

    def bulk_read(
        self, dev_handle: Any, ep: int, intf: int, buff: "array[int]", timeout: int
    ) -> int:
        with usb_errors():
            data = self._host.bulk_in(ep, len(buff), timeout / 1000)
        memoryview(buff)[: len(data)] = data
        return len(data)


@contextmanager
def usb_errors() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise usb.core.USBTimeoutError("timed out", errno=errno.ETIMEDOUT) from error
    except ConnectionError as error:
        raise usb.core.USBError("no such device", errno=errno.ENODEV) from error


@pytest.fixture
def device() -> FilmScannerDevice:
    return FilmScannerDevice(FILM, SystemClock())


@pytest.fixture
def address(device: FilmScannerDevice) -> Iterator[Address]:
    with open_listener("127.0.0.1:0") as listener:
        server = Thread(target=serve_usbip, args=(listener, device), daemon=True)
        server.start()
        yield listener.getsockname()
        listener.shutdown(2)
        server.join(timeout=10)
        assert not server.is_alive()


@pytest.fixture
def host(address: Address) -> Iterator[UsbipHost]:
    host = UsbipHost(address)
    yield host
    host.close()


def test_the_scanner_is_listed(host: UsbipHost) -> None:
    (listed,) = host.devices()
    assert (listed.vendor_id, listed.product_id) == (0x04B8, 0x0129)
    assert (listed.bus_id, listed.speed, listed.interfaces) == ("1-1", SPEED_HIGH, 1)


def test_its_descriptors_name_two_bulk_endpoints(host: UsbipHost) -> None:
    host.attach("1-1")
    device = host.control_in(GET_DESCRIPTOR, 0x0100, 0, 18)
    assert struct.unpack_from("<HH", device, 8) == (0x04B8, 0x0129)
    configuration = host.control_in(GET_DESCRIPTOR, 0x0200, 0, 255)
    assert len(configuration) == struct.unpack_from("<H", configuration, 2)[0] == 32
    endpoints = [struct.unpack_from("<BBBBH", configuration, at) for at in (18, 25)]
    assert [(e[2], e[3], e[4]) for e in endpoints] == [
        (ENDPOINT_IN, 2, 512),
        (ENDPOINT_OUT, 2, 512),
    ]
    serial = host.control_in(GET_DESCRIPTOR, 0x0303, 0x0409, 255)
    assert serial[2:].decode("utf-16-le") == "SIM000001"


def test_the_nodes_driver_scans_the_film(host: UsbipHost) -> None:
    host.attach("1-1")
    scanner = EsciFilmScanner(SystemClock(), OverUsbip(host))
    assert scanner.identify().model == "ES-10000G"
    assert np.array_equal(scanned(scanner, WHOLE_FILM), FILM.samples)


def test_a_scan_given_up_leaves_it_ready(host: UsbipHost, device: FilmScannerDevice) -> None:
    host.attach("1-1")
    scanner = EsciFilmScanner(SystemClock(), OverUsbip(host))
    scan = scanner.scan(WHOLE_FILM)
    next(scan)
    scan.close()
    assert not device.scanning
    assert np.array_equal(scanned(scanner, WHOLE_FILM), FILM.samples)


def test_unplugged_it_hangs_up_and_plugged_in_it_is_back(
    host: UsbipHost, address: Address, device: FilmScannerDevice
) -> None:
    host.attach("1-1")
    device.inject(ScannerFaults(unplug_block=1))
    with pytest.raises(DeviceUnavailable):
        scanned(EsciFilmScanner(SystemClock(), OverUsbip(host)), WHOLE_FILM)

    device.inject(ScannerFaults())
    device.plug_in()
    again = UsbipHost(address)
    again.attach("1-1")
    try:
        image = scanned(EsciFilmScanner(SystemClock(), OverUsbip(again)), WHOLE_FILM)
    finally:
        again.close()
    assert np.array_equal(image, FILM.samples)
