"""An urgent study gets its order: what the new images say, what becomes of the old ones, and that
the worker may be killed anywhere."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from sqlite3 import Connection
from zoneinfo import ZoneInfo

import pytest
from pydicom import Dataset, dcmread

from firmware import correcting
from firmware.dicom.corrected import NotCorrectable
from firmware.dicom.entry_reader import entry_of
from firmware.dicom.film import film_dataset
from firmware.dicom.part10 import part10_header
from firmware.events import Event
from firmware.index.catalogue import Catalogue
from firmware.index.corrections import Corrections
from firmware.index.database import Database, migrate
from firmware.index.fetches import Fetches
from firmware.index.keeping import Keeping
from firmware.index.order_json import from_json, to_json
from firmware.index.outbox import Outbox
from firmware.index.reconciliations import Outcome
from firmware.panel_workflow import urgent_order
from firmware.reconciliation import Reconciliation
from firmware.reconciliation_worker import ReconciliationWorker
from firmware.recovery import recover
from firmware.routing import everywhere
from firmware.store import Store, superseded_path
from hal.errors import ConfigError, Sentence, StorageFailed
from hal.values import Order, Priority, Uid
from sim.disk import AllOrNothing, ModelDisk
from tests.fakes import CountingEntropy, FakeClock
from tests.unit.dicom.films import CODED, ORDER, PATIENT, STATION, film_image

PARIS = ZoneInfo("Europe/Paris")
ROUTE = everywhere("NEAR", "FAR")
STUDY = Uid("2.25.900")
URGENT = urgent_order("URG20261124ABCDEF")
PIXELS = bytes(range(70))


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
        image = film_image(
            order,
            study_instance_uid=study,
            series_instance_uid=Uid(f"{study}.1"),
            sop_instance_uid=Uid(f"{study}.1.{number}"),
            instance_number=number,
        )
        dataset = film_dataset(image)
        header = part10_header(dataset, len(PIXELS), STATION.ae_title)
        with self.store.incoming(image.sop_instance_uid, len(header.data) + len(PIXELS)) as file:
            file.write(header.data)
            file.write(PIXELS)
            published = file.publish()
        entry = entry_of(dataset, header.transfer_syntax_uid)
        self.catalogue.record(entry, published, ROUTE, "test")
        return image.sop_instance_uid

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


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "index.sqlite3")
    yield made
    made.database.close()


def test_an_order_comes_back_whole_from_its_text() -> None:
    for order in (ORDER, CODED, URGENT, replace(ORDER, priority=Priority.URGENT)):
        assert from_json(to_json(order)) == order


def test_a_corrected_image_says_what_one_scanned_under_the_order_says(world: World) -> None:
    old = world.scan(1)
    (study,) = world.desk.open_studies()
    assert (study.study_instance_uid, study.image_count, study.is_provisional) == (STUDY, 1, True)
    world.desk.reconcile(STUDY, CODED, "Mme Martin")
    world.work()
    new = world.read(world.successors()[old])
    scanned = film_dataset(film_image(CODED))
    of_the_instance = {
        *("SOPInstanceUID", "SeriesInstanceUID", "SeriesNumber", "InstanceCreationDate"),
        *("InstanceCreationTime", "OriginalAttributesSequence", "ContributingEquipmentSequence"),
        "PixelData",
    }
    private = {element.tag for element in new if element.tag.is_private}
    said = {e.keyword: e for e in new if e.tag not in private and e.keyword not in of_the_instance}
    expected = {
        e.keyword: e for e in scanned if not e.tag.is_private and e.keyword not in of_the_instance
    }
    assert said == expected
    assert new.PixelData == PIXELS
    assert world.desk.open_studies() == ()
    standing = world.desk.standing(STUDY)
    assert standing is not None
    assert standing.outcome is Outcome.DONE
    assert (standing.corrected_count, standing.image_count) == (1, 1)


def test_original_attributes_say_who_it_was(world: World) -> None:
    old = world.scan(1)
    world.desk.reconcile(STUDY, ORDER, "Mme Martin")
    world.work()
    new = world.read(world.successors()[old])
    (item,) = new.OriginalAttributesSequence
    (was,) = item.ModifiedAttributesSequence
    assert (was.PatientID, was.PatientName) == ("URG20261124ABCDEF", "INCONNU^URGENCE")
    assert (was.SOPInstanceUID, was.StudyInstanceUID) == (old, STUDY)
    assert item.ReasonForTheAttributeModification == "COERCE"
    assert item.ModifyingSystem == "FILM1"
    assert item.SourceOfPreviousValues == "FILM1"
    assert (
        new.ContributingEquipmentSequence[0].PurposeOfReferenceCodeSequence[0].CodeValue == "FILMD"
    )


def test_another_patients_image_is_corrected_too_and_says_so(world: World) -> None:
    wrong = replace(ORDER, patient=replace(PATIENT, patient_id="OTHER", name="AUTRE^Personne"))
    old = world.scan(1, wrong)
    assert world.desk.open_studies() == ()
    world.desk.mark(STUDY, "Mme Martin")
    (study,) = world.desk.open_studies()
    assert study.is_marked
    world.desk.reconcile(STUDY, ORDER, "Mme Martin")
    world.work()
    new = world.read(world.successors()[old])
    assert new.PatientID == PATIENT.patient_id
    item = new.OriginalAttributesSequence[0]
    assert item.ReasonForTheAttributeModification == "CORRECT"
    assert item.ModifiedAttributesSequence[0].PatientID == "OTHER"
    assert world.desk.open_studies() == ()


def test_a_mark_stays_for_what_came_after_the_request(world: World) -> None:
    """It is under the wrong patient too, and no other list has it."""
    wrong = replace(ORDER, patient=replace(PATIENT, patient_id="OTHER", name="AUTRE^Personne"))
    world.scan(1, wrong)
    world.desk.mark(STUDY, "Mme Martin")
    world.desk.reconcile(STUDY, ORDER, "Mme Martin")
    later = world.scan(2, wrong)
    world.work()
    standing = world.desk.standing(STUDY)
    assert standing is not None
    assert standing.outcome is Outcome.DONE
    (study,) = world.desk.open_studies()
    assert (study.study_instance_uid, study.is_marked, study.image_count) == (STUDY, True, 1)
    world.desk.reconcile(STUDY, ORDER, "Mme Martin", (later,))
    world.work()
    assert world.desk.open_studies() == ()
    assert not world.database.rows("SELECT 1 FROM marked_wrong")


def test_ins_is_kept_and_is_not_left_behind(world: World) -> None:
    """INS of the order's patient comes; that of the one it was wrongly filed under goes."""
    old = world.scan(1)
    world.desk.reconcile(STUDY, ORDER, "Mme Martin")
    world.work()
    new_uid = world.successors()[old]
    (ins,) = world.read(new_uid).OtherPatientIDsSequence
    assert ins.PatientID == "255069912345678"
    qualifiers = ins.IssuerOfPatientIDQualifiersSequence[0]
    assert qualifiers.UniversalEntityID == "1.2.250.1.213.1.4.10"
    other = replace(ORDER, patient=replace(PATIENT, patient_id="P2", other_ids=()))
    study = world.read(new_uid).StudyInstanceUID
    world.desk.reconcile(study, other, "Mme Martin")
    world.work()
    newest = world.read(world.successors()[new_uid])
    assert "OtherPatientIDsSequence" not in newest
    assert len(newest.OriginalAttributesSequence) == 2
    was = newest.OriginalAttributesSequence[1].ModifiedAttributesSequence[0]
    assert was.OtherPatientIDsSequence[0].PatientID == "255069912345678"


