"""One image of a study cannot be corrected: the others are, the archives that have their old copies
are told, and what is left can be asked for again."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

from firmware import reconciliation_worker
from firmware.dicom.corrected import NotCorrectable
from firmware.index.fetches import PERSON, Fetches
from firmware.index.keeping import Keeping
from firmware.index.reconciliations import Outcome, Standing
from firmware.keeping import Found
from hal.errors import Sentence
from hal.values import Uid
from tests.unit.dicom.films import ORDER, PATIENT
from tests.unit.firmware.reconciling import STUDY, World
from tests.unit.firmware.test_reconciliation_foreign import OLD_UID, foreign, stored

ACTOR = "Mme Martin"
WRONG = replace(
    ORDER,
    patient=replace(PATIENT, patient_id="F7", name="FAUX^Élodie", birth_date="19700101"),
)
ANOTHER = (
    "INSERT INTO patient (patient_id, issuer, name, birth_date, sex) VALUES ('X', '', 'X', '', '')"
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "index.sqlite3")
    yield made
    made.database.close()


def ask(world: World) -> None:
    world.desk.reconcile(STUDY, ORDER, ACTOR)


def told(world: World) -> Standing:
    standing = world.desk.standing(STUDY)
    assert standing is not None
    return standing


def noted(world: World) -> list[set[str]]:
    """Of each request that made a note: the images that it names."""
    rows = world.database.rows(
        "SELECT note FROM reconciliation JOIN instance ON sop_instance_uid = note ORDER BY id"
    )
    notes = [world.read(row["note"]) for row in rows]
    return [
        {
            image.ReferencedSOPInstanceUID
            for study in note.CurrentRequestedProcedureEvidenceSequence
            for series in study.ReferencedSeriesSequence
            for image in series.ReferencedSOPSequence
        }
        for note in notes
    ]


def note_of(world: World) -> Uid:
    (row,) = world.database.rows("SELECT note FROM reconciliation ORDER BY id DESC LIMIT 1")
    return Uid(row["note"])


def refuse(patched: pytest.MonkeyPatch, uid: Uid) -> None:
    """As if its head could not be written anew."""
    corrected = reconciliation_worker.corrected

    def unreadable(dataset: Dataset, *rest: Any) -> Dataset:
        if dataset.SOPInstanceUID == uid:
            raise NotCorrectable(Sentence("for a moment", "un instant"))
        return corrected(dataset, *rest)

    patched.setattr(reconciliation_worker, "corrected", unreadable)


def test_an_archive_is_told_of_what_was_corrected_before_it_failed(world: World) -> None:
    old = world.scan(1, WRONG)
    stored(world, foreign(DeflatedExplicitVRLittleEndian))
    world.desk.mark(STUDY, ACTOR)
    assert set(world.send("NEAR")) == {old, OLD_UID}
    ask(world)
    world.work()
    standing = told(world)
    assert standing.outcome is Outcome.FAILED
    assert noted(world) == [{old}]
    assert world.states(note_of(world)) == {"NEAR": "queued"}
    assert set(world.successors()) == {old}
    for said in (standing.sentence.en, standing.sentence.fr):
        assert "NEAR" in said
        assert OLD_UID in said
    assert "not corrected: 1. Corrected and queued: 1." in standing.sentence.en
    assert "non rattachées : 1. Rattachées et en file d'envoi : 1." in standing.sentence.fr
    (study,) = world.desk.open_studies()
    assert (study.is_marked, study.image_count) == (True, 1)
    ask(world)
    world.work()
    assert told(world).outcome is Outcome.FAILED
    assert "NEAR" not in told(world).sentence.en, "it was told, and has nothing else to withdraw"
    assert noted(world) == [{old}]


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_asked_again_what_is_left_is_corrected(
    world: World, monkeypatch: pytest.MonkeyPatch, bad: int
) -> None:
    """Whichever it was: the first one holds no other back either."""
    old = [world.scan(number) for number in (1, 2, 3)]
    world.send("NEAR")
    ask(world)
    with monkeypatch.context() as patched:
        refuse(patched, old[bad])
        world.work()
    assert told(world).outcome is Outcome.FAILED
    others = set(old) - {old[bad]}
    assert {row["instance"] for row in superseded(world)} == others
    assert noted(world) == [others]
    ask(world)
    world.work()
    standing = told(world)
    assert standing.outcome is Outcome.DONE
    assert set(world.successors()) == set(old)
    assert noted(world) == [others, {old[bad]}]
    assert "NEAR" in standing.sentence.en
    assert world.desk.open_studies() == ()


def superseded(world: World) -> Any:
    return world.database.rows(
        "SELECT sop_instance_uid AS instance FROM instance WHERE condition = 'superseded'"
    )


def test_a_study_that_became_anothers_half_way(world: World) -> None:
    first, second = world.scan(1), world.scan(2)
    world.send("NEAR")
    ask(world)
    world.worker.step()
    with world.database.transaction() as connection:
        another = connection.execute(ANOTHER).lastrowid
        connection.execute(
            "UPDATE study SET patient = ? WHERE study_instance_uid = ?",
            (another, ORDER.study_instance_uid),
        )
    world.work()
    standing = told(world)
    assert standing.outcome is Outcome.FAILED
    assert "not corrected: 1. Corrected and queued: 1." in standing.sentence.en
    assert "another patient" in standing.sentence.en
    assert noted(world) == [{first}]
    ask(world)
    world.work()
    assert told(world).outcome is Outcome.DONE
    assert noted(world) == [{first}, {second}]


def test_a_request_that_fails_waits_for_the_line_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the archive has the old copy is not known yet."""
    first, second = world.scan(1), world.scan(2)
    assert world.outbox.lease("NEAR", 1) == (first,)
    ask(world)
    refuse(monkeypatch, second)
    world.work()
    assert told(world).outcome is Outcome.UNDER_WAY
    world.outbox.accepted(first, "NEAR")
    world.work()
    assert told(world).outcome is Outcome.FAILED
    assert noted(world) == [{first}]


