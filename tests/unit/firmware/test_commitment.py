"""Nothing is committed that was not asked for and answered under its own transaction."""

import pytest

from firmware.commitment import Commitment
from firmware.events import (
    CommitmentDenied,
    CommitmentNotTaken,
    Committed,
    Event,
    ReportUnknown,
)
from hal.archive import CommitmentReport, FailedReference
from hal.errors import PeerRefused, Sentence
from hal.values import SopReference, Uid
from tests.fakes import CountingEntropy, ScriptedArchive
from tests.unit.firmware.conftest import SOP_CLASS, Index

SILENCE_S = 60.0


class Asking:
    def __init__(self, index: Index) -> None:
        self.index = index
        self.archive = ScriptedArchive()
        self.events: list[Event] = []
        self.commitment = Commitment(
            "ARCHIVE",
            self.archive,
            index.outbox,
            CountingEntropy(),
            self.events.append,
            SILENCE_S,
        )

    def add_sent(self) -> Uid:
        uid = self.index.add()
        self.index.outbox.lease("ARCHIVE", 10)
        self.index.outbox.accepted(uid, "ARCHIVE")
        return uid

    def ask(self) -> Uid:
        self.commitment.step()
        return self.archive.asked[-1][0]

    def report(
        self, transaction: Uid, committed: tuple[Uid, ...] = (), failed: tuple[Uid, ...] = ()
    ) -> None:
        self.archive.reports.append(
            CommitmentReport(
                transaction,
                tuple(SopReference(SOP_CLASS, uid) for uid in committed),
                tuple(FailedReference(SopReference(SOP_CLASS, uid), 0x0112) for uid in failed),
            )
        )
        self.commitment.step()


@pytest.fixture
def asking(index: Index) -> Asking:
    return Asking(index)


def test_a_report_for_what_was_asked_commits(asking: Asking) -> None:
    uid = asking.add_sent()
    transaction = asking.ask()
    assert asking.index.state(uid) == "awaiting"
    asking.report(transaction, committed=(uid,))
    assert asking.index.state(uid) == "committed"
    assert Committed(uid, "ARCHIVE") in asking.events


def test_an_unknown_transaction_is_not_believed(asking: Asking) -> None:
    uid = asking.add_sent()
    asking.ask()
    asking.report(Uid("1.2.3"), committed=(uid,))
    assert asking.index.state(uid) == "awaiting"
    assert ReportUnknown(Uid("1.2.3")) in asking.events


def test_committing_to_something_else_commits_nothing(asking: Asking) -> None:
    uid = asking.add_sent()
    transaction = asking.ask()
    asking.report(transaction, committed=(Uid("1.2.3.4"),))
    (standing,) = asking.index.outbox.standing(uid)
    assert standing.state.value == "sent"
    assert "did not name it" in standing.last_error


def test_the_right_instance_under_another_class_is_something_else(asking: Asking) -> None:
    uid = asking.add_sent()
    transaction = asking.ask()
    other = SopReference(Uid("1.2.840.10008.5.1.4.1.1.7"), uid)
    asking.archive.reports.append(CommitmentReport(transaction, (other,), ()))
    asking.commitment.step()
    assert asking.index.state(uid) == "sent"


def test_named_as_both_kept_and_failed_counts_as_failed(asking: Asking) -> None:
    uid = asking.add_sent()
    asking.report(asking.ask(), committed=(uid,), failed=(uid,))
    assert asking.index.state(uid) == "queued"


def test_a_partial_failure_sends_just_those_again(asking: Asking) -> None:
    kept, lost = asking.add_sent(), asking.add_sent()
    asking.report(asking.ask(), committed=(kept,), failed=(lost,))
    assert (asking.index.state(kept), asking.index.state(lost)) == ("committed", "queued")
    (standing,) = asking.index.outbox.standing(lost)
    assert "0112" in standing.last_error


def test_a_denial_is_told_as_one_and_not_as_unknown(asking: Asking) -> None:
    uid = asking.add_sent()
    asking.report(asking.ask(), failed=(uid,))
    (told,) = [event for event in asking.events if isinstance(event, CommitmentDenied)]
    assert told.sop_instance_uid == uid
    assert "0112H" in told.sentence.en
    assert not [event for event in asking.events if isinstance(event, ReportUnknown)]


