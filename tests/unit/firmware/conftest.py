"""An index on disk, with instances that were never scanned; and a room with a cassette reader."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.index.catalogue import Catalogue
from firmware.index.database import Database, migrate
from firmware.index.entry import Entry
from firmware.index.outbox import Outbox
from firmware.routing import everywhere
from firmware.store import PublishedFile
from hal.values import Order, Patient, Priority, Uid
from sim.cassette_reader_device import CassetteReaderDevice
from tests.fakes import CountingEntropy, FakeClock
from tests.plate_kit import PLATE, Room
from tests.unit.firmware.panel_front import Front
from tests.unit.firmware.reconciling import World

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
        entry = Entry(
            patient_id=order.patient.patient_id,
            issuer=order.patient.issuer.local,
            name=order.patient.name,
            birth_date=order.patient.birth_date,
            sex=order.patient.sex,
            study_instance_uid=place.study_instance_uid,
            accession_number=order.accession_number,
            description=order.requested_procedure_description,
            urgent=order.priority is Priority.URGENT,
            series_instance_uid=place.series_instance_uid,
            series_number=place.series_number,
            modality="RG",
            sop_instance_uid=place.sop_instance_uid,
            sop_class_uid=SOP_CLASS,
            transfer_syntax_uid=Uid("1.2.840.10008.1.2.1"),
            instance_number=place.instance_number,
            rows=2,
            columns=3,
            created_at=self.clock.now(),
        )
        path = f"instances/00/{place.sop_instance_uid}.dcm"
        published = PublishedFile(path, size_bytes=12, sha256="00" * 32)
        self.catalogue.record(entry, published, everywhere(*destinations), "test")
        return place.sop_instance_uid

    def state(self, uid: Uid) -> str:
        (standing,) = self.outbox.standing(uid)
        return standing.state.value


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    made = Index(tmp_path / "index.sqlite3")
    yield made
    made.database.close()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path, CassetteReaderDevice(PLATE)).open()
    yield made
    made.close()


@pytest.fixture
def front() -> Front:
    return Front()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An urgent study, and all that gives it to an order."""
    made = World(tmp_path / "index.sqlite3")
    yield made
    made.database.close()
