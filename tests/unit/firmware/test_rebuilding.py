"""An index made again from the files: what was put aside stays aside, and what was corrected so."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from firmware.dicom.entry_reader import entry_of
from firmware.dicom.part10 import part10_header
from firmware.events import Recovered
from firmware.index.database import Database, migrate
from firmware.index.examinations import Examinations
from firmware.index.found_again import FoundAgain
from firmware.index.keeping import Keeping
from firmware.index.reconciliations import Outcome
from firmware.rebuilding import Rebuilding
from firmware.recovery import recover
from firmware.store import path_of, rejected_path, superseded_path
from hal.values import Uid
from tests.unit.dicom.films import ORDER, PATIENT, STATION
from tests.unit.firmware.reconciling import ROUTE, STUDY, World
from tests.unit.firmware.small_films import PIXELS

ROWS = (
    "SELECT patient_id, issuer, name, birth_date, sex, study.*, series.*, instance.*"
    " FROM instance JOIN series ON series_instance_uid = series"
    " JOIN study ON study_instance_uid = study JOIN patient ON patient.id = study.patient"
    " ORDER BY sop_instance_uid"
)
LINKS = "SELECT instance, successor, series, series_number FROM correction ORDER BY instance"


class Rebuilt(World):
    def lose_index(self) -> None:
        self.database.close()
        self.path = self.path.with_suffix(".again")
        self.database = Database(self.path)
        migrate(self.database)
        self.open()

    def start(self) -> Recovered:
        return recover(self.store, self.catalogue, Keeping(self.database, self.clock), ROUTE)

    def rebuild(self) -> Rebuilding:
        self.lose_index()
        found = FoundAgain(self.database, self.clock, self.entropy)
        rebuilding = Rebuilding(self.store, self.catalogue, found, ROUTE)
        rebuilding.rebuild([*self.store.published(), *self.store.put_aside()])
        return rebuilding

    def rows(self, question: str = ROWS) -> list[dict[str, Any]]:
        rows = [dict(row) for row in self.database.rows(question)]
        for row in rows:
            row.pop("patient", None)  # a row number
            row.pop("verified_at", None)  # when this index last read the file
        return rows

    def reject(self, uid: Uid) -> None:
        assert Examinations(self.database, self.clock).reject(uid, "motion")
        self.store.reject(uid)

    def reconcile(self, study: Uid = STUDY) -> None:
        self.desk.reconcile(study, ORDER, "Mme Martin")
        self.work()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Rebuilt]:
    made = Rebuilt(tmp_path / "index.sqlite3")
    yield made
    made.database.close()


def test_a_rejected_image_is_rejected_still_and_never_queued(world: Rebuilt) -> None:
    kept, rejected = world.scan(1), world.scan(2)
    world.reject(rejected)
    before = world.rows()
    counted = world.rebuild()
    assert (counted.indexed, counted.aside, counted.quarantined) == (1, 1, 0)
    assert world.rows() == before
    assert world.states(rejected) == {}
    assert world.states(kept) == {"FAR": "queued", "NEAR": "queued"}


def test_a_start_without_an_index_knows_what_was_put_aside(world: Rebuilt) -> None:
    kept, rejected, corrected = world.scan(1), world.scan(2), world.scan(3)
    world.reject(rejected)
    world.reconcile()
    successor = Uid(world.successors()[corrected])
    world.lose_index()
    found = world.start()
    assert set(found.put_aside) == {kept, rejected, corrected}
    assert set(found.adopted) == {*world.send("NEAR")} >= {successor}
    assert [world.states(uid) for uid in (kept, rejected, corrected)] == [{}, {}, {}]
    assert world.start() == Recovered(), "once"


def test_what_the_index_knows_under_its_old_name_is_left_alone(world: Rebuilt) -> None:
    """An older index was put back: its row says more than the file's name."""
    uid = world.scan(1)
    world.disk.rename(path_of(uid), rejected_path(uid))
    assert world.start() == Recovered(missing=(uid,))


def test_a_corrected_study_stays_corrected(world: Rebuilt) -> None:
    old = [world.scan(1), world.scan(2)]
    world.reconcile()
    before, links = world.rows(), world.rows(LINKS)
    counted = world.rebuild()
    assert (counted.indexed, counted.aside) == (2, 2)
    assert world.rows() == before
    assert world.rows(LINKS) == links
    assert world.desk.open_studies() == ()
    standing = world.desk.standing(STUDY)
    assert standing is not None
    assert (standing.outcome, standing.corrected_count) == (Outcome.DONE, 2)
    assert standing.order.patient.patient_id == PATIENT.patient_id
    assert set(world.send("NEAR")) == set(world.successors().values()), "old ones go nowhere"
    assert [world.states(uid) for uid in old] == [{}, {}]
    world.work()
    assert world.rows() == before, "nothing is corrected a second time"


def test_corrected_twice_it_is_a_chain(world: Rebuilt) -> None:
    first = world.scan(1)
    world.reconcile()
    second = world.successors()[first]
    other = replace(ORDER, patient=replace(PATIENT, patient_id="P2"), study_instance_uid=Uid(""))
    world.desk.reconcile(Uid(world.read(second).StudyInstanceUID), other, "Mme Martin")
    world.work()
    before, links = world.rows(), world.rows(LINKS)
    assert len(links) == 2
    world.rebuild()
    assert (world.rows(), world.rows(LINKS)) == (before, links)


def test_one_that_had_not_been_put_aside_yet_is_superseded_by_its_pixels(world: Rebuilt) -> None:
    old = world.scan(1)
    world.reconcile()
    before = world.rows()
    world.disk.rename(superseded_path(old), path_of(old))
    world.rebuild()
    assert world.rows() == before
    assert world.disk.size_bytes(superseded_path(old)) is not None
    assert set(world.states(old).values()) == {"withdrawn"}
    assert world.send("NEAR") == (Uid(world.successors()[old]),)


def test_an_image_that_names_ours_but_shows_something_else_takes_no_place(world: Rebuilt) -> None:
    old = world.scan(1)
    world.reconcile()
    successor = Uid(world.successors()[old])
    dataset = world.read(successor)
    del dataset.PixelData
    header = part10_header(dataset, len(PIXELS), STATION.ae_title)
    world.store.remove(path_of(successor))
    with world.store.incoming(successor, len(header.data) + len(PIXELS)) as file:
        file.write(header.data)
        file.write(PIXELS[::-1])
        file.publish()
    assert entry_of(dataset, header.transfer_syntax_uid).replaces == old
    world.disk.rename(superseded_path(old), path_of(old))
    world.rebuild()
    assert world.successors() == {}
    assert set(world.send("NEAR")) == {old, successor}


def test_under_another_name_it_is_kept_aside(world: Rebuilt) -> None:
    rejected = world.scan(1)
    world.reject(rejected)
    world.disk.rename(rejected_path(rejected), rejected_path(Uid("2.25.5")))
    counted = world.rebuild()
    assert (counted.indexed, counted.aside, counted.quarantined) == (0, 0, 1)
