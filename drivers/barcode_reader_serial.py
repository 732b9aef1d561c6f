"""A barcode reader on a serial port, or on USB as one (CDC ACM).

It may be pulled out and put back at any time: that is said once, and the port is tried again
from then on. It answers what the protocol asks to have answered. Whose code it is, the firmware
decides.
"""

import logging
from collections.abc import Iterable
from typing import Protocol

import serial

from drivers.panel_sentences import NO_CODE, NO_READER
from drivers.wire.barcode_codes import Code, Refused
from drivers.wire.barcode_meaning import meant
from drivers.wire.barcode_ssi import Reply, SsiCodes
from drivers.wire.barcode_text import TextCodes
from hal.clock import Clock
from hal.errors import DeviceMisbehaved, DeviceUnavailable
from hal.panel_settings import BarcodeSettings

RETRY_S = 2.0  # a plug that was put in is noticed before somebody looks for a fault
READ_MAX = 4096  # one look never takes more: a line of noise must not hold the worker
WRITE_S = 0.5  # a reply has 7 bytes
WAITING_MAX = 8
"""Codes that nobody has taken yet: whoever scanned so many sees that nothing comes of it."""
log = logging.getLogger("sapi.barcode")


class Codes(Protocol):
    def feed(self, data: bytes, now_s: float) -> Iterable[Code | Refused | Reply]: ...


PROTOCOLS: dict[str, type[TextCodes | SsiCodes]] = {"text": TextCodes, "ssi": SsiCodes}


class SerialBarcodeReader:
    """Opening never fails: a node starts without its reader."""

    def __init__(self, settings: BarcodeSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._port: serial.Serial | None = None
        self._codes: Codes = PROTOCOLS[settings.protocol]()
        self._read: list[Code | Refused] = []
        self._retry_s = clock.monotonic_s()
        self._absent = False
        """It was said."""

    def next_code(self, timeout_s: float) -> str | None:
        """Raises DeviceUnavailable when the reader is gone, and DeviceMisbehaved for something that
        is no code: each once."""
        end_s = self._clock.monotonic_s() + timeout_s
        while not self._read:
            left_s = max(0.0, end_s - self._clock.monotonic_s())
            self._look(left_s)
            if self._clock.monotonic_s() >= end_s:
                break
        return self._next_meant()

    def close(self) -> None:
        if self._port is not None:
            self._port.close()
            self._port = None

    def _next_meant(self) -> str | None:
        if not self._read:
            return None
        code = self._read.pop(0)
        if isinstance(code, Code) and (text := meant(code)):
            return text
        log.warning("event=barcode_refused why=%s", code.why if isinstance(code, Refused) else "")
        raise DeviceMisbehaved(NO_CODE)

    def _look(self, timeout_s: float) -> None:
        try:
            port = self._port or self._opened()
            if port is None:
                self._clock.sleep(min(timeout_s, RETRY_S))
                return
            self._hear(port, timeout_s)
        except (OSError, ValueError) as error:  # SerialException is an OSError
            self._lose(error)

    def _opened(self) -> serial.Serial | None:
        if self._clock.monotonic_s() < self._retry_s:
            return None
        self._retry_s = self._clock.monotonic_s() + RETRY_S
        self._port = serial.Serial(
            self._settings.port, self._settings.baud, write_timeout=WRITE_S, exclusive=True
        )
        self._codes = PROTOCOLS[self._settings.protocol]()
        self._absent = False
        log.info("event=barcode_reader port=%s", self._settings.port)
        return self._port

    def _hear(self, port: serial.Serial, timeout_s: float) -> None:
        port.timeout = timeout_s
        data = port.read(1)
        data += port.read(min(port.in_waiting, READ_MAX)) if data else b""
        for event in self._codes.feed(data, self._clock.monotonic_s()) if data else ():
            if isinstance(event, Reply):
                port.write(event.data)
            elif len(self._read) < WAITING_MAX:
                self._read.append(event)

    def _lose(self, error: Exception) -> None:
        self.close()
        self._retry_s = self._clock.monotonic_s() + RETRY_S
        if not self._absent:
            self._absent = True
            reason = getattr(error, "strerror", None) or error
            gone = NO_READER.fill(port=self._settings.port, reason=reason)
            raise DeviceUnavailable(gone) from error
