"""What needs a person is said once, stays in `status`, and is over when it is over."""

from typing import Any

import pytest

from firmware.events import Event, QueueTrouble
from firmware.index.queue_actions import OF_ONE_GONE, Chosen, QueueActions
from firmware.moves import State
from firmware.queue_watch import ALL_WELL, QueueWatch
from tests.unit.firmware.conftest import Index


class Watching:
    def __init__(self, index: Index) -> None:
        self.index = index
        self.events: list[Event] = []
        self.kept: list[dict[str, Any]] = []
        self.watch = QueueWatch(index.database, ("ARCHIVE",), self.events.append, self.kept.append)


@pytest.fixture
def watching(index: Index) -> Watching:
    return Watching(index)


def test_a_queue_that_is_well_says_nothing(watching: Watching) -> None:
    watching.index.add()
    watching.watch.step()
    assert (watching.events, watching.kept) == ([], [])


def test_what_is_held_is_said_once_and_its_end_too(watching: Watching) -> None:
    uid = watching.index.add()
    watching.index.outbox.lease("ARCHIVE", 1)
    watching.index.outbox.refused(uid, "ARCHIVE", "no")
    for _ in range(3):
        watching.watch.step()
    QueueActions(watching.index.database, watching.index.clock).release(Chosen(uid), "alice")
    watching.watch.step()
    first, last = watching.events
    assert isinstance(first, QueueTrouble)
    assert (first.held, first.in_trouble) == (1, True)
    assert "not sent: 1." in first.sentence.en
    assert last == QueueTrouble(0, 0, ALL_WELL)
    assert [kept["state"] for kept in watching.kept] == ["in trouble", "well"]


def test_what_the_ris_refused_is_said_after_what_is_held(watching: Watching) -> None:
    uid = watching.index.add()
    with watching.index.database.transaction() as connection:
        connection.execute(
            "INSERT INTO examination VALUES (1, '1.2', '{}', 'film-scanner', '2026', NULL, NULL)"
        )
        connection.execute(
            "INSERT INTO procedure_step"
            " (examination, sop_instance_uid, started_at, series, state, due_at, last_error)"
            " VALUES (1, '1.2.9', '2026', '1.2.1', 'held before set', '2026', 'no')"
        )
    watching.watch.step()
    (told,) = watching.events
    assert isinstance(told, QueueTrouble)
    assert (told.steps, told.in_trouble) == (1, True)
    assert "MPPS" in told.sentence.fr
    watching.index.outbox.lease("ARCHIVE", 1)
    watching.index.outbox.refused(uid, "ARCHIVE", "no")
    watching.watch.step()
    told = watching.events[-1]
    assert isinstance(told, QueueTrouble)
    assert (told.held, told.steps, "not sent: 1." in told.sentence.en) == (1, 1, True)


def test_a_rejected_image_is_no_trouble_at_an_archive_that_is_gone(watching: Watching) -> None:
    uid = watching.index.add(destinations=("GONE",))
    watching.index.database.connection.execute("UPDATE outbox SET state = 'withdrawn'")
    watching.watch.step()
    assert watching.events == []
    actions = QueueActions(watching.index.database, watching.index.clock)
    assert actions.reroute(Chosen(destination="GONE"), "ARCHIVE", "alice", is_gone=True) == []
    (standing,) = watching.index.outbox.standing(uid)
    assert (standing.destination, standing.state) == ("GONE", State.WITHDRAWN)


def test_images_for_an_archive_that_is_gone_are_not_forgotten(watching: Watching) -> None:
    watching.index.add(destinations=("ARCHIVE", "GONE"))
    watching.watch.step()
    (told,) = watching.events
    assert isinstance(told, QueueTrouble)
    assert (told.stray, told.held) == (1, 0)
    assert "GONE" in told.sentence.fr


def test_rerouted_they_wait_for_another_archive_and_that_is_on_the_trail(
    watching: Watching,
) -> None:
    uid = watching.index.add(destinations=("GONE",))
    actions = QueueActions(watching.index.database, watching.index.clock)
    watching.watch.step()
    assert actions.reroute(Chosen(destination="GONE"), "ARCHIVE", "alice") == [(uid, "ARCHIVE")]
    watching.watch.step()
    assert watching.events[-1] == QueueTrouble(0, 0, ALL_WELL)
    assert watching.index.state(uid) == "queued"
    (row,) = watching.index.database.rows("SELECT * FROM audit WHERE action = 'rerouted'")
    assert (row["actor"], row["detail"]) == ("alice", "GONE -> ARCHIVE, was queued")


@pytest.mark.parametrize("state", [state.value for state in OF_ONE_GONE])
def test_whatever_an_archive_that_is_gone_was_about_to_do_can_be_asked_of_another(
    watching: Watching, state: str
) -> None:
    uid = watching.index.add(destinations=("GONE",))
    watching.index.database.connection.execute("UPDATE outbox SET state = ?", (state,))
    actions = QueueActions(watching.index.database, watching.index.clock)
    chosen = Chosen(destination="GONE")
    assert actions.reroute(chosen, "ARCHIVE", "alice", is_gone=True) == [(uid, "ARCHIVE")]
    watching.watch.step()
    assert watching.events == []
    assert watching.index.state(uid) == "queued"


def test_what_only_a_list_of_one_that_is_gone_has_waits_for_nobody(watching: Watching) -> None:
    """Its file was removed on the word of that list: there is nothing here to send."""
    watching.index.add(destinations=("GONE",))
    connection = watching.index.database.connection
    connection.execute("UPDATE outbox SET state = 'confirmed by query'")
    connection.execute("UPDATE instance SET condition = 'evicted'")
    actions = QueueActions(watching.index.database, watching.index.clock)
    assert actions.reroute(Chosen(destination="GONE"), "ARCHIVE", "alice", is_gone=True) == []
    watching.watch.step()
    assert watching.events == []
