"""`sim film-scanner` as a program of its own: it says where it listens, serves, and stops."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sim.film_scanner_tcp import WELCOME
from tests.interop.usbip_host import UsbipHost

STOP_LIMIT_S = 10


@pytest.fixture(params=["--tcp", "--usbip"])
def face(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def program(face: str, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    film = tmp_path / "film.png"
    Image.fromarray(np.zeros((30, 40), np.uint16)).save(film)
    command = [sys.executable, "-m", "sim.cli", "film-scanner", face, "127.0.0.1:0"]
    with subprocess.Popen(
        [*command, "--film", film, "--film-dpi", "600"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        yield program
        program.kill()


def address(program: subprocess.Popen[str]) -> tuple[str, int]:
    assert program.stdout
    line = program.stdout.readline()
    ready = re.fullmatch(r"listening on (127\.0\.0\.1):([1-9]\d*), film 40 x 30 at 600 dpi\n", line)
    assert ready, line
    return ready[1], int(ready[2])


def test_it_serves_until_it_is_interrupted(program: subprocess.Popen[str], face: str) -> None:
    here = address(program)
    if face == "--tcp":
        with socket.create_connection(here, timeout=STOP_LIMIT_S) as client:
            welcome = WELCOME.to_bytes()
            assert client.recv(len(welcome), socket.MSG_WAITALL) == welcome
    else:
        host = UsbipHost(here)
        assert [device.product_id for device in host.devices()] == [0x0129]
        host.close()
    program.send_signal(signal.SIGINT)
    _, complaints = program.communicate(timeout=STOP_LIMIT_S)
    assert program.returncode == 0
    assert complaints == ""