def test_a_restart_tries_once_more_and_comes_to_the_same_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = world.scan(1), world.scan(2)
    world.send("NEAR")
    ask(world)
    refuse(monkeypatch, second)
    for _ in range(2):
        world.worker.step()
    world.start_again(None)
    world.work()
    assert told(world).outcome is Outcome.FAILED
    assert noted(world) == [{first}]
    assert {row["instance"] for row in superseded(world)} == {first}


def test_a_note_names_nothing_that_was_rejected_and_whose_days_are_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have come to the archive, and nothing is in its place."""
    first, second = world.scan(1), world.scan(2)
    assert world.outbox.lease("NEAR", 2) == (first, second)
    world.outbox.not_delivered(second, "NEAR", "cut")
    ask(world)
    refuse(monkeypatch, second)
    world.work()
    world.database.connection.execute(
        "UPDATE instance SET condition = 'discarded' WHERE sop_instance_uid = ?", (second,)
    )
    world.outbox.accepted(first, "NEAR")
    world.work()
    assert told(world).outcome is Outcome.DONE
    assert noted(world) == [{first}]


def test_what_nobody_would_fetch_any_more_is_asked_for(world: World) -> None:
    """Somebody at a terminal was told no, and that was the last try."""
    old = world.scan(1)
    keeping, fetches = Keeping(world.database, world.clock), Fetches(world.database, world.clock)
    for found in (Found.EVICTION_CHOSEN, Found.FILE_REMOVED):
        keeping.found(old, found)
    fetches.ask(old, PERSON)
    fetches.failed(old, Sentence("no", "non"), None)
    ask(world)
    world.work()
    standing = fetches.standing(old)
    assert standing is not None
    assert standing.due_at == world.clock.now()
