"""An urgent study gets its order: what the new images say, what becomes of the old ones."""

from dataclasses import replace

from firmware.dicom.film import film_dataset
from firmware.index.order_json import from_json, to_json
from firmware.index.reconciliations import Outcome
from firmware.store import superseded_path
from hal.values import Priority
from tests.unit.dicom.films import CODED, ORDER, PATIENT, film_image
from tests.unit.firmware.reconciling import STUDY, URGENT, World
from tests.unit.firmware.small_films import PIXELS


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
