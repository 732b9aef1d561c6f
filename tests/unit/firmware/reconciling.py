"""A store with an urgent study, and all that gives it to an order."""

from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from pydicom import Dataset, dcmread

from firmware.events import Event
from firmware.index.catalogue import Catalogue
from firmware.index.corrections import Corrections
from firmware.index.database import Database, migrate
from firmware.index.fetches import Fetches
from firmware.index.keeping import Keeping
from firmware.index.outbox import Outbox
from firmware.panel_workflow import urgent_order
from firmware.reconciliation import Reconciliation
from firmware.reconciliation_worker import ReconciliationWorker
from firmware.recovery import recover
from firmware.routing import everywhere
from firmware.scrub import Scrub
from firmware.store import Store
from hal.values import Order, Uid
from sim.disk import AllOrNothing, ModelDisk
from tests.fakes import CountingEntropy, FakeClock
from tests.unit.dicom.films import CODED, ORDER, STATION
from tests.unit.firmware.small_films import publish_film

PARIS = ZoneInfo("Europe/Paris")
ROUTE = everywhere("NEAR", "FAR")
STUDY = Uid("2.25.900")
URGENT = urgent_order("URG20261124ABCDEF")


OTHER_STUDY = Uid("2.25.901")


class Killed(BaseException):
    """What no handler of the product's may catch."""


class World:
    def __init__(self, path: Path) -> None:
        self.clock, self.entropy = FakeClock(), CountingEntropy()
        self.disk = ModelDisk()
        self.path = path
        self.events: list[Event] = []
        self.open()
        self.store.prepare()
        migrate(self.database)

    def open(self) -> None:
        """What a process opens at its start."""
        self.database = Database(self.path)
        self.store = Store(self.disk, 0)
        self.catalogue = Catalogue(self.database, self.clock, self.entropy)
        self.outbox = Outbox(self.database, self.clock)
        self.corrections = Corrections(self.database, self.clock)
        self.desk = Reconciliation(
            self.database, self.clock, self.entropy, lambda: (ORDER, CODED), PARIS
        )
        self.worker = ReconciliationWorker(
            store=self.store,
            corrections=self.corrections,
            catalogue=self.catalogue,
            fetches=Fetches(self.database, self.clock),
            scrub=Scrub(
                self.store, Keeping(self.database, self.clock), self.events.append, 30.0, self.clock
            ),
            station=STATION,
            timezone=PARIS,
            route=ROUTE,
            clock=self.clock,
            entropy=self.entropy,
            listener=self.events.append,
        )

    def start_again(self, cut: AllOrNothing | None) -> None:
        """After a kill, or after a power cut that left so much of what was not synced."""
        self.database.close()
        self.disk = self.disk.crash(cut) if cut else self.disk.killed()
        self.open()
        recover(self.store, self.catalogue, Keeping(self.database, self.clock), ROUTE)

    def scan(self, number: int, order: Order = URGENT, study: Uid = STUDY) -> Uid:
        entry, published = publish_film(self.store, order, study, number)
        self.catalogue.record(entry, published, ROUTE, "test")
        return entry.sop_instance_uid

    def work(self, steps_max: int = 50) -> None:
        for _ in range(steps_max):
            if self.worker.step() > 0:
                return
        raise AssertionError("the worker does not come to rest")

    def read(self, uid: str) -> Dataset:
        (row,) = self.database.rows("SELECT path FROM instance WHERE sop_instance_uid = ?", (uid,))
        with self.disk.open(row["path"]) as file:
            return dcmread(BytesIO(file.read()))

    def successors(self) -> dict[str, str]:
        rows = self.database.rows("SELECT instance, successor FROM correction")
        return {row["instance"]: row["successor"] for row in rows}

    def states(self, uid: str) -> dict[str, str]:
        return {one.destination: one.state.value for one in self.outbox.standing(Uid(uid))}

    def send(self, destination: str, count: int = 50) -> tuple[Uid, ...]:
        sent = self.outbox.lease(destination, count)
        for uid in sent:
            self.outbox.accepted(uid, destination)
        return sent