def test_what_was_not_sent_is_withdrawn_and_no_archive_is_told(world: World) -> None:
    old = world.scan(1)
    world.desk.reconcile(STUDY, ORDER, "Mme Martin")
    world.work()
    assert world.states(old) == {"FAR": "withdrawn", "NEAR": "withdrawn"}
    assert world.states(world.successors()[old]) == {"FAR": "queued", "NEAR": "queued"}
    assert world.disk.size_bytes(superseded_path(old)) is not None
    assert not world.database.rows("SELECT 1 FROM instance WHERE sop_class_uid LIKE '%88.59'")
    assert old not in world.send("NEAR")


def test_an_archive_that_has_the_old_ones_gets_a_rejection_note(world: World) -> None:
    old = [world.scan(1), world.scan(2)]
    assert set(world.send("NEAR")) == set(old)
    world.desk.reconcile(STUDY, ORDER, "Mme Martin")
    world.work()
    (row,) = world.database.rows("SELECT note FROM reconciliation")
    assert world.states(row["note"]) == {"NEAR": "queued"}
    note = world.read(row["note"])
    assert note.ConceptNameCodeSequence[0].CodeValue == "113038"
    assert (note.StudyInstanceUID, note.PatientID) == (STUDY, URGENT.patient.patient_id)
    evidence = note.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
    assert [one.ReferencedSOPInstanceUID for one in evidence[0].ReferencedSOPSequence] == old
    assert world.states(old[0]) == {"FAR": "withdrawn", "NEAR": "sent"}
    standing = world.desk.standing(STUDY)
    assert standing is not None
    assert "NEAR" in standing.sentence.fr


