"""What a simulated archive promises, when, on which way, and when its promise is a lie."""

from dataclasses import replace

import pytest

from hal.archive import CommitmentReport
from hal.archive_query import StudyInstance
from hal.errors import PeerRefused, PeerRetryable
from hal.values import Uid
from sim.life import Life
from sim.scheduled_habits import DAY_S, FOR_EVER_S, ArchiveHabits
from sim.scheduled_line import ArchiveFor
from tests.unit.sim.archive_room import ONE, T1, T2, TWO, Room, reference

SOON = ArchiveHabits(report_s=1.0)


def asked(habits: ArchiveHabits = SOON, seed: int = 1, uids: tuple[Uid, ...] = (ONE, TWO)) -> Room:
    """It has ONE, and was asked about these."""
    room = Room(habits, seed)
    room.send(ONE)
    ask(room, T1, uids)
    return room


def ask(room: Room, transaction: Uid, uids: tuple[Uid, ...]) -> PeerRefused | PeerRetryable | None:
    references = tuple(map(reference, uids))
    return room.error_of(lambda: room.line.request_commitment(transaction, references))  # type: ignore[return-value]


def reports(room: Room, for_s: float = 60.0) -> list[CommitmentReport]:
    """Of a worker that never looks in vain, so that it keeps its pace."""
    until_s = room.kernel.now_s + for_s
    found = []
    while room.kernel.now_s < until_s:
        room.life.touch("node", "works")
        report = room.do(lambda: room.line.next_report(0.2))
        if report is not None:
            found.append(report)
    return found


def names(report: CommitmentReport) -> tuple[list[Uid], list[tuple[Uid, int]]]:
    return (
        [one.sop_instance_uid for one in report.committed],
        [(one.reference.sop_instance_uid, one.failure_reason) for one in report.failed],
    )


def test_it_commits_to_what_it_has_and_to_nothing_else() -> None:
    room = asked()
    assert room.memory.promised == {}
    (report,) = reports(room)
    assert report.transaction_uid == T1
    assert names(report) == ([ONE], [(TWO, 0x0112)])
    assert room.memory.promised[ONE].was_held
    assert not room.memory.lied_about(ONE)


def test_a_report_takes_its_time() -> None:
    room = asked(ArchiveHabits(report_s=7200.0))
    assert reports(room, 7100.0) == []
    assert len(reports(room, 200.0)) == 1


def test_late_takes_days() -> None:
    room = asked(replace(SOON, late_chance=1))
    assert reports(room, DAY_S) == []
    assert len(reports(room, 4 * DAY_S)) == 1


def test_uneven_reports_overtake_each_other() -> None:
    orders = set()
    for seed in range(12):
        room = asked(ArchiveHabits(report_s=600.0, report_is_uneven=True), seed)
        ask(room, T2, (ONE,))
        orders.add(tuple(report.transaction_uid for report in reports(room, DAY_S)))
    assert orders == {(T1, T2), (T2, T1)}


def test_doubled_comes_twice() -> None:
    room = asked(replace(SOON, doubled_chance=1))
    first, second = reports(room, DAY_S + 60.0)
    assert first == second


def test_silent_says_nothing_ever() -> None:
    assert reports(asked(replace(SOON, silent_chance=1)), 5 * DAY_S) == []


def test_strange_names_a_transaction_that_nobody_asked_under_and_promises_nothing() -> None:
    room = asked(replace(SOON, strange_chance=1), uids=(TWO,))
    found = {report.transaction_uid == T1: report for report in reports(room)}
    assert set(found) == {True, False}
    assert names(found[False]) == ([TWO], [])
    assert room.memory.promised == {}


@pytest.mark.parametrize(
    ("habits", "committed", "failed"),
    [
        (replace(SOON, denies_chance=1), [], [ONE, TWO]),
        (replace(SOON, leaves_out_chance=1), [], []),
        (replace(SOON, lies=True), [ONE, TWO], []),
    ],
    ids=["denies", "leaves out", "lies"],
)
def test_what_is_named(habits: ArchiveHabits, committed: list[Uid], failed: list[Uid]) -> None:
    (report,) = reports(asked(habits))
    assert names(report)[0] == committed
    assert [uid for uid, _ in names(report)[1]] == failed


def test_a_report_can_be_partly_a_denial() -> None:
    uids = tuple(Uid(f"2.25.{number}") for number in range(1, 31))
    room = Room(replace(SOON, denies_chance=0.3))
    room.send(*uids)
    ask(room, T1, uids)
    (report,) = reports(room)
    assert 3 < len(report.failed) < 20
    assert len(report.committed) + len(report.failed) == len(uids)


