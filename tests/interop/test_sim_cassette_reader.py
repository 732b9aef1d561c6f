"""`sim cassette-reader` as a program of its own, and the real pyserial on its pty."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drivers.cassette_line import CassetteLine
from drivers.cassette_reader_serial import SerialCassetteReader
from drivers.system_clock import SystemClock, SystemEntropy
from hal.cassette_reader import PlateRequest
from hal.errors import DeviceUnavailable
from tests.cassette_kit import READ, all_rows, begun
from tests.peers import wait_until

STOP_LIMIT_S = 10
LATENT = np.random.default_rng(5).integers(0, 1 << 16, (300, 211), np.uint16)


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    path = tmp_path / "plate.png"
    Image.fromarray(LATENT).save(path)
    return path


class Reader:
    def __init__(self, *where: str, plate: Path) -> None:
        command = [sys.executable, "-m", "sim.cli", "cassette-reader", *where, "--plate", plate]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        self.said = self.process.stdout.readline()

    def end(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=STOP_LIMIT_S)


@pytest.fixture
def port(tmp_path: Path) -> Path:
    return tmp_path / "reader"


@pytest.fixture
def on_pty(port: Path, plate: Path) -> Iterator[Reader]:
    reader = Reader("--pty", str(port), plate=plate)
    yield reader
    reader.end()


def driver(address: str) -> SerialCassetteReader:
    return SerialCassetteReader(CassetteLine(address), SystemClock(), SystemEntropy())


def test_a_plate_over_a_pty(on_pty: Reader, port: Path) -> None:
    assert on_pty.said == f"at {port}, a new plate SIM-plate, 211 x 300\n"
    with closing(driver(str(port))) as reader:
        assert np.array_equal(all_rows(reader, begun(reader)), LATENT)


def test_a_plate_over_tcp(plate: Path) -> None:
    server = Reader("--tcp", "127.0.0.1:0", plate=plate)
    try:
        address = server.said.split(",")[0].removeprefix("listening on ")
        with closing(driver(f"socket://{address}")) as reader:
            assert np.array_equal(all_rows(reader, begun(reader)), LATENT)
    finally:
        server.end()


def test_a_node_that_comes_back_finds_the_image_kept(on_pty: Reader, port: Path) -> None:
    with closing(driver(str(port))) as reader:
        begun(reader)
        next(rows := reader.rows())
        del rows
    with closing(driver(str(port))) as reader:
        assert reader.kept_read() == READ
        geometry = reader.begin(PlateRequest(READ, 100))
        assert np.array_equal(all_rows(reader, geometry), LATENT)


def test_ctrl_c_takes_the_port_away(on_pty: Reader, port: Path) -> None:
    on_pty.process.send_signal(signal.SIGINT)
    said, complaints = on_pty.process.communicate(timeout=STOP_LIMIT_S)
    assert (on_pty.process.returncode, said, complaints) == (0, "stopped\n", "")
    assert not os.path.lexists(port)


def test_unplugged_and_another_one_plugged_in(on_pty: Reader, port: Path, plate: Path) -> None:
    """A killed reader leaves its link behind; a new one takes its place, with a new plate."""
    with closing(driver(str(port))) as reader:
        begun(reader)
        on_pty.end()
        with pytest.raises(DeviceUnavailable):
            list(reader.rows())
        with pytest.raises(DeviceUnavailable):
            reader.identify()
        again = Reader("--pty", str(port), plate=plate)
        try:
            assert "a new plate" in again.said
            wait_until(port.exists, "the port is there again")
            assert reader.kept_read() is None
            assert np.array_equal(all_rows(reader, begun(reader)), LATENT)
        finally:
            again.end()


def test_a_place_that_is_taken(port: Path, plate: Path) -> None:
    port.write_text("somebody's file")
    reader = Reader("--pty", str(port), plate=plate)
    _, complaints = reader.process.communicate(timeout=STOP_LIMIT_S)
    assert reader.process.returncode == 2
    assert complaints.startswith(f"{port} can't be made a serial port")
    assert port.read_text() == "somebody's file"