def test_what_is_on_the_line_is_waited_for(world: World) -> None:
    old = world.scan(1)
    world.outbox.lease("NEAR", 1)
    world.desk.reconcile(STUDY, ORDER, "Mme Martin")
    world.work()
    standing = world.desk.standing(STUDY)
    assert standing is not None
    assert standing.outcome is Outcome.UNDER_WAY
    world.outbox.not_delivered(old, "NEAR", "cut")
    world.work()
    assert world.states(old) == {"FAR": "withdrawn", "NEAR": "withdrawn"}
    (row,) = world.database.rows("SELECT note FROM reconciliation")
    assert world.states(row["note"]) == {"NEAR": "queued"}  # whether it came, nobody knows


def test_what_was_rejected_stays_where_it_is(world: World) -> None:
    kept, rejected = world.scan(1), world.scan(2)
    with world.database.transaction() as connection:
        connection.execute(
            "UPDATE instance SET condition = 'rejected' WHERE sop_instance_uid = ?", (rejected,)
        )
    assert world.desk.open_studies()[0].image_count == 1
    world.desk.reconcile(STUDY, ORDER, "Mme Martin")
    world.work()
    assert set(world.successors()) == {kept}
    standing = world.desk.standing(STUDY)
    assert standing is not None
    assert standing.outcome is Outcome.DONE


def test_the_likeliest_order_is_proposed_first_and_none_left_out(world: World) -> None:
    world.scan(1)
    today = f"{world.read(f'{STUDY}.1.1').StudyDate}"
    far = replace(ORDER, accession_number="FAR", scheduled_date="20200101", modality="RG")
    other = replace(ORDER, accession_number="CT", scheduled_date=today, modality="CT")
    best = replace(ORDER, accession_number="RG", scheduled_date=today, modality="RG")
    world.desk.orders = lambda: (far, other, best)
    assert world.desk.propose(STUDY) == (best, other, far)


@pytest.mark.parametrize(
    "order",
    [
        replace(ORDER, patient=replace(PATIENT, patient_id="")),
        replace(ORDER, patient=replace(PATIENT, name="^")),
        replace(ORDER, accession_number="A" * 17),
        URGENT,
    ],
    ids=["no number", "no name", "a number that does not fit", "the one it is under"],
)
def test_what_cannot_be_asked(world: World, order: Order) -> None:
    world.scan(1)
    with pytest.raises(ConfigError):
        world.desk.reconcile(STUDY, order, "Mme Martin")
    with pytest.raises(ConfigError):
        world.desk.reconcile(Uid("1.2.3"), ORDER, "Mme Martin")
    assert not world.database.rows("SELECT 1 FROM reconciliation")


def test_what_comes_after_the_request_stays_with_whom_it_was_confirmed_for(world: World) -> None:
    seen = world.scan(1)
    world.desk.reconcile(STUDY, ORDER, "Mme Martin", (seen,))
    later = world.scan(2)
    world.work()
    assert set(world.successors()) == {seen}
    assert world.read(later).PatientID == URGENT.patient.patient_id
    assert world.states(later) == {"FAR": "queued", "NEAR": "queued"}
    standing = world.desk.standing(STUDY)
    assert standing is not None
    assert standing.outcome is Outcome.DONE
    assert [one.image_count for one in world.desk.open_studies()] == [1]


