"""`sapi-node run` as people and systemd meet it: a process, signals, an exit status."""

import os
import pty
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware.panel_worker import READ_MIN_S
from tests.node.lonely_node import lonely_node
from tests.peers import wait_until

END_S = 30.0
ECHO = 3  # the local modes in what tcgetattr gives


@pytest.fixture
def config(tmp_path: Path, film: Path) -> Path:
    return lonely_node(tmp_path, f"[sim]\nfilm = '{film.name}'")


def command(config: Path) -> list[str]:
    return [sys.executable, "-m", "firmware", "run", "-c", str(config)]


@contextmanager
def running(config: Path, keyboard: int) -> Iterator[tuple["subprocess.Popen[bytes]", Path]]:
    log = config.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(command(config), stdin=keyboard, stdout=output, stderr=output)
        try:
            wait_until(
                lambda: b"EXEMPLE" in log.read_bytes() or process.poll() is not None, "it is ready"
            )
            assert process.poll() is None, log.read_text()
            yield process, log
        finally:
            process.kill()
            process.wait()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well_and_at_once(config: Path, stop: signal.Signals) -> None:
    with running(config, subprocess.DEVNULL) as (process, log):
        process.send_signal(stop)
        assert process.wait(END_S) == 0
        assert b"Traceback" not in log.read_bytes()


def test_a_second_one_on_the_same_store_says_so_and_ends(config: Path) -> None:
    with running(config, subprocess.DEVNULL) as (process, _):
        second = subprocess.run(
            command(config), stdin=subprocess.DEVNULL, capture_output=True, timeout=END_S
        )
        (sentence,) = second.stderr.decode().splitlines()
        assert "already running" in sentence
        assert second.returncode == 1
        assert process.poll() is None


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """(what the person types into, what the program reads from)."""
    person, program = pty.openpty()
    yield person, program
    os.close(person)
    os.close(program)


def test_a_key_scans_and_the_terminal_is_given_back(
    config: Path, terminal: tuple[int, int]
) -> None:
    person, keyboard = terminal
    before = termios.tcgetattr(keyboard)
    with running(config, keyboard) as (process, log):
        assert termios.tcgetattr(keyboard)[ECHO] != before[ECHO]
        for shown in ("NUMÉRISER choisit ce patient", "Est-ce "):
            wait_until(lambda: shown in log.read_text("utf-8"), shown)  # noqa: B023 -- at once
            time.sleep(2 * READ_MIN_S)  # nobody reads a name faster: a press before is not taken
            os.write(person, b"s")
        wait_until(lambda: "Image stockée" in log.read_text("utf-8"), "the film is stored")
        process.terminate()
        assert process.wait(END_S) == 0
    assert termios.tcgetattr(keyboard) == before


def test_a_start_that_fails_leaves_the_terminal_as_it_was(
    config: Path, film: Path, terminal: tuple[int, int]
) -> None:
    _, keyboard = terminal
    before = termios.tcgetattr(keyboard)
    film.unlink()
    ended = subprocess.run(command(config), stdin=keyboard, capture_output=True, timeout=END_S)
    assert ended.returncode == 2
    assert film.name in ended.stderr.decode()
    assert termios.tcgetattr(keyboard) == before
