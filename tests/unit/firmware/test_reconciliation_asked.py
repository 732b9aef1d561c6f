"""What may be asked, what has changed since it was, and what cannot be done now."""

from dataclasses import replace

import pytest
from pydicom import Dataset

from firmware import correcting
from firmware.dicom.corrected import NotCorrectable
from firmware.events import FileDamaged
from firmware.index.reconciliations import Outcome
from firmware.reconciliation_worker import COMES_BACK
from hal.errors import ConfigError, Sentence, StorageFailed
from hal.values import Order, Uid
from tests.unit.dicom.films import CODED, ORDER, PATIENT
from tests.unit.firmware.reconciling import OTHER_STUDY, STUDY, URGENT, World


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


def asked_for_rotten(world: World) -> Uid:
    old = world.scan(1)
    (row,) = world.database.rows("SELECT path, size_bytes FROM instance")
    world.disk.rot(row["path"], row["size_bytes"] - 3)
    world.desk.reconcile(STUDY, ORDER, "Mme Martin")
    world.work()
    return old


def test_a_damaged_original_gives_no_successor(world: World) -> None:
    old = asked_for_rotten(world)
    assert world.states(old) == {"FAR": "queued", "NEAR": "queued"}
    assert [one["sop_instance_uid"] for one in world.database.rows("SELECT * FROM instance")] == [
        old
    ]
    standing = world.desk.standing(STUDY)
    assert standing is not None
    assert old in standing.sentence.fr


def test_a_damaged_original_does_not_wait_for_the_scrub_to_come_by(world: World) -> None:
    """Seed 40053: the scrub's pass took two weeks to it, and the correction waited."""
    old = asked_for_rotten(world)
    (row,) = world.database.rows("SELECT condition FROM instance")
    assert row["condition"] == "damaged"
    assert [e.sop_instance_uid for e in world.events if isinstance(e, FileDamaged)] == [old]
    world.work()
    standing = world.desk.standing(STUDY)
    assert standing is not None
    assert standing.sentence == COMES_BACK.fill(count=1)


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
