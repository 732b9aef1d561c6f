"""The simulated cassette reader as a program of its own, on a pty or a TCP port."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from drivers.cassette_line import CassetteLine
from drivers.cassette_reader_serial import SerialCassetteReader
from drivers.system_clock import SystemClock, SystemEntropy

END_S = 10


@contextmanager
def reader_on_pty(port: Path, plate: Path) -> Iterator[None]:
    with _reader("--pty", str(port), "--plate", str(plate)):
        yield


@contextmanager
def reader_on_tcp(plate: Path) -> Iterator[str]:
    """Its address, as pyserial has it."""
    with _reader("--tcp", "127.0.0.1:0", "--plate", str(plate)) as said:
        address = said.removeprefix("listening on ").partition(",")[0]
        yield f"socket://{address}"


@contextmanager
def _reader(*options: str) -> Iterator[str]:
    """What it said when it was there."""
    command = [sys.executable, "-m", "sim.cli", "cassette-reader", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            said = process.stdout.readline()
            assert "a new plate" in said
            yield said
        finally:
            process.kill()


def reader_state(port: Path) -> tuple[int | None, bool]:
    """(the read that it keeps, whether a cassette is in), asked by a driver of the test's own.
    Nobody else may have the port."""
    line = CassetteLine(str(port))
    with closing(SerialCassetteReader(line, SystemClock(), SystemEntropy())) as reader:
        return reader.kept_read(), reader.load() is not None