def test_denied_and_sent_again_is_committed() -> None:
    room = asked(uids=(TWO,))
    assert names(reports(room)[0]) == ([], [(TWO, 0x0112)])
    room.send(TWO)
    ask(room, T2, (TWO,))
    assert names(reports(room)[0]) == ([TWO], [])


def test_a_lie_is_known_to_be_one() -> None:
    room = asked(replace(SOON, lies=True))
    reports(room)
    assert room.memory.lied_about(TWO)
    assert not room.memory.lied_about(ONE)


def test_to_commit_to_another_image_under_the_uid_is_a_lie() -> None:
    room = asked(replace(SOON, has_another_chance=1), uids=(ONE,))
    assert names(reports(room)[0]) == ([ONE], [])
    assert room.memory.lied_about(ONE)


def test_a_question_that_is_not_taken_gets_no_report() -> None:
    errors = set()
    for seed in range(30):
        room = Room(replace(SOON, not_taken_chance=1), seed)
        errors.add(type(ask(room, T1, (ONE,))))
        assert reports(room) == []
    assert errors == {PeerRefused, PeerRetryable}


def test_a_question_whose_answer_is_lost_gets_its_report() -> None:
    room = Room(replace(SOON, question_lost_chance=1))
    room.send(ONE)
    assert isinstance(ask(room, T1, (ONE,)), PeerRetryable)
    assert len(reports(room)) == 1


def test_a_report_on_the_line_of_the_question_reaches_that_life_only() -> None:
    same_line = replace(SOON, on_same_line_chance=1)
    assert len(reports(asked(same_line))) == 1
    room = asked(same_line)
    next_life(room)
    assert reports(room) == []
    assert "report lost with its line" in room.said()


def test_a_report_on_a_line_of_its_own_reaches_any_life() -> None:
    room = asked()
    next_life(room)
    assert len(reports(room)) == 1


@pytest.mark.parametrize(("gives_up_s", "count"), [(600.0, 0), (FOR_EVER_S, 1)])
def test_a_report_that_nobody_took_is_offered_again_for_a_time(
    gives_up_s: float, count: int
) -> None:
    room = asked(replace(SOON, gives_up_s=gives_up_s))
    room.wait(700.0)
    assert len(reports(room)) == count


@pytest.mark.parametrize(
    ("backup_s", "kept"), [(FOR_EVER_S, []), (DAY_S, [ONE])], ids=["empty", "from a backup"]
)
def test_a_replacement_has_what_its_backup_has(backup_s: float, kept: list[Uid]) -> None:
    room = Room(replace(SOON, days_between_replacements=30.0, backup_s=backup_s), seed=2)
    room.send(ONE)
    ask(room, T1, (ONE,))
    reports(room)
    replaced_s = room.archive._replacements._next_s
    room.wait(replaced_s - room.kernel.now_s - 3600.0)
    room.send(TWO)
    ask(room, T2, (TWO,))
    room.wait(7200.0)
    assert reports(room) == []
    assert list(room.memory.held) == kept
    assert not room.memory.lost[TWO][0].after_promise
    assert room.memory.lied_about(ONE) == (kept == [])
    ask(room, T2, (TWO,))
    assert names(reports(room)[0]) == ([], [(TWO, 0x0112)])


def test_a_query_lists_what_it_has() -> None:
    room = Room()
    room.send(ONE)
    questions = tuple(
        StudyInstance(Uid("2.25.8"), Uid("2.25.9"), reference(uid)) for uid in (ONE, TWO)
    )
    assert room.do(lambda: room.line.holds(questions)) == {reference(ONE)}
    assert list(room.memory.listed) == [ONE]
    assert room.memory.promised == {}


def test_healed_it_says_the_truth_at_once() -> None:
    habits = ArchiveHabits(
        lies=True, silent_chance=1, denies_chance=1, not_taken_chance=1, drops_chance=1
    )
    room = Room(habits)
    room.send(ONE)
    room.archive.heal()
    ask(room, T1, (ONE,))
    assert names(reports(room)[0]) == ([], [(ONE, 0x0112)])


def next_life(room: Room) -> None:
    room.life.end()
    room.kernel.run()
    room.life = Life(room.kernel, room.life.number + 1)
    room.line = ArchiveFor(room.life, room.archive, pace_s=60.0)
