"""A whole node that a day is played on: its devices within the drawer's reach, invented films."""

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray

from firmware.config import (
    ArchiveSection,
    FilmSection,
    KeepingSection,
    NodeConfig,
    StationSection,
    StoreSection,
)
from firmware.config_web import WebSection
from firmware.index.database import Database
from firmware.node import INDEX_NAME, Node
from firmware.web.accounts import Account, AccountFile, Role
from firmware.wiring import device_settings
from hal.clock import Clock
from hal.panel import Panel
from hal.values import Order
from sim.cassette_reader_device import CassetteReaderDevice, Plate
from sim.day import READER_BITS, Envelope
from sim.drawer import Drawer
from sim.drawer_page import extension
from sim.films import Film
from sim.free_port import free_port
from sim.played_node import asking, open_played, with_reader
from sim.switched import SwitchedArchive, SwitchedRis
from sim.worklist import ORDERS
from tests.fakes import JumpingClock
from tests.web.page_kit import ADMINISTRATOR, CHEAP, PASSWORD

ARCHIVE = "archive"
DPI = 100
FILM_SIZE = (1000, 800)  # 8 x 10 in
PLATE_SIZE = (1100, 900)  # some sixty segments on the line
Samples = NDArray[np.uint16]


def film_samples(order: Order, number: int) -> Samples:
    """Noise that no other film of the day has, all of it darker than the lamp."""
    seed = ORDERS.index(order) * 10 + number
    return np.random.default_rng(seed).integers(100, 40_000, FILM_SIZE, dtype=np.uint16)


def _film(order: Order, number: int) -> Film:
    return Film(film_samples(order, number), DPI)


def plate_samples(order: Order) -> Samples:
    """Noise over the whole scale, and long runs of zeros as of unexposed plate."""
    seed = 1000 + ORDERS.index(order)
    samples = np.random.default_rng(seed).integers(0, 1 << READER_BITS, PLATE_SIZE, dtype=np.uint16)
    samples[:, :100] = 0
    return samples


def plate_id(order: Order) -> str:
    return f"P-{17 + ORDERS.index(order):05}"


def _plate(order: Order) -> Plate:
    return Plate(plate_id(order), plate_samples(order), bits=READER_BITS)


ENVELOPES = tuple(
    Envelope(
        order, tuple(partial(_film, order, number) for number in (1, 2)), (partial(_plate, order),)
    )
    for order in ORDERS
)


class Erasures(list[tuple[str, int]]):
    """(plate, read) of what the reader erased; `too_early`: whose image was not stored by then."""

    def __init__(self, is_stored: Callable[[int], bool]) -> None:
        super().__init__()
        self._is_stored = is_stored
        self.too_early: list[tuple[str, int]] = []

    def append(self, erased: tuple[str, int]) -> None:
        if not self._is_stored(erased[1]):
            self.too_early.append(erased)
        super().append(erased)


class Day:
    """From construction to `close`: the node runs, and its page is served."""

    def __init__(self, folder: Path, panel: Callable[[Clock, ExitStack], Panel]) -> None:
        self.folder = folder
        self.clock = JumpingClock()
        self._opened = ExitStack()
        listen_port = free_port()
        self.archive = SwitchedArchive(
            folder / "archive", ("SAPI_NODE", "127.0.0.1", listen_port), "SIM_ARCHIVE"
        )
        self._opened.callback(self.archive.close)
        self.ris = SwitchedRis(ORDERS, "SIM_RIS")
        self._opened.callback(self.ris.close)
        accounts = folder / "accounts.json"
        AccountFile(accounts).add(Account(ADMINISTRATOR, Role.ADMINISTRATOR, CHEAP.hash(PASSWORD)))
        config = NodeConfig(
            backend="sim",
            station=StationSection(
                institution_name="Hôpital d'essai",
                listen_host="127.0.0.1",
                listen_port=listen_port,
            ),
            store=StoreSection(path=str(folder / "node"), reserve_mib=1),
            film=FilmSection(resolution_dpi=DPI),
            keeping=KeepingSection(evict_below_mib=0, evict_until_mib=0),
            archives={
                ARCHIVE: ArchiveSection(
                    ae_title="SIM_ARCHIVE",
                    host="127.0.0.1",
                    port=self.archive.port,
                    compression="none",
                )
            },
            web=WebSection(listen=f"127.0.0.1:{free_port()}", accounts=str(accounts)),
        )
        self.config = with_reader(asking(config, self.ris), folder)
        played = open_played(
            device_settings(self.config),
            folder,
            ENVELOPES,
            self.archive,
            panel,
            self.ris,
            clock=self.clock,
        )
        self._opened.callback(played.devices.close)
        self.drawer: Drawer = played.drawer
        self.erasures = self.reader.erased = Erasures(self._is_stored)
        self.node = Node(self.config, played.devices, page_extensions=(extension(self.drawer),))
        self._opened.callback(self.node.stop)
        self.drawer.wake = self.node.wake
        self.node.start()

    @property
    def url(self) -> str:
        assert self.config.web is not None
        return f"http://{self.config.web.listen}"

    @property
    def reader(self) -> CassetteReaderDevice:
        """Of cassettes, as it stands in the room: what it really erased."""
        assert self.drawer.reader is not None
        return self.drawer.reader.device

    def close(self) -> None:
        self._opened.close()

    def _is_stored(self, read: int) -> bool:
        """In the index, and its file is what the index says."""
        rows = self.rows(
            "SELECT path, sha256 FROM instance JOIN plate_read USING (sop_instance_uid)"
            " WHERE read = ?",
            read,
        )
        digests = [(self._sha256(row["path"]), row["sha256"]) for row in rows]
        return len(digests) == 1 and digests[0][0] == digests[0][1]

    def _sha256(self, path: str) -> str:
        return hashlib.sha256((self.folder / "node" / path).read_bytes()).hexdigest()

    def in_archive(self) -> list[pydicom.Dataset]:
        """What it really has, in the order of its instance numbers."""
        paths = (self.folder / "archive").glob("*.dcm")
        found = [pydicom.dcmread(path) for path in paths]
        return sorted(found, key=lambda one: (one.PatientID, one.InstanceNumber))

    def rows(self, question: str, *values: Any) -> list[dict[str, Any]]:
        """Of the index, by a connection of one question."""
        database = Database(self.folder / "node" / INDEX_NAME, read_only=True)
        try:
            return [dict(row) for row in database.rows(question, values)]
        finally:
            database.close()
