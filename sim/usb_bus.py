# ruff: noqa: ARG002 (the arguments are those of usb.backend.IBackend, used or not)
"""A USB bus with one film scanner on it, as a backend for unmodified pyusb.

`usb.core.find(..., backend=SimulatedUsbBus(device))`. A read takes one transfer of what the device
sent, or the part that fits; with nothing to read, the clock runs to the timeout. No packets, no
bandwidth: what it measures is the driver.
"""

import errno
from array import array
from collections import deque
from dataclasses import dataclass
from types import SimpleNamespace

import usb.backend
import usb.core
import usb.util

from sim.film_scan_blocks import Chunk
from sim.film_scanner_device import FilmScannerDevice

VENDOR_ID = 0x04B8
PRODUCT_ID = 0x0129  # Expression 10000XL
# Not 1 and 1: the driver must take the addresses from the descriptors.
ENDPOINT_IN, ENDPOINT_OUT = 0x84, 0x03
STRINGS = {1: "EPSON", 2: "EPSON Scanner", 3: "SIM000001"}
ENGLISH_US = 0x0409
GET_DESCRIPTOR = 0x06

DEVICE_DESCRIPTOR = SimpleNamespace(
    bLength=18, bDescriptorType=1, bcdUSB=0x0200, bDeviceClass=0xFF, bDeviceSubClass=0xFF,
    bDeviceProtocol=0xFF, bMaxPacketSize0=64, idVendor=VENDOR_ID, idProduct=PRODUCT_ID,
    bcdDevice=0x0100, iManufacturer=1, iProduct=2, iSerialNumber=3, bNumConfigurations=1,
    address=2, bus=1, port_number=1, port_numbers=(1,), speed=usb.util.SPEED_HIGH,
)  # fmt: skip
CONFIGURATION_DESCRIPTOR = SimpleNamespace(
    bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1, bConfigurationValue=1,
    iConfiguration=0, bmAttributes=0xC0, bMaxPower=1, extra_descriptors=[],
)  # fmt: skip
INTERFACE_DESCRIPTOR = SimpleNamespace(
    bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0, bNumEndpoints=2,
    bInterfaceClass=0xFF, bInterfaceSubClass=0xFF, bInterfaceProtocol=0xFF, iInterface=0,
    extra_descriptors=[],
)  # fmt: skip
ENDPOINT_DESCRIPTORS = tuple(
    SimpleNamespace(
        bLength=7, bDescriptorType=5, bEndpointAddress=address,
        bmAttributes=usb.util.ENDPOINT_TYPE_BULK, wMaxPacketSize=512, bInterval=0, bRefresh=0,
        bSynchAddress=0, extra_descriptors=[],
    )
    for address in (ENDPOINT_IN, ENDPOINT_OUT)
)  # fmt: skip


@dataclass
class Handle:
    """One opening of the device: a cable pulled in between makes it stale for ever."""

    power_cycle: int
    configuration: int = 1
    claimed: bool = False


