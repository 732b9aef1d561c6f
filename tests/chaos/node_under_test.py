"""The product's own node, start-up included, its workers stepped one at a time.

Only the runtime (threads) is replaced, and for the model disk the class that opens the index.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware.config import ArchiveSection, FilmSection, NodeConfig, StationSection, StoreSection
from firmware.events import Committed, Event, Rejected, ScanFailed, Sent, Stored
from firmware.forwarding import forwarder_name
from firmware.index.catalogue import Reservation
from firmware.index.database import Database
from firmware.keeping import Rules
from firmware.node import INDEX_NAME, Node
from firmware.panel_worker import LookOrdered
from firmware.panel_workflow import Action, Reason
from firmware.runtime import ThreadChannel
from hal.devices import Devices
from hal.disk import Disk
from hal.errors import NodeError
from hal.values import Order, Patient, Uid
from tests.chaos import outside
from tests.chaos.outside import Outside
from tests.chaos.scripted_devices import DPI, ArchiveOutside, NoPanel, NoWorklist, SmallFilmScanner
from tests.fakes import FakeClock

ARCHIVE = "ARCHIVE"
OF_THE_ARCHIVE = {"forwarder": forwarder_name(ARCHIVE), "commitment": f"commitment {ARCHIVE}"}
"""Workers that each archive has one of; here there is one."""
SILENCE_S = 60.0
ROUNDS_MAX = 12  # to drain: a batch is sent, asked about and settled in one; the rest is patience
WAIT_S = 3600.0  # longer than any wait for a retry or for a report


@dataclass(frozen=True)
class Site:
    """Where a node lives: `index_folder` holds the index, and for a real disk the files too."""

    disk: Disk
    index_folder: Path
    database: type[Database] = Database

    @property
    def index(self) -> Path:
        return self.index_folder / INDEX_NAME


class SteppedRuntime:
    """Stands in for firmware.runtime.Runtime: the test takes the steps."""

    def __init__(self, on_failure: Any) -> None:
        self.workers: dict[str, Any] = {}

    def channel(self) -> ThreadChannel[Any]:
        return ThreadChannel()

    def add(self, name: str, worker: Any) -> None:
        self.workers[name] = worker

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def wake(self, name: str) -> None: ...


@dataclass
class Drawn:
    """Chance that no two lives of a node share, and that a seed repeats."""

    life: int
    drawn: int = field(default=0, init=False)

    def random_bytes(self, count: int) -> bytes:
        self.drawn += 1
        return (self.life << 32 | self.drawn).to_bytes(count, "big")


class NodeUnderTest:
    def __init__(self, site: Site, world: Outside, life: int) -> None:
        self.site = site
        self.world = world
        self.clock = FakeClock()
        self.clock.sleep(life * 24 * WAIT_S)
        self.scanner = SmallFilmScanner()
        self.archive = ArchiveOutside(world)
        self.failures: list[str] = []
        devices = Devices(
            clock=self.clock,
            entropy=Drawn(life),
            disk=site.disk,
            film_scanner=self.scanner,
            panel=NoPanel(),
            worklist=NoWorklist(),
            archives={ARCHIVE: self.archive},
            close=lambda: None,
        )
        self.node = Node(
            _config(site.index_folder),
            devices,
            self._listen,
            runtime=SteppedRuntime,
            open_index=site.database,
        )
        self._workers = self.node._runtime.workers  # type: ignore[attr-defined]
        _mark_reservations(self.node, world)

    def scan(self, film: int, *, cut_short: bool = False) -> bool:
        """True when the panel called it stored."""
        self.scanner.film = film
        order = Order(Patient(f"P{film % 3}", "ESSAI^Phantome"), accession_number=f"A{film % 3}")
        before = len(self.world.known.stored)
        calls = iter(range(1000))
        try:
            self.node.acquisition.acquire_film(order, lambda: cut_short and next(calls) > 5)
        except NodeError as error:
            self.failures.append(str(error))
        except Exception as error:  # noqa: BLE001 -- a bug, whatever it is, is what is looked for
            self.world.bugs.append(repr(error))
        return len(self.world.known.stored) > before

    def look(self, action: Action) -> None:
        """What a person decides of the image that was stored last."""
        if self.world.known.stored:
            instance = Uid(list(self.world.known.stored)[-1])
            self.node._looks.put(LookOrdered(action, instance, Reason.MOTION))
            self.step("looks")

    def step(self, worker: str) -> None:
        """As firmware.runtime does it: what a step raises is reported, and the worker goes on."""
        try:
            self._workers[OF_THE_ARCHIVE.get(worker, worker)].step()
        except NodeError as error:
            self.failures.append(str(error))
        except Exception as error:  # noqa: BLE001 -- a bug, whatever it is, is what is looked for
            self.world.bugs.append(repr(error))

    def evict(self) -> None:
        """As if the disk were full, and nothing had to be kept for its age."""
        eviction = self._workers["eviction"]
        eviction.low_bytes = eviction.high_bytes = 1 << 60
        eviction.rules = Rules(keep_days=0.0, keep_urgent_days=0.0)
        self.step("eviction")

    def drain(self) -> None:
        for _ in range(ROUNDS_MAX):
            self.step("forwarder")
            self.step("commitment")
            if not self.open_rows():
                return
            self.clock.sleep(WAIT_S)

    def open_rows(self) -> int:
        (count,) = self.rows(
            "SELECT count(*) FROM outbox WHERE state NOT IN ('committed', 'withdrawn')"
        )[0]
        return int(count)

    def rows(self, query: str) -> list[sqlite3.Row]:
        return self.node._databases[0].connection.execute(query).fetchall()

    def close(self) -> None:
        self.node.close()

    def _is_indexed(self, uid: str) -> bool:
        return any(row[0] == uid for row in self.rows("SELECT sop_instance_uid FROM instance"))

    def _listen(self, event: Event) -> None:
        match event:
            case Stored():
                if not self._is_indexed(event.sop_instance_uid):
                    self.world.put(outside.TOO_SOON, event.sop_instance_uid)
                self.world.put(outside.STORED, event.sop_instance_uid, event.sha256)
            case Sent():
                self.world.put(outside.SHOWN_SENT, event.sop_instance_uid)
            case Rejected() if not event.was_sent and not event.is_being_sent:
                self.world.put(outside.SHOWN_REJECTED, event.sop_instance_uid)
            case Committed():
                self.world.put(outside.SHOWN_COMMITTED, event.sop_instance_uid)
            case ScanFailed():
                self.failures.append(str(event.sentence))


@contextmanager
def running(site: Site, world: Outside, life: int) -> Iterator[NodeUnderTest]:
    node = NodeUnderTest(site, world, life)
    try:
        yield node
    finally:
        node.close()


def _config(folder: Path) -> NodeConfig:
    return NodeConfig(
        station=StationSection(institution_name="Hôpital d'essai"),
        store=StoreSection(path=str(folder), reserve_mib=0),
        film=FilmSection(resolution_dpi=DPI),
        archives={
            ARCHIVE: ArchiveSection(
                ae_title=ARCHIVE,
                host="127.0.0.1",
                port=11112,
                commitment_silence_s=SILENCE_S,
                compression="none",
            )
        },
    )


def _mark_reservations(node: Node, world: Outside) -> None:
    reserve = node.acquisition.catalogue.reserve

    def marked(device: str, order: Order, modality: str) -> Reservation:
        place = reserve(device, order, modality)
        world.put(outside.RESERVED, place.sop_instance_uid)
        return place

    node.acquisition.catalogue.reserve = marked  # type: ignore[method-assign]
