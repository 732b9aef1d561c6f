"""The film scanner's two bulk pipes, through pyusb; every USB error comes out as a DeviceError.

It finds the scanner anew at each opening, so that one plugged in again is found again, and takes
the endpoints from the descriptors. It knows nothing of what the bytes mean.
"""

import errno
from array import array
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import usb.core
import usb.util

from drivers import film_scanner_sentences as say
from hal.errors import DeviceMisbehaved, DeviceUnavailable, Sentence

VENDOR_ID = 0x04B8
PRODUCT_IDS = {
    0x0129: "Expression 10000XL",
    0x014B: "Expression 11000XL",
    0x0151: "Perfection V800/V850",
    0x015B: "Expression 12000XL",
}
UNAVAILABLE: dict[int | None, Sentence] = {
    errno.ENODEV: say.UNPLUGGED,
    errno.EIO: say.UNPLUGGED,  # what libusb says while the cable is being pulled
    errno.ESHUTDOWN: say.UNPLUGGED,
    errno.EBUSY: say.IN_USE,
    errno.EACCES: say.NO_PERMISSION,
}
READ_TIMEOUT_S = 60.0  # autofocus on a 12000XL takes about 35 s, and SANE waits as long
WRITE_TIMEOUT_S = 5.0
DRAIN_PIECE_BYTES = 1 << 20
DRAIN_PIECES_MAX = 64  # twice the largest block: 255 lines of 12.2 in at 4800 dpi are 30 MB
PIECES_MAX = 4096  # of one read: a device that keeps sending next to nothing must not hold us

# pyusb is untyped.
UsbBackend = Any
UsbDevice = Any
UsbEndpoint = Any


class BulkPipe:
    """Exclusive use of the scanner, until `open_scanner` closes it."""

    def __init__(self, device: UsbDevice) -> None:
        interface, self._in, self._out = _bulk_interface(device)
        usb.util.claim_interface(device, interface)
        self.manufacturer = _text(device, device.iManufacturer)
        self.serial_number = _text(device, device.iSerialNumber)

    def write(self, data: bytes) -> None:
        with _usb_errors():
            sent = self._out.write(data, _ms(WRITE_TIMEOUT_S))
        if sent != len(data):
            detail = f"{sent}/{len(data)} bytes"
            raise DeviceMisbehaved(say.USB_FAULT.fill(detail=detail))

    def read(self, size: int, timeout_s: float = READ_TIMEOUT_S) -> bytes:
        """Exactly `size` bytes."""
        buffer = array("B", bytes(size))
        self.read_into(buffer, timeout_s)
        return buffer.tobytes()

    def read_into(self, buffer: "array[int]", timeout_s: float = READ_TIMEOUT_S) -> None:
        """Fill it; a device may send that in one transfer, which is then not copied, or several."""
        with _usb_errors():
            filled: int = self._in.read(buffer, _ms(timeout_s))
            for _ in range(PIECES_MAX):
                if filled == len(buffer):
                    return
                piece = self._in.read(len(buffer) - filled, _ms(timeout_s))
                buffer[filled : filled + len(piece)] = piece
                filled += len(piece)
        detail = f"{filled}/{len(buffer)} bytes"
        raise DeviceMisbehaved(say.USB_FAULT.fill(detail=detail))

    def drain(self, quiet_s: float) -> None:
        """Throw away what an earlier conversation left, until nothing comes for `quiet_s`."""
        with suppress(usb.core.USBTimeoutError), _usb_errors_but_timeout():
            for _ in range(DRAIN_PIECES_MAX):
                self._in.read(DRAIN_PIECE_BYTES, _ms(quiet_s))


@contextmanager
def open_scanner(backend: UsbBackend | None) -> Iterator[BulkPipe]:
    """The first film scanner on the bus. Raises DeviceUnavailable."""
    with _usb_errors():
        device = _find(backend)
    if device is None:
        raise DeviceUnavailable(say.NOT_FOUND)
    try:
        with _usb_errors():
            pipe = BulkPipe(device)
        yield pipe
    finally:
        with suppress(usb.core.USBError):  # it may be gone
            usb.util.dispose_resources(device)


def _find(backend: UsbBackend | None) -> UsbDevice | None:
    try:
        return usb.core.find(
            idVendor=VENDOR_ID,
            custom_match=lambda device: device.idProduct in PRODUCT_IDS,
            backend=backend,
        )
    except usb.core.NoBackendError as error:
        raise DeviceUnavailable(say.NO_LIBUSB) from error


def _bulk_interface(device: UsbDevice) -> tuple[Any, UsbEndpoint, UsbEndpoint]:
    for interface in device.get_active_configuration():
        bulk = [
            endpoint
            for endpoint in interface
            if usb.util.endpoint_type(endpoint.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK
        ]
        ways = {usb.util.endpoint_direction(e.bEndpointAddress): e for e in bulk}
        if len(bulk) == 2 and len(ways) == 2:
            return interface, ways[usb.util.ENDPOINT_IN], ways[usb.util.ENDPOINT_OUT]
    raise DeviceMisbehaved(say.NOT_UNDERSTOOD.fill(detail="USB endpoints"))


def _text(device: UsbDevice, index: int) -> str:
    """A string descriptor; empty where there is none, or none that can be read."""
    try:
        return (usb.util.get_string(device, index) or "").strip("\0 ")
    except (usb.core.USBError, ValueError):
        return ""


@contextmanager
def _usb_errors() -> Iterator[None]:
    try:
        with _usb_errors_but_timeout():
            yield
    except usb.core.USBTimeoutError as error:
        raise DeviceMisbehaved(say.SILENT) from error


@contextmanager
def _usb_errors_but_timeout() -> Iterator[None]:
    try:
        yield
    except usb.core.USBTimeoutError:
        raise
    except usb.core.USBError as error:
        if error.errno in UNAVAILABLE:
            raise DeviceUnavailable(UNAVAILABLE[error.errno]) from error
        detail = error.strerror or "USB"
        raise DeviceMisbehaved(say.USB_FAULT.fill(detail=detail)) from error


def _ms(duration_s: float) -> int:
    return round(duration_s * 1000)
