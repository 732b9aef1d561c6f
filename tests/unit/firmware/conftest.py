"""An index on disk, with instances that were never scanned."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.index.catalogue import Catalogue, StoredInstance
from firmware.index.database import Database, migrate
from firmware.index.outbox import Outbox
from hal.values import Order, Patient, Uid
from tests.fakes import CountingEntropy, FakeClock

SOP_CLASS = Uid("1.2.840.10008.5.1.4.1.1.7.3")
ORDER = Order(Patient("100042", "EXEMPLE^Éléonore"), accession_number="A1")


class Index:
    def __init__(self, path: Path) -> None:
        self.clock = FakeClock()
        self.database = Database(path)
        migrate(self.database)
        self.catalogue = Catalogue(self.database, self.clock, CountingEntropy())
        self.outbox = Outbox(self.database, self.clock)

    def add(self, order: Order = ORDER, destinations: tuple[str, ...] = ("ARCHIVE",)) -> Uid:
        place = self.catalogue.reserve("film-scanner", order, "RG")
        stored = StoredInstance(
            reservation=place,
            sop_class_uid=SOP_CLASS,
            transfer_syntax_uid=Uid("1.2.840.10008.1.2.1"),
            modality="RG",
            rows=2,
            columns=3,
            path=f"instances/00/{place.sop_instance_uid}.dcm",
            size_bytes=12,
            sha256="00" * 32,
        )
        self.catalogue.record("film-scanner", order, stored, destinations, "test")
        return place.sop_instance_uid

    def state(self, uid: Uid) -> str:
        (standing,) = self.outbox.standing(uid)
        return standing.state.value


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    made = Index(tmp_path / "index.sqlite3")
    yield made
    made.database.close()
