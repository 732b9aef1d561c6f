"""Whoever brings an image that a person rejected or corrected here hears of that, whole."""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from firmware.import_verdicts import Judged, Verdict
from firmware.import_worker import ImportWorker
from firmware.index.examinations import Examinations
from firmware.index.implementations import Implementations
from firmware.index.imports import Imports
from firmware.panel_workflow import Reason
from firmware.store import SPOOL
from hal.values import Uid
from tests.unit.firmware.reconciling import ROUTE
from tests.unit.firmware.test_aside_retention import REJECTED_DAYS, SUPERSEDED_DAYS, Kept, corrected

PARIS = ZoneInfo("Europe/Paris")
ELSEWHERE = "FAR"


class Brought(Kept):
    def scanned(self, number: int) -> Uid:
        """With somebody to look at it, as at the panel."""
        uid = self.scan(number)
        with self.database.transaction() as connection:
            connection.execute(
                "INSERT INTO examination (study_instance_uid, order_json, device, opened_at)"
                " VALUES ('2.25.900', '{}', 'film-scanner', '2026-11-24T10:00:00.000000Z')"
            )
            connection.execute(
                "INSERT INTO looked_at (instance, examination, verdict, at)"
                " VALUES (?, last_insert_rowid(), 'waiting', '2026-11-24T10:00:00.000000Z')",
                (uid,),
            )
        return uid

    def bytes_of(self, uid: Uid) -> bytes:
        (row,) = self.database.rows("SELECT path FROM instance WHERE sop_instance_uid = ?", (uid,))
        with self.disk.open(row["path"]) as file:
            return file.read()

    def reject(self, uid: Uid) -> None:
        Examinations(self.database, self.clock).reject(uid, Reason.MOTION.value)
        self.store.reject(uid)

    def bring(self, data: bytes, to: str = "") -> Judged:
        imports = Imports(self.database, self.clock)
        number = imports.begin(f"{SPOOL}/one.dcm", "/media/cd/one.dcm", to, "martin")
        with self.disk.create(f"{SPOOL}/one.dcm") as file:
            file.write(data)
            file.sync()
        imports.ready(number, self.store.measure(f"{SPOOL}/one.dcm"))
        worker = ImportWorker(
            self.store,
            self.catalogue,
            imports,
            Implementations(self.database),
            ROUTE,
            self.events.append,
            PARIS,
        )
        assert worker.step() == 0.0
        told = imports.judgement(number)
        assert told is not None
        return told


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Brought]:
    made = Brought(tmp_path / "index.sqlite3")
    yield made
    made.database.close()


@pytest.mark.parametrize("to", ["", ELSEWHERE])
@pytest.mark.parametrize("days", [0.0, REJECTED_DAYS + 1], ids=["kept aside", "discarded"])
def test_a_rejected_image_is_said_to_be_one_and_goes_nowhere(
    world: Brought, days: float, to: str
) -> None:
    uid = world.scanned(1)
    data, day = world.bytes_of(uid), f"{world.clock.now().astimezone(PARIS):%d/%m/%Y}"
    world.reject(uid)
    world.days_pass(days)
    told = world.bring(data, to)
    assert (told.verdict, told.is_good, told.uid) == (Verdict.REJECTED_BEFORE, False, uid)
    assert day in told.sentence.en
    assert day in told.sentence.fr
    assert "motion" in told.sentence.en
    assert "bougé" in told.sentence.fr
    assert set(world.states(uid).values()) == {"withdrawn"}


@pytest.mark.parametrize("days", [0.0, SUPERSEDED_DAYS + 1], ids=["kept aside", "discarded"])
def test_a_corrected_image_names_what_is_in_its_place(world: Brought, days: float) -> None:
    old, new = corrected(world)
    data = world.bytes_of(old)
    for destination in ("NEAR", "FAR"):
        world.commit(destination)
    world.days_pass(days)
    told = world.bring(data)
    assert told.verdict is Verdict.CORRECTED_BEFORE
    assert new in told.sentence.en
    assert new in told.sentence.fr


def test_what_is_here_is_already_there(world: Brought) -> None:
    uid = world.scanned(1)
    told = world.bring(world.bytes_of(uid), ELSEWHERE)
    assert (told.verdict, told.is_good) == (Verdict.ALREADY_THERE, True)
