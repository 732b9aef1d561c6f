"""What faults do to a seeded world's cassette reader, beyond the errors that its line gets."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from drivers.wire.cassette_messages import ErrorCode
from sim.faults import Fault
from sim.mischief import Trigger
from sim.scheduled_cassette_reader import ScheduledCassetteReader

SAYS: dict[Fault, tuple[str, ErrorCode]] = {
    Fault.CASSETTE_JAM: ("load_error", ErrorCode.JAM),
    Fault.CASSETTE_LABEL: ("load_error", ErrorCode.BARCODE_UNREADABLE),
    Fault.READER_LASER: ("read_error", ErrorCode.LASER),
    Fault.ERASE_FAILED: ("erase_error", ErrorCode.ERASE_FAILED),
}
"""Kind -> which of `ReaderFaults` it is, and what the reader answers."""
FOREIGN = 1 << 20
"""Numbers from here on are no technician's."""


class ReaderTroubles:
    def __init__(self, reader: ScheduledCassetteReader) -> None:
        self.begins: dict[Fault, Callable[[Trigger, str], None]] = {
            Fault.READER_AWAY: lambda *_: reader.device.hang_up(),
            Fault.READER_SILENT: lambda *_: self._be_silent(is_silent=True),
            Fault.READER_RESTARTS: lambda *_: self._switch_off(),
            Fault.CASSETTE_SWAPPED: lambda *_: reader.swap_cassette(),
            Fault.PLATE_FOREIGN: lambda *_: self._keep_of_another(),
        }
        self.ends: dict[Fault, Callable[[], None]] = {
            Fault.READER_SILENT: lambda: self._be_silent(is_silent=False),
            Fault.READER_RESTARTS: lambda: self._be_silent(is_silent=False),
            Fault.CASSETTE_SWAPPED: reader.swap_back,
        }
        for kind, (name, error) in SAYS.items():
            self.begins[kind] = partial(self._say, name, error)
            self.ends[kind] = partial(self._say, name, None)
        self._reader = reader
        self._of_others = 0

    def _be_silent(self, *, is_silent: bool) -> None:
        self._reader.is_silent = is_silent

    def _switch_off(self) -> None:
        self._reader.device.restart()
        self._be_silent(is_silent=True)

    def _say(self, name: str, error: ErrorCode | None, *_: object) -> None:
        device = self._reader.device
        changes: dict[str, Any] = {name: error}
        device.faults = replace(device.faults, **changes)

    def _keep_of_another(self) -> None:
        self._of_others += self._reader.keep_of_another(FOREIGN + self._of_others)
