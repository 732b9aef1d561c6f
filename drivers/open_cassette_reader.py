"""The cassette reader that the configuration names."""

from contextlib import ExitStack

from drivers.cassette_line import CassetteLine
from drivers.cassette_reader_serial import SerialCassetteReader
from drivers.system_clock import SystemEntropy
from hal.clock import Clock
from hal.devices import CassetteReaderSettings


def open_cassette_reader(
    settings: CassetteReaderSettings | None, clock: Clock, opened: ExitStack
) -> SerialCassetteReader | None:
    """One that is not plugged in says so at its first use, and is opened again at each."""
    if settings is None:
        return None
    line = CassetteLine(settings.address, settings.baud)
    reader = SerialCassetteReader(line, clock, SystemEntropy())
    opened.callback(reader.close)
    return reader