def test_a_study_that_changed_since_it_was_shown_is_not_corrected(world: World) -> None:
    shown = (world.scan(1),)
    world.scan(2)
    with pytest.raises(ConfigError):
        world.desk.reconcile(STUDY, ORDER, "Mme Martin", shown)
    assert not world.database.rows("SELECT 1 FROM reconciliation")


def test_a_study_that_became_anothers_meanwhile_is_not_joined(world: World) -> None:
    """A worklist that gives two patients one Study Instance UID must not make them one."""
    other = replace(ORDER, patient=replace(PATIENT, patient_id="OTHER", name="AUTRE^A"))
    old = world.scan(1)
    world.desk.reconcile(STUDY, ORDER, "Mme Martin")
    theirs = world.scan(1, other, ORDER.study_instance_uid)
    world.work()
    standing = world.desk.standing(STUDY)
    assert standing is not None
    assert standing.outcome is Outcome.FAILED
    assert world.successors() == {}
    world.desk.reconcile(STUDY, ORDER, "Mme Martin")
    world.work()
    new = world.read(world.successors()[old])
    assert new.StudyInstanceUID not in (STUDY, world.read(theirs).StudyInstanceUID)
    assert new.PatientID == PATIENT.patient_id


def test_a_request_that_failed_leaves_nothing_to_the_next_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or its series would be in two studies, of two patients."""
    first, second = world.scan(1), world.scan(2)
    world.desk.reconcile(STUDY, ORDER, "Mme Martin")
    world.worker.step()

    def unreadable(*_: object) -> Dataset:
        raise NotCorrectable(Sentence("for a moment", "un instant"))

    with monkeypatch.context() as patched:
        patched.setattr("firmware.reconciliation_worker.corrected", unreadable)
        world.work()
    other = replace(CODED, patient=replace(CODED.patient, patient_id="OTHER", name="AUTRE^A"))
    other = replace(other, study_instance_uid=Uid("2.25.902"), accession_number="A-OTHER")
    world.desk.reconcile(STUDY, other, "Mme Martin")
    world.work()
    ones, others = (world.read(world.successors()[uid]) for uid in (first, second))
    assert (ones.PatientID, others.PatientID) == (PATIENT.patient_id, "OTHER")
    assert ones.SeriesInstanceUID != others.SeriesInstanceUID
    assert ones.StudyInstanceUID != others.StudyInstanceUID
    owner = world.database.rows(
        "SELECT patient_id FROM instance JOIN series ON series_instance_uid = series"
        " JOIN study ON study_instance_uid = study JOIN patient ON patient.id = study.patient"
        " WHERE sop_instance_uid = ?",
        (others.SOPInstanceUID,),
    )
    assert owner[0]["patient_id"] == "OTHER"


def test_a_read_error_that_passes_fails_no_correction(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = world.scan(1)
    world.desk.reconcile(STUDY, ORDER, "Mme Martin")

    def failing(*_: object, **__: object) -> Dataset:
        raise StorageFailed(Sentence("EIO", "EIO"))

    with monkeypatch.context() as patched:
        patched.setattr(correcting, "dcmread", failing)
        with pytest.raises(StorageFailed):
            world.work()
    world.work()
    assert old in world.successors()
    standing = world.desk.standing(STUDY)
    assert standing is not None
    assert standing.outcome is Outcome.DONE


def test_a_damaged_original_gives_no_successor(world: World) -> None:
    old = world.scan(1)
    (row,) = world.database.rows("SELECT path, size_bytes FROM instance")
    world.disk.rot(row["path"], row["size_bytes"] - 3)
    world.desk.reconcile(STUDY, ORDER, "Mme Martin")
    world.work()
    assert world.states(old) == {"FAR": "queued", "NEAR": "queued"}
    assert [one["sop_instance_uid"] for one in world.database.rows("SELECT * FROM instance")] == [
        old
    ]
    standing = world.desk.standing(STUDY)
    assert standing is not None
    assert old in standing.sentence.fr


def test_a_study_that_waits_holds_no_other_back(world: World) -> None:
    damaged, good = world.scan(1), world.scan(1, study=OTHER_STUDY)
    (row,) = world.database.rows(
        "SELECT path, size_bytes FROM instance WHERE sop_instance_uid = ?", (damaged,)
    )
    world.disk.rot(row["path"], row["size_bytes"] - 3)
    for study in (STUDY, OTHER_STUDY):
        world.desk.reconcile(study, replace(ORDER, study_instance_uid=Uid("")), "Mme Martin")
    for _ in range(5):
        world.worker.step()
    standing = world.desk.standing(OTHER_STUDY)
    assert standing is not None
    assert standing.outcome is Outcome.DONE
    assert world.desk.standing(STUDY) != standing
    assert good in world.successors()


@pytest.mark.parametrize(
    ("lives", "cut"),
    [(1, None), (3, None), (1, AllOrNothing(False)), (1, AllOrNothing(True))],
    ids=["killed", "killed again and again", "power cut", "power cut, all survived"],
)
def test_ended_at_each_of_its_effects_it_ends_the_same(
    tmp_path: Path, lives: int, cut: AllOrNothing | None
) -> None:
    """By a kill or a power cut, `lives` times at the same effect: going on is interrupted too."""
    came_to_its_end, effect = False, 0
    while not came_to_its_end:
        world = World(tmp_path / f"{effect}.sqlite3")
        old = ask_for_two(world)
        came_to_its_end = ended_at(world, effect)
        for _ in range(lives - 1):
            world.start_again(cut)
            ended_at(world, effect)
        world.start_again(cut)
        world.work()
        check_end(world, old)
        world.database.close()
        effect += 1
    assert effect > 20


def ended_at(world: World, effect: int) -> bool:
    """One life that ends before its effect of this number; True: it came to its end."""
    count = 0

    def before(_: tuple[str, str]) -> None:
        nonlocal count
        count += 1
        if count > effect:
            raise Killed

    world.disk.before = before
    try:
        world.work()
    except Killed:
        return False
    finally:
        world.disk.before = lambda _: None
    return True


def test_ended_before_each_of_its_transactions_it_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the transaction had never been; the files of before it are there."""
    came_to_its_end, left = False, 0
    while not came_to_its_end:
        world = World(tmp_path / f"{left}.sqlite3")
        old = ask_for_two(world)
        with monkeypatch.context() as patched:
            patched.setattr(world.database, "transaction", last_of(world.database, left))
            try:
                world.work()
                came_to_its_end = True
            except Killed:
                pass
        world.start_again(None)
        world.work()
        check_end(world, old)
        world.database.close()
        left += 1
    assert left > 5


