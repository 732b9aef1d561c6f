"""kill -9 of a whole node while it reads a plate over a pty, again and again.

At each death the reader is asked what it keeps: a plate that it has erased is durable in the store.
"""

import os
import pty
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pydicom
from PIL import Image

from tests.node.lonely_node import lonely_node
from tests.peers import wait_until
from tests.reader_process import reader_on_pty, reader_state

LATENT = np.random.default_rng(4).integers(0, 1 << 16, (1500, 1100), np.uint16)
DEATHS_AFTER_S = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4)
"""After the node has said that a reading began, or that it found an image kept."""
READY_S = 60.0


def configuration(folder: Path, port: Path) -> Path:
    film = folder / "film.png"
    Image.fromarray(np.full((30, 40), 9000, np.uint16)).save(film)
    reader = f"[cassette_reader]\nport = '{port}'"
    return lonely_node(folder, f"{reader}\n[sim]\nfilm = 'film.png'")


@contextmanager
def node(config: Path) -> Iterator[tuple["subprocess.Popen[bytes]", int, Path]]:
    ours, theirs = pty.openpty()
    log = config.with_suffix(".log")
    with log.open("wb") as output:
        command = [sys.executable, "-m", "firmware", "run", "-c", str(config)]
        process = subprocess.Popen(command, stdin=theirs, stdout=output, stderr=output)
        os.close(theirs)
        try:
            yield process, ours, log
        finally:
            process.kill()
            process.wait()
            os.close(ours)


def said(log: Path, *words: bytes) -> bool:
    told = log.read_bytes()
    return any(word in told for word in words)


def images(folder: Path) -> list[Path]:
    return sorted((folder / "store" / "instances").rglob("*.dcm"))


def holds_the_plate(folder: Path) -> bool:
    return any(np.array_equal(pydicom.dcmread(file).pixel_array, LATENT) for file in images(folder))


def test_the_plate_is_whole_however_often_the_node_dies(tmp_path: Path) -> None:
    port, plate = tmp_path / "reader", tmp_path / "plate.png"
    Image.fromarray(LATENT).save(plate)
    config = configuration(tmp_path, port)
    with reader_on_pty(port, plate):
        with node(config) as (process, keyboard, log):
            wait_until(lambda: said(log, b"EXEMPLE"), "it is ready", READY_S)
            os.write(keyboard, b"u")
            # Earlier, the laser may not have moved: then there is nothing to fetch.
            wait_until(lambda: said(log, b"event=PlateFound"), "it was read", READY_S)
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert reader_state(port)[0] or holds_the_plate(tmp_path)
        for after_s in DEATHS_AFTER_S:
            assert_nothing_is_lost(tmp_path, port)
            with node(config) as (process, keyboard, log):
                wait_until(lambda: said(log, b"event=PlateFound", b"EXEMPLE"), "it looks", READY_S)
                time.sleep(after_s)  # how far it comes is chance, and every place is a good one
                process.send_signal(signal.SIGKILL)
                process.wait()
        with node(config) as (process, keyboard, log):
            wait_until(lambda: reader_is_free(log, tmp_path), "it is fetched and erased", READY_S)
            process.send_signal(signal.SIGTERM)
            process.wait(READY_S)
        assert reader_state(port) == (None, False)
    assert holds_the_plate(tmp_path)
    assert len(images(tmp_path)) == 1


def reader_is_free(log: Path, folder: Path) -> bool:
    return said(log, b"event=PlateErased") or bool(images(folder) and erased_before(folder))


def erased_before(folder: Path) -> bool:
    """By a node that died at once afterwards: its log is gone, and the index has it."""
    index = sqlite3.connect(f"file:{folder}/store/index.sqlite3?mode=ro", uri=True)
    try:
        states = [state for (state,) in index.execute("SELECT state FROM plate_read")]
    finally:
        index.close()
    return states == ["erased"]


def assert_nothing_is_lost(folder: Path, port: Path) -> None:
    kept, is_in = reader_state(port)
    if kept is None and not is_in:
        assert holds_the_plate(folder), "the plate was erased, and its image is nowhere"
