"""A film over a thin line, 10 Mbit/s and 40 ms: seconds from stored to committed.

The whole node on simulated devices scans a digitized mammogram (CBIS-DDSM); its forwarder, its
commitment and the simulated archive's report on an association of its own all go through
`bench.shaped_line`, a small separate process, as the archive is. With compression, what counts is
against the time that the same line takes for a raw transfer of as many bytes as the archive got,
median of each in the same run. The first film of all is told apart: the archive is asked what it
takes, and nothing is measured yet.
"""

import logging
import multiprocessing
import queue
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Thread
from typing import TypeVar

from bench.figure import Figure, Wanted
from firmware.config import (
    ArchiveSection,
    FilmSection,
    NodeConfig,
    SimSection,
    StationSection,
    StoreSection,
)
from firmware.config_archives import CompressionMode
from firmware.events import Committed, Event, Sent, Stored
from firmware.node import Node
from firmware.wiring import device_settings
from hal.panel import Button, Lamp
from sim.archive_peer import SimulatedArchive
from sim.backend import open_simulated
from sim.films import EXAMPLE_FILM_DPI, example_film
from sim.free_port import free_port
from sim.panel_device import SimulatedPanel
from tests.peers import listens, wait_until

BIT_S, ROUND_TRIP_S = 10e6, 0.040
ROUNDS = 3
AT_MOST = 1.15
WAIT_S = 180.0
E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Ports:
    """The node calls `line`, which leads to `archive`; the archive calls `line_back`, which leads
    to `node`; `raw` leads to `sink`."""

    node: int
    archive: int
    line: int
    line_back: int
    raw: int
    sink: int


@dataclass(frozen=True)
class Film:
    stored_bytes: int
    sent_bytes: int
    committed_s: float
    raw_s: float


def figures() -> Iterator[Figure]:
    logging.disable(logging.WARNING)
    first, *small = films("auto", 1 + ROUNDS)
    (plain,) = films("none", 1)
    seconds, raw_s = (
        median(getattr(film, of) for film in small) for of in ("committed_s", "raw_s")
    )
    nominal_s = small[0].sent_bytes * 8 / BIT_S
    yield Figure("film, stored to committed, 10 Mbit/s 40 ms, as stored", plain.committed_s, "s")
    yield Figure("film, ratio of what was sent", plain.sent_bytes / small[0].sent_bytes, "to 1")
    yield Figure("the line for so many bytes, raw", raw_s, "s", "10 Mbit/s", nominal_s)
    yield Figure("first film of all, compressed", first.committed_s, "s", "raw", first.raw_s)
    yield Figure(
        "film, stored to committed, compressed",
        seconds,
        "s",
        "raw",
        raw_s,
        Wanted.AT_MOST,
        AT_MOST,
    )


def films(mode: CompressionMode, count: int) -> list[Film]:
    ports = Ports(*(free_port() for _ in range(6)))
    with (
        tempfile.TemporaryDirectory(prefix="thin-line-") as name,
        an_archive(Path(name, "archive"), ports),
        a_line(ports),
        a_sink(ports.sink),
    ):
        return list(scanned(Path(name, "node"), mode, ports, count))


def scanned(folder: Path, mode: CompressionMode, ports: Ports, count: int) -> Iterator[Film]:
    config = node_config(folder, mode, ports)
    devices, _ = open_simulated(device_settings(config))
    events: queue.Queue[tuple[float, Event]] = queue.Queue()
    node = Node(config, devices, lambda event: events.put((time.monotonic(), event)))
    panel = devices.panel
    assert isinstance(panel, SimulatedPanel)
    node.start()
    try:
        for _ in range(count):
            wait_until(lambda: panel.lamps.get(Lamp.READY), "the panel is ready")
            panel.press(Button.URGENT)
            stored_s, stored = next_of(events, Stored)
            _, sent = next_of(events, Sent)
            committed_s, _ = next_of(events, Committed)
            size_bytes = (folder / stored.path).stat().st_size
            raw_s = raw_transfer(ports.raw, sent.size_bytes)
            yield Film(size_bytes, sent.size_bytes, committed_s - stored_s, raw_s)
    finally:
        node.stop()
        devices.close()


def node_config(folder: Path, mode: CompressionMode, ports: Ports) -> NodeConfig:
    archive = ArchiveSection(
        ae_title="SIM_ARCHIVE", host="127.0.0.1", port=ports.line, compression=mode
    )
    return NodeConfig(
        backend="sim",
        station=StationSection(
            institution_name="Bench", listen_host="127.0.0.1", listen_port=ports.node
        ),
        store=StoreSection(path=str(folder), reserve_mib=0),
        film=FilmSection(resolution_dpi=EXAMPLE_FILM_DPI),
        archives={"thin": archive},
        sim=SimSection(film=str(example_film()), film_dpi=EXAMPLE_FILM_DPI),
    )


def next_of(events: "queue.Queue[tuple[float, Event]]", kind: type[E]) -> tuple[float, E]:
    while True:
        at_s, event = events.get(timeout=WAIT_S)
        if isinstance(event, kind):
            return at_s, event


def raw_transfer(port: int, size_bytes: int) -> float:
    """Until the other end has said that all of it came."""
    began_s = time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(bytes(size_bytes))
        line.shutdown(socket.SHUT_WR)
        assert line.recv(1) == b"!"
    return time.monotonic() - began_s


@contextmanager
def a_line(ports: Ports) -> Iterator[None]:
    ways = (
        f"{ports.line}:{ports.archive}",
        f"{ports.line_back}:{ports.node}:back",
        f"{ports.raw}:{ports.sink}",
    )
    rates = ("--bit-s", str(BIT_S), "--round-trip-s", str(ROUND_TRIP_S))
    command = [sys.executable, "-m", "bench.shaped_line", *rates, *ways]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        wait_until(lambda: listens(ports.raw), "the line is there")
        yield
        assert process.stdin is not None
        process.stdin.close()


@contextmanager
def an_archive(folder: Path, ports: Ports) -> Iterator[None]:
    spawning = multiprocessing.get_context("spawn")
    over = spawning.Event()
    process = spawning.Process(target=serve_archive, args=(folder, ports, over))
    process.start()
    try:
        wait_until(lambda: listens(ports.archive), "the archive is there")
        yield
    finally:
        over.set()
        process.join()


def serve_archive(folder: Path, ports: Ports, over: "multiprocessing.synchronize.Event") -> None:
    report_to = ("SAPI_NODE", "127.0.0.1", ports.line_back)
    with SimulatedArchive(folder, port=ports.archive, report_to=report_to):
        over.wait()


@contextmanager
def a_sink(port: int) -> Iterator[None]:
    """Takes whatever comes, and says when it has all."""

    def take() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with line:
                while line.recv(65536):
                    pass
                line.sendall(b"!")

    with socket.create_server(("127.0.0.1", port)) as listener:
        Thread(target=take, daemon=True).start()
        yield
        listener.shutdown(socket.SHUT_RDWR)
