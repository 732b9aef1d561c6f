"""A whole node on simulated devices and a simulated archive, pressed and listened to."""

import hashlib
import queue
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from PIL import Image
from xxhash import xxh3_128

from firmware.config import (
    ArchiveSection,
    FilmSection,
    NodeConfig,
    SimSection,
    StationSection,
    StoreSection,
)
from firmware.config_panel import PanelSection
from firmware.events import Event
from firmware.index.database import Database
from firmware.index.outbox import BACKOFF_LAST_S, Standing
from firmware.index.queue_actions import Chosen, QueueActions
from firmware.node import INDEX_NAME, Node
from firmware.panel_screens import NO_ORDERS, SENTENCES
from firmware.panel_workflow import State
from firmware.wiring import device_settings
from hal.devices import Devices
from hal.panel import Button, Lamp
from hal.values import Uid
from sim.archive_faults import NO_FAULTS, ArchiveFaults
from sim.archive_peer import SimulatedArchive
from sim.backend import open_simulated
from sim.free_port import free_port
from sim.panel_device import SimulatedPanel
from tests.fakes import JumpingClock
from tests.peers import wait_until

FILM_DPI = 100
WAIT_S = 60.0  # for what takes milliseconds: only a failing test waits so long
E = TypeVar("E")

SCANNING = SENTENCES[State.SCANNING]


class World:
    """`start` it when the faults are set; `press` and `wait_for` what must come of it."""

    def __init__(self, folder: Path, film: Path) -> None:
        self.folder = folder
        self.archive_faults = NO_FAULTS
        self.events: queue.Queue[Event] = queue.Queue()
        self.heard: list[Event] = []
        self.panel = SimulatedPanel()
        self.clock = JumpingClock()
        self._listen_port = free_port()
        self._archive: SimulatedArchive | None = None
        self._archive_port = free_port()
        self._node: Node | None = None
        self.config = NodeConfig(
            backend="sim",
            station=StationSection(
                institution_name="Hôpital d'essai",
                listen_host="127.0.0.1",
                listen_port=self._listen_port,
            ),
            store=StoreSection(path=str(folder / "node"), reserve_mib=0),
            film=FilmSection(resolution_dpi=FILM_DPI),
            archives={
                "SIM_ARCHIVE": ArchiveSection(
                    ae_title="SIM_ARCHIVE",
                    host="127.0.0.1",
                    port=self._archive_port,
                    compression="none",
                )
            },
            panel=PanelSection(look_s=0.0),
            sim=SimSection(film=str(film), film_dpi=FILM_DPI),
        )
        self.devices: Devices
        self.open_devices()

    def open_devices(self) -> None:
        self.devices, self.scanner = open_simulated(device_settings(self.config), self.clock)

    @property
    def node(self) -> Node:
        assert self._node is not None
        return self._node

    def open_archive(self, faults: ArchiveFaults = NO_FAULTS) -> None:
        """On the port that the node knows; without it the archive is down."""
        self._archive = SimulatedArchive(
            self.folder / "archive",
            faults,
            port=self._archive_port,
            report_to=("SAPI_NODE", "127.0.0.1", self._listen_port),
        ).start()

    def close_archive(self) -> None:
        if self._archive is not None:
            self._archive.close()
            self._archive = None

    def start(self, **replaced: object) -> None:
        self.panel = SimulatedPanel()
        self.devices = replace(self.devices, panel=self.panel, **replaced)  # type: ignore[arg-type]
        self._node = Node(self.config, self.devices, self.events.put)
        self._node.start()

    def press(self, button: Button = Button.SCAN) -> None:
        """As a person does: not before the panel is ready, and SCAN when it shows the patient."""
        wait_until(lambda: self.panel.lamps.get(Lamp.READY), "the panel is ready")
        if button is not Button.SCAN:
            self.panel.press(button)
            return
        before = len(self.panel.shown)
        while SCANNING not in self.panel.shown[before:]:
            wait_until(lambda: self.panel.shown[-1] != NO_ORDERS, "the orders are there")
            seen = len(self.panel.shown)
            self.panel.press(button)
            wait_until(lambda: len(self.panel.shown) > seen, "SCAN is answered")  # noqa: B023 -- called at once

    def wait_for(self, kind: type[E], matching: Callable[[E], bool] = lambda _: True) -> E:
        while True:
            event = self.events.get(timeout=WAIT_S)
            self.heard.append(event)
            if isinstance(event, kind) and matching(event):
                return event

    def retry_now(self) -> None:
        """Everything that waits for its next try comes due."""
        self.clock.sleep(BACKOFF_LAST_S)

    def release(self, uid: Uid) -> None:
        """As a person does at the terminal."""
        database = Database(Path(self.config.store.path) / INDEX_NAME)
        try:
            assert QueueActions(database, self.clock).release(Chosen(uid), "test")
        finally:
            database.close()

    def standing(self, uid: Uid) -> Standing:
        (standing,) = self.node.outbox().standing(uid)
        return standing

    def in_archive(self) -> set[str]:
        assert self._archive is not None
        return set(self._archive.instances())

    def stop_node(self) -> None:
        if self._node is not None:
            self._node.stop()
            self._node = None

    def close(self) -> None:
        self.stop_node()
        self.devices.close()
        self.close_archive()


def film_samples() -> np.ndarray[tuple[int, int], np.dtype[np.uint16]]:
    """8 x 10 in of invented film at FILM_DPI: noise, all of it darker than the lamp."""
    return np.random.default_rng(7).integers(100, 40_000, (1000, 800), dtype=np.uint16)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.png"
    Image.fromarray(film_samples()).save(path)
    return path


@pytest.fixture
def world(tmp_path: Path, film: Path) -> Iterator[World]:
    made = World(tmp_path, film)
    yield made
    made.close()
    check_both_digests(Path(made.config.store.path))


def check_both_digests(store: Path) -> None:
    """However an image came in: whatever its SHA-256 proves, its XXH3-128 does too."""
    if not (store / INDEX_NAME).exists():
        return
    with closing(Database(store / INDEX_NAME)) as database:
        for row in database.rows("SELECT path, sha256, xxh3 FROM instance"):
            file = store / row["path"]
            content = file.read_bytes() if file.exists() else b""
            if hashlib.sha256(content).hexdigest() == row["sha256"]:
                assert xxh3_128(content).hexdigest() == row["xxh3"], row["path"]