class SimulatedUsbBus(usb.backend.IBackend):  # type: ignore[misc]  # pyusb is untyped
    """Names and arguments are those of `usb.backend.IBackend`."""

    def __init__(self, device: FilmScannerDevice) -> None:
        self.device = device
        self._handles: list[Handle] = []
        self._power_cycle = device.power_cycle
        self._sent: deque[Chunk] = deque()
        """Not read yet: the device keeps it for whoever reads next, as a real one does."""

    def enumerate_devices(self) -> list[FilmScannerDevice]:
        return [self.device] if self.device.plugged else []

    def get_parent(self, dev: FilmScannerDevice) -> None:
        """It is on the root hub."""

    def get_device_descriptor(self, dev: FilmScannerDevice) -> SimpleNamespace:
        return DEVICE_DESCRIPTOR

    def get_configuration_descriptor(self, dev: FilmScannerDevice, config: int) -> SimpleNamespace:
        return _at((CONFIGURATION_DESCRIPTOR,), config)

    def get_interface_descriptor(
        self, dev: FilmScannerDevice, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        return _at((INTERFACE_DESCRIPTOR,), intf + alt)

    def get_endpoint_descriptor(
        self, dev: FilmScannerDevice, ep: int, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        return _at(ENDPOINT_DESCRIPTORS, ep)

    def open_device(self, dev: FilmScannerDevice) -> Handle:
        handle = Handle(self.device.power_cycle)
        self._must_be_there(handle)
        self._handles.append(handle)
        return handle

    def close_device(self, dev_handle: Handle) -> None:
        self._handles.remove(dev_handle)

    def set_configuration(self, dev_handle: Handle, config_value: int) -> None:
        self._must_be_there(dev_handle)
        dev_handle.configuration = config_value

    def get_configuration(self, dev_handle: Handle) -> int:
        self._must_be_there(dev_handle)
        return dev_handle.configuration

    def set_interface_altsetting(self, dev_handle: Handle, intf: int, altsetting: int) -> None:
        self._must_be_there(dev_handle)

    def claim_interface(self, dev_handle: Handle, intf: int) -> None:
        self._must_be_there(dev_handle)
        if any(other.claimed and not self._is_stale(other) for other in self._handles):
            raise _error(errno.EBUSY)
        dev_handle.claimed = True

    def release_interface(self, dev_handle: Handle, intf: int) -> None:
        dev_handle.claimed = False

    def bulk_write(
        self, dev_handle: Handle, ep: int, intf: int, data: "array[int]", timeout: int
    ) -> int:
        self._must_be_there(dev_handle)
        self._sent += self.device.feed(data.tobytes())
        return len(data)

    def bulk_read(
        self, dev_handle: Handle, ep: int, intf: int, buff: "array[int]", timeout: int
    ) -> int:
        self._must_be_there(dev_handle)
        if not self._sent:
            self.device.clock.sleep(timeout / 1000)
            raise usb.core.USBTimeoutError("Operation timed out", errno=errno.ETIMEDOUT)
        transfer = memoryview(self._sent.popleft())
        size = min(len(transfer), len(buff))
        memoryview(buff)[:size] = transfer[:size]
        if size < len(transfer):
            self._sent.appendleft(transfer[size:])
        return size

    def ctrl_transfer(
        self,
        dev_handle: Handle,
        bmRequestType: int,  # noqa: N803 (pyusb's own name)
        bRequest: int,  # noqa: N803
        wValue: int,  # noqa: N803
        wIndex: int,  # noqa: N803
        data: "array[int]",
        timeout: int,
    ) -> int:
        """String descriptors, and nothing else."""
        self._must_be_there(dev_handle)
        kind, index = wValue >> 8, wValue & 0xFF
        if bRequest != GET_DESCRIPTOR or kind != usb.util.DESC_TYPE_STRING:
            raise _error(errno.EPIPE)
        body = STRINGS[index].encode("utf-16-le") if index else ENGLISH_US.to_bytes(2, "little")
        descriptor = bytes((2 + len(body), kind)) + body
        size = min(len(descriptor), len(data))
        memoryview(data)[:size] = descriptor[:size]
        return size

    def clear_halt(self, dev_handle: Handle, ep: int) -> None:
        self._must_be_there(dev_handle)

    def reset_device(self, dev_handle: Handle) -> None:
        self._must_be_there(dev_handle)

    def is_kernel_driver_active(self, dev_handle: Handle, intf: int) -> bool:
        return False

    def _must_be_there(self, handle: Handle) -> None:
        if self._power_cycle != self.device.power_cycle:
            self._power_cycle = self.device.power_cycle
            self._sent.clear()
        if self._is_stale(handle) or not self.device.plugged:
            raise _error(errno.ENODEV)

    def _is_stale(self, handle: Handle) -> bool:
        return handle.power_cycle != self.device.power_cycle


def _at(descriptors: tuple[SimpleNamespace, ...], index: int) -> SimpleNamespace:
    """pyusb counts up until this raises."""
    if index >= len(descriptors):
        raise IndexError(index)
    return descriptors[index]


def _error(number: int) -> usb.core.USBError:
    return usb.core.USBError(errno.errorcode[number], errno=number)
