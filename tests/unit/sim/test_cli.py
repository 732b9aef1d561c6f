"""What `sim film-scanner` says when it cannot serve."""

import socket
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from sim.cli import app


def film_scanner(*options: str | Path) -> Result:
    return CliRunner().invoke(app, ["film-scanner", *map(str, options)])


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.png"
    Image.fromarray(np.zeros((3, 4), np.uint16)).save(path)
    return path


@pytest.mark.parametrize(
    "address", ["1865", "127.0.0.1", "127.0.0.1:", ":1865", "127.0.0.1:65536", "127.0.0.1:x"]
)
def test_no_address(film: Path, address: str) -> None:
    result = film_scanner("--tcp", address, "--film", film)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{address} is no address")


def test_a_port_that_is_taken(film: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        result = film_scanner("--tcp", address, "--film", film)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Cannot listen on {address}")


def test_no_film(tmp_path: Path) -> None:
    result = film_scanner("--tcp", "127.0.0.1:0", "--film", tmp_path / "none.png")
    assert result.exit_code == 2
    assert "there is no such file" in result.stderr


def test_no_resolution(film: Path) -> None:
    result = film_scanner("--tcp", "127.0.0.1:0", "--film", film, "--film-dpi", "0")
    assert result.exit_code == 2
    assert "0 dpi is no film resolution" in result.stderr


@pytest.mark.parametrize(
    "options", [[], ["--tcp", "127.0.0.1:0", "--usbip", "127.0.0.1:0"]], ids=["none", "both"]
)
def test_one_face_and_only_one(film: Path, options: list[str]) -> None:
    result = film_scanner(*options, "--film", film)
    assert result.exit_code == 2
    assert "either --tcp or --usbip" in result.stderr


def test_without_the_usbip_package(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "usbip", None)
    result = film_scanner("--usbip", "127.0.0.1:0", "--film", film)
    assert result.exit_code == 2
    assert "install sapi-node[sim]" in result.stderr