def test_a_report_that_names_nothing_of_ours_is_not_of_an_unknown_question(asking: Asking) -> None:
    asking.add_sent()
    asking.report(asking.ask(), committed=(Uid("1.2.3.4"),))
    assert not [event for event in asking.events if isinstance(event, ReportUnknown)]


def test_an_archive_that_accepts_and_denies_is_not_sent_to_without_end(asking: Asking) -> None:
    uid = asking.add_sent()
    waits_s = []
    for _ in range(4):
        asking.report(asking.ask(), failed=(uid,))
        (standing,) = asking.index.outbox.standing(uid)
        waits_s.append((standing.due_at - asking.index.clock.now()).total_seconds())
        asking.index.clock.sleep(waits_s[-1])
        asking.index.outbox.lease("ARCHIVE", 1)
        asking.index.outbox.accepted(uid, "ARCHIVE")
    assert waits_s == [5.0, 10.0, 20.0, 40.0]


def test_a_doubled_report_changes_nothing(asking: Asking) -> None:
    uid = asking.add_sent()
    transaction = asking.ask()
    asking.report(transaction, committed=(uid,))
    asking.report(transaction, failed=(uid,))
    assert asking.index.state(uid) == "committed"


def test_silence_is_asked_about_again_under_a_new_transaction(asking: Asking) -> None:
    uid = asking.add_sent()
    first = asking.ask()
    asking.index.clock.sleep(SILENCE_S + 1)
    asking.commitment.step()
    assert asking.index.state(uid) == "sent"
    asking.index.clock.sleep(600.0)
    second = asking.ask()
    assert second != first
    asking.report(first, committed=(uid,))
    assert asking.index.state(uid) == "awaiting", "a late answer to a question given up"


def test_no_commitment_service_leaves_it_sent_and_says_why(asking: Asking) -> None:
    uid = asking.add_sent()
    asking.archive.commitment_down = PeerRefused(Sentence("no service", "pas de service"))
    asking.commitment.step()
    (standing,) = asking.index.outbox.standing(uid)
    assert (standing.state.value, standing.last_error) == ("sent", "no service")
    (told,) = [event for event in asking.events if isinstance(event, CommitmentNotTaken)]
    assert told.refused


def test_the_question_is_on_disk_before_it_is_put(asking: Asking) -> None:
    uid = asking.add_sent()
    seen = []
    put = asking.archive.request_commitment

    def spy(transaction_uid: Uid, references: tuple[SopReference, ...]) -> None:
        seen.append(asking.index.state(uid))
        put(transaction_uid, references)

    asking.archive.request_commitment = spy  # type: ignore[method-assign]
    asking.commitment.step()
    assert seen == ["awaiting"]


def test_an_archive_slower_than_the_patience_is_heard_in_the_end(asking: Asking) -> None:
    uid, clock = asking.add_sent(), asking.index.clock
    answered_after_s = 10 * SILENCE_S
    questions: dict[Uid, float] = {}
    for _ in range(200):
        asking.commitment.step()
        if asking.archive.asked:
            questions.setdefault(asking.archive.asked[-1][0], clock.monotonic_s())
        for transaction, asked_s in questions.items():
            if clock.monotonic_s() >= asked_s + answered_after_s:
                asking.report(transaction, committed=(uid,))
        clock.sleep(SILENCE_S / 2)
    assert asking.index.state(uid) == "committed"
    assert len(questions) < 8


def test_a_report_from_another_archive_settles_nothing(asking: Asking) -> None:
    """It knows the transaction, but it is not the one that was asked."""
    uid = asking.add_sent()
    transaction = asking.ask()
    other = Commitment(
        "OTHER",
        ScriptedArchive(
            reports=[CommitmentReport(transaction, (SopReference(SOP_CLASS, uid),), ())]
        ),
        asking.index.outbox,
        CountingEntropy(),
        asking.events.append,
        SILENCE_S,
    )
    other.step()
    assert asking.index.state(uid) == "awaiting"
    assert asking.events[-1] == ReportUnknown(transaction)
