"""A look at an image that the desk has corrected meanwhile: what the panel decides of the instance
that it knows holds for the one in its place, and what it is told is true of both."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from firmware.correcting import Corrected, Correcting
from firmware.events import Rejected
from firmware.index.corrections import Corrections
from firmware.index.database import stamp
from firmware.index.examinations import Examinations
from firmware.index.outbox import BACKOFF_LAST_S
from firmware.index.reconciliations import Outcome, Standing
from firmware.looks_worker import LOOK_AGAIN_STEPS, LooksWorker
from firmware.panel_told import rejected
from firmware.panel_worker import LookOrdered
from firmware.panel_workflow import Action, Reason
from firmware.store import path_of, rejected_path
from hal.values import Uid
from sim.disk import AllOrNothing
from tests.unit.dicom.films import ORDER, PATIENT
from tests.unit.firmware.reconciling import STUDY, Killed, World
from tests.unit.firmware.test_examinations import TIMES, Looks

ACTOR = "Mme Martin"
WRONG = replace(ORDER, patient=replace(PATIENT, patient_id="OTHER", name="AUTRE^Personne"))
RIGHTS = replace(ORDER, patient=replace(PATIENT, patient_id="P3", name="TROISIEME^Personne"))
NOWHERE = {"FAR": "withdrawn", "NEAR": "withdrawn"}
QUEUED = {"FAR": "queued", "NEAR": "queued"}


class Room(World):
    """With a panel."""

    def open(self) -> None:
        super().open()
        self.examinations = Examinations(self.database, self.clock)
        self.panel = LooksWorker(Looks(), self.examinations, self.store, TIMES, self.events.append)

    def scan_at_panel(self, number: int) -> Uid:
        uid = self.scan(number, WRONG)
        with self.database.transaction() as connection:
            row = connection.execute("SELECT max(id) AS id FROM examination").fetchone()
            if row["id"] is None:
                now = stamp(self.clock.now())
                connection.execute(
                    "INSERT INTO examination (id, study_instance_uid, order_json, device,"
                    " opened_at) VALUES (1, ?, '{}', 'film-scanner', ?)",
                    (STUDY, now),
                )
            connection.execute(
                "INSERT INTO looked_at (instance, examination, verdict, at)"
                " VALUES (?, 1, 'waiting', ?)",
                (uid, stamp(self.clock.now())),
            )
        return uid

    def look(self, action: Action, uid: Uid, reason: Reason | None = None) -> None:
        self.panel.looks.put(LookOrdered(action, uid, reason))
        self.panel.step()

    def reject(self, uid: Uid) -> Rejected:
        self.look(Action.REJECT, uid, Reason.MOTION)
        return self.said[-1]

    def ask(self, study: Uid = STUDY, order: Any = ORDER) -> None:
        self.desk.reconcile(study, order, ACTOR)

    def corrected(self, uid: Uid) -> Uid:
        self.ask()
        self.work()
        return Uid(self.successors()[uid])

    def lease(self, destination: str) -> tuple[Uid, ...]:
        self.clock.sleep(BACKOFF_LAST_S)
        return self.outbox.lease(destination, 50)

    def condition(self, uid: Uid) -> str:
        (row,) = self.database.rows(
            "SELECT condition FROM instance WHERE sop_instance_uid = ?", (uid,)
        )
        return str(row["condition"])

    def is_put_aside(self, uid: Uid) -> bool:
        return (
            self.condition(uid) == "rejected"
            and self.disk.size_bytes(path_of(uid)) is None
            and self.disk.size_bytes(rejected_path(uid)) is not None
        )

    @property
    def said(self) -> list[Rejected]:
        return [event for event in self.events if isinstance(event, Rejected)]

    @property
    def standing(self) -> Standing:
        standing = self.desk.standing(STUDY)
        assert standing is not None
        return standing


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "index.sqlite3")
    yield made
    made.database.close()


def test_an_image_that_was_corrected_is_sent_under_no_uid(world: Room) -> None:
    old = world.scan_at_panel(1)
    new = world.corrected(old)
    told = world.reject(old)
    assert told == Rejected(old, "motion", was_sent=False)
    assert "is not sent" in rejected(told).en
    assert (world.states(old), world.states(new)) == (NOWHERE, NOWHERE)
    assert world.is_put_aside(new)
    assert world.lease("NEAR") == ()
    world.start_again(AllOrNothing(False))
    assert world.is_put_aside(new)
    assert world.condition(old) == "superseded"
    assert world.lease("NEAR") == ()


def test_nor_one_that_was_corrected_twice(world: Room) -> None:
    old = world.scan_at_panel(1)
    new = world.corrected(old)
    world.ask(Uid(world.read(new).StudyInstanceUID), RIGHTS)
    world.work()
    newest = Uid(world.successors()[new])
    assert world.reject(old) == Rejected(old, "motion", was_sent=False)
    assert world.states(newest) == NOWHERE
    assert world.is_put_aside(newest)


def test_the_power_goes_before_the_corrected_ones_file_is_put_aside(world: Room) -> None:
    old = world.scan_at_panel(1)
    new = world.corrected(old)
    world.examinations.reject(old, "motion")
    assert world.disk.size_bytes(path_of(new)) is not None
    world.start_again(AllOrNothing(False))
    assert world.is_put_aside(new)
    assert world.lease("NEAR") == ()


def test_what_was_sent_in_its_place_is_said_to_have_been(world: Room) -> None:
    old = world.scan_at_panel(1)
    new = world.corrected(old)
    assert world.send("NEAR") == (new,)
    told = world.reject(old)
    assert told == Rejected(old, "motion", was_sent=True)
    assert world.states(new) == {"FAR": "withdrawn", "NEAR": "sent"}


def test_the_original_was_sent_and_the_corrected_one_is_not(world: Room) -> None:
    """Whoever reads it is to be told; and it is not sent once more."""
    old = world.scan_at_panel(1)
    world.send("NEAR")
    new = world.corrected(old)
    told = world.reject(old)
    assert told == Rejected(old, "motion", was_sent=True)
    assert world.states(new) == NOWHERE
    assert world.is_put_aside(new)
    assert not set(world.lease("NEAR")) & {old, new}, "the note alone"


def test_the_original_may_have_come(world: Room) -> None:
    old = world.scan_at_panel(1)
    world.outbox.lease("NEAR", 1)
    world.outbox.not_delivered(old, "NEAR", "cut")
    new = world.corrected(old)
    told = world.reject(old)
    assert told == Rejected(old, "motion", was_sent=False, may_have_come=True)
    assert world.states(new) == NOWHERE


@pytest.mark.parametrize("came", [False, True])
def test_what_is_in_its_place_is_on_the_line(world: Room, came: bool) -> None:
    old = world.scan_at_panel(1)
    new = world.corrected(old)
    assert world.outbox.lease("NEAR", 1) == (new,)
    assert world.reject(old) == Rejected(old, "motion", was_sent=False, is_being_sent=True)
    if came:
        world.outbox.accepted(new, "NEAR")
    else:
        world.outbox.not_delivered(new, "NEAR", "cut")
    world.panel.step()
    if came:
        assert world.said[-1] == Rejected(old, "motion", was_sent=True)
        return
    assert world.said[-1] == Rejected(old, "motion", was_sent=False, may_have_come=True)
    assert world.states(new) == NOWHERE
    assert world.is_put_aside(new)
    assert world.lease("NEAR") == ()


def test_the_power_goes_while_it_is_on_the_line(world: Room) -> None:
    """The next life tells of the image as the panel knows it, once."""
    old = world.scan_at_panel(1)
    new = world.corrected(old)
    world.outbox.lease("NEAR", 1)
    world.reject(old)
    world.start_again(None)
    assert world.lease("NEAR") == ()
    for _ in range(LOOK_AGAIN_STEPS + 1):
        world.panel.step()
    assert world.said[1:] == [Rejected(old, "motion", was_sent=False, may_have_come=True)]
    assert world.is_put_aside(new)


def test_a_doubt_holds_what_is_in_its_place_until_a_person_decides(world: Room) -> None:
    old = world.scan_at_panel(1)
    new = world.corrected(old)
    world.look(Action.DOUBT, old)
    assert world.states(new) == {"FAR": "held", "NEAR": "held"}
    assert world.lease("NEAR") == ()
    world.look(Action.ACCEPT_AND_CLOSE, old)
    assert world.states(new) == QUEUED
    assert world.lease("NEAR") == (new,)


@pytest.mark.parametrize("by_successor", [False, True])
def test_a_held_one_is_rejected_away_from_the_panel(world: Room, by_successor: bool) -> None:
    """By the UID that the queue shows, or by the one that it was scanned under."""
    old = world.scan_at_panel(1)
    new = world.corrected(old)
    world.look(Action.DOUBT, old)
    assert world.examinations.reject_held(new if by_successor else old, "motion", "alice")
    assert world.states(new) == NOWHERE
    for _ in range(LOOK_AGAIN_STEPS):
        world.panel.step()
    assert world.said == [Rejected(old, "motion", was_sent=False)]
    assert world.is_put_aside(new)


def test_rejected_while_its_successor_was_written(
    world: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, other = world.scan_at_panel(1), world.scan_at_panel(2)
    write, given = Correcting.write, []

    def slow(self: Correcting, *rest: Any) -> Corrected:
        made = write(self, *rest)
        if not given:
            world.reject(old)
        given.append(made)
        return made

    monkeypatch.setattr(Correcting, "write", slow)
    world.ask()
    world.work()
    assert world.standing.outcome is Outcome.DONE
    assert world.is_put_aside(old)
    assert world.disk.size_bytes(given[0].file.path) is None
    assert world.said == [Rejected(old, "motion", was_sent=False)]
    assert world.lease("NEAR") == (Uid(world.successors()[other]),)


@pytest.mark.parametrize("is_on_the_line", [False, True])
@pytest.mark.parametrize("cut", [None, AllOrNothing(False)], ids=["killed", "power cut"])
def test_rejected_while_its_successor_was_written_and_all_ended_there(
    world: Room, monkeypatch: pytest.MonkeyPatch, cut: AllOrNothing | None, is_on_the_line: bool
) -> None:
    """The new file is whole, and in no index."""
    old = world.scan_at_panel(1)
    if is_on_the_line:
        world.outbox.lease("NEAR", 1)

    def ended(*_: Any) -> None:
        raise Killed

    world.ask()
    with monkeypatch.context() as patched:
        patched.setattr(Corrections, "record", ended)
        with pytest.raises(Killed):
            world.work()
    new = Uid(world.successors()[old])
    assert world.reject(old).is_being_sent == is_on_the_line
    assert world.disk.size_bytes(path_of(new)) is not None
    for _ in range(2):
        world.start_again(cut)
        assert world.lease("NEAR") == ()
        world.panel.step()
        assert world.is_put_aside(new)
        assert world.is_put_aside(old)
        world.work()
    assert not world.said[-1].was_sent


@pytest.mark.parametrize("came", [False, True])
def test_rejected_on_the_line_and_then_corrected(world: Room, came: bool) -> None:
    """Nothing is made of it until it is known whether it came: then the archive has it under the
    wrong patient, and it is corrected as the desk has asked."""
    old = world.scan_at_panel(1)
    world.outbox.lease("NEAR", 1)
    assert world.reject(old).is_being_sent
    world.ask()
    world.work()
    assert world.standing.ended_at is None
    assert world.condition(old) == "good"
    if came:
        world.outbox.accepted(old, "NEAR")
    else:
        world.outbox.not_delivered(old, "NEAR", "cut")
    world.panel.step()
    world.work()
    assert world.standing.outcome is Outcome.DONE
    if came:
        assert world.said[-1].was_sent
        assert world.states(Uid(world.successors()[old])) == QUEUED
    else:
        assert world.said[-1].may_have_come
        assert world.is_put_aside(old)
        assert world.lease("NEAR") == ()


def test_rejected_too_late_and_corrected_after_that_it_is_sent(world: Room) -> None:
    """ "Wrong patient", say, and the desk has found the right one."""
    old = world.scan_at_panel(1)
    world.send("NEAR")
    assert world.reject(old).was_sent
    new = world.corrected(old)
    assert world.states(new) == QUEUED
    world.outbox.lease("NEAR", 50)
    world.outbox.not_delivered(new, "NEAR", "cut")
    assert world.states(new) == QUEUED
