"""The simulated film scanner as a USB/IP device, for a real Linux host to attach.

On that host: `modprobe vhci-hcd; usbip attach -r HOST -b 1-1`. That was not tried, for the machines
at hand have no USB in their kernel; the protocol was, with a minimal host of the tests' own. The
PyPI package `usbip`, an optional extra of this project, speaks it; this lends it the scanner. One
host at a time.
"""

import socket
from typing import Any

from hal.errors import ConfigError, Sentence
from sim.film_scanner_device import FilmScannerDevice
from sim.usb_bus import ENDPOINT_IN, ENDPOINT_OUT, PRODUCT_ID, STRINGS, VENDOR_ID

BULK_PACKET_BYTES = 512  # USB 2.0 5.8.3, high speed
VENDOR_SPECIFIC = 0xFF
NOT_INSTALLED = Sentence(
    en="USB/IP needs the Python package usbip: install sapi-node[sim].",
    fr="USB/IP nécessite le paquet Python usbip : installez sapi-node[sim].",
)

UsbipDevice = Any
"""The package is untyped."""


def serve_usbip(listener: socket.socket, device: FilmScannerDevice) -> None:
    """Serve one host after another until `listener` is shut down. Raises ConfigError."""
    exported = _usbip_device(device)
    from usbip import protocol

    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if device.plugged:
                protocol.serve_connection(connection, [exported])


def _usbip_device(device: FilmScannerDevice) -> UsbipDevice:
    try:
        import usbip
    except ImportError as error:
        raise ConfigError(NOT_INSTALLED) from error
    exported = usbip.USBDevice(
        VENDOR_ID, PRODUCT_ID, manufacturer=STRINGS[1], product=STRINGS[2], serial=STRINGS[3]
    )
    exported.set_speed(usbip.SPEED_HIGH)
    group = exported.add_group()
    interface = usbip.InterfaceDescriptor(
        bInterfaceNumber=group.claim_interface(),
        bAlternateSetting=0,
        bNumEndpoints=2,
        bInterfaceClass=VENDOR_SPECIFIC,
        bInterfaceSubClass=VENDOR_SPECIFIC,
        bInterfaceProtocol=VENDOR_SPECIFIC,
    )
    group.add(interface.pack())
    bulk_in = group.add_endpoint(usbip.In(ENDPOINT_IN, "bulk", mps=BULK_PACKET_BYTES))
    bulk_out = group.add_endpoint(usbip.Out(ENDPOINT_OUT, "bulk", mps=BULK_PACKET_BYTES))

    def on_out(_endpoint: object, data: bytes) -> None:
        for transfer in device.feed(data):
            bulk_in.write(transfer)
        if not device.plugged:
            raise ConnectionAbortedError("unplugged")  # ends this host's connection

    bulk_out.on_out = on_out
    return exported