def last_of(database: Database, count: int) -> Callable[[], AbstractContextManager[Connection]]:
    transaction, begun = database.transaction, 0

    def counted() -> AbstractContextManager[Connection]:
        nonlocal begun
        begun += 1
        if begun > count:
            raise Killed
        return transaction()

    return counted


def ask_for_two(world: World) -> list[Uid]:
    old = [world.scan(1), world.scan(2)]
    world.send("NEAR")
    world.desk.reconcile(STUDY, ORDER, "Mme Martin")
    return old


def check_end(world: World, old: list[Uid]) -> None:
    successors = world.successors()
    assert set(successors) == set(old)
    for uid in old:
        new = world.read(successors[uid])
        assert new.PatientID == PATIENT.patient_id
        assert new.PixelData == PIXELS == world.read(uid).PixelData
        assert world.states(uid) == {"FAR": "withdrawn", "NEAR": "sent"}
        assert world.states(successors[uid]) == {"FAR": "queued", "NEAR": "queued"}
        assert world.disk.size_bytes(superseded_path(uid)) is not None
    rows = world.database.rows("SELECT path, size_bytes, sha256, condition FROM instance")
    assert len(rows) == 2 * len(old) + 1  # the note
    for row in rows:
        with world.disk.open(row["path"]) as file:
            assert hashlib.sha256(file.read()).hexdigest() == row["sha256"]
    assert sorted(row["condition"] for row in rows) == ["good"] * 3 + ["superseded"] * 2
    (note,) = world.database.rows("SELECT note FROM reconciliation WHERE ended_at IS NOT NULL")
    assert world.states(note["note"])["NEAR"] == "queued"
