"""A minimal USB/IP host, written from the kernel's Documentation/usb/usbip_protocol.rst alone.

It stands in for vhci-hcd and the kernel's USB stack, which the machines at hand do not have.
"""

import socket
import struct
from dataclasses import dataclass
from itertools import count
from typing import Self

VERSION = 0x0111
REQ_DEVLIST, REP_DEVLIST = 0x8005, 0x0005
REQ_IMPORT, REP_IMPORT = 0x8003, 0x0003
CMD_SUBMIT, CMD_UNLINK, RET_SUBMIT, RET_UNLINK = 1, 2, 3, 4
OUT, IN = 0, 1
OPERATION = struct.Struct(">HHI")
USB_DEVICE = struct.Struct(">256s32sIIIHHHBBBBBB")
SUBMIT = struct.Struct(">5I I4i 8s")
UNLINK = struct.Struct(">5I I24x")
RETURN = struct.Struct(">5I 5i 8x")
NO_SETUP = bytes(8)
ANSWER_LIMIT_S = 10.0


@dataclass(frozen=True)
class Exported:
    bus_id: str
    device_id: int
    speed: int
    vendor_id: int
    product_id: int
    interfaces: int

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        _, bus_id, bus, number, speed, vendor, product, *rest = USB_DEVICE.unpack(raw)
        name = bus_id.rstrip(b"\0").decode("ascii")
        return cls(name, bus << 16 | number, speed, vendor, product, rest[-1])


class UsbipHost:
    """One imported device; every answer is awaited before the next request."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.create_connection(address, timeout=ANSWER_LIMIT_S)
        self._sequence = count(1)
        self._device_id = 0

    def close(self) -> None:
        self._socket.close()

    def devices(self) -> list[Exported]:
        """The server hangs up after this."""
        self._operation(REQ_DEVLIST, REP_DEVLIST)
        (number,) = struct.unpack(">I", self._receive(4))
        found = []
        for _ in range(number):
            found.append(Exported.from_bytes(self._receive(USB_DEVICE.size)))
            self._receive(4 * found[-1].interfaces)
        return found

    def attach(self, bus_id: str) -> Exported:
        self._operation(REQ_IMPORT, REP_IMPORT, bus_id.encode("ascii").ljust(32, b"\0"))
        device = Exported.from_bytes(self._receive(USB_DEVICE.size))
        self._device_id = device.device_id
        return device

    def control_in(self, request: int, value: int, index: int, size: int) -> bytes:
        setup = struct.pack("<BBHHH", 0x80, request, value, index, size)
        status, data = self._returned(self._submit(IN, 0, size, setup), ANSWER_LIMIT_S)
        assert status == 0
        return data

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        sequence = self._submit(OUT, endpoint, len(data), NO_SETUP, data)
        status, _ = self._returned(sequence, ANSWER_LIMIT_S)
        assert status == 0

    def bulk_in(self, endpoint: int, size: int, timeout_s: float) -> bytes:
        """Raises TimeoutError, with the request withdrawn."""
        sequence = self._submit(IN, endpoint & 0x0F, size, NO_SETUP)
        try:
            status, data = self._returned(sequence, timeout_s)
        except TimeoutError:
            self._withdraw(sequence, endpoint)
            raise
        assert status == 0
        return data

    def _operation(self, request: int, reply: int, payload: bytes = b"") -> None:
        self._socket.sendall(OPERATION.pack(VERSION, request, 0) + payload)
        assert OPERATION.unpack(self._receive(OPERATION.size)) == (VERSION, reply, 0)

    def _submit(
        self, direction: int, endpoint: int, size: int, setup: bytes, data: bytes = b""
    ) -> int:
        sequence = next(self._sequence)
        header = SUBMIT.pack(
            CMD_SUBMIT, sequence, self._device_id, direction, endpoint, 0, size, 0, -1, 0, setup
        )
        self._socket.sendall(header + data)
        return sequence

    def _returned(self, sequence: int, timeout_s: float) -> tuple[int, bytes]:
        self._socket.settimeout(timeout_s)
        header = self._receive(RETURN.size)
        self._socket.settimeout(ANSWER_LIMIT_S)
        command, answered, _, direction, _, status, actual, *_ = RETURN.unpack(header)
        assert (command, answered) == (RET_SUBMIT, sequence)
        return status, self._receive(actual) if direction == IN else b""

    def _withdraw(self, sequence: int, endpoint: int) -> None:
        self._socket.settimeout(ANSWER_LIMIT_S)
        unlink = next(self._sequence)
        self._socket.sendall(
            UNLINK.pack(CMD_UNLINK, unlink, self._device_id, IN, endpoint & 0x0F, sequence)
        )
        command, answered, *_ = RETURN.unpack(self._receive(RETURN.size))
        assert (command, answered) == (RET_UNLINK, unlink)

    def _receive(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = self._socket.recv(min(1 << 16, size - len(data)))
            if not piece:
                raise ConnectionAbortedError("the server hung up")
            data += piece
        return bytes(data)
