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
from firmware.index.outbox import BACKOFF_LAST_S, WHOLE_STUDY_S
from hal.archive import CommitmentReport, FailedReference
from hal.errors import PeerRefused, Sentence
from hal.values import Order, Patient, SopReference, Uid
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


def test_each_study_is_asked_about_as_a_whole_and_by_itself(asking: Asking) -> None:
    orders = [Order(Patient(f"P{n}", f"ESSAI^N{n}"), accession_number=f"A{n}") for n in range(2)]
    uids = [[asking.index.add(order) for _ in range(3)] for order in orders]
    asking.index.outbox.lease("ARCHIVE", 10)
    for uid in (uid for study in uids for uid in study):
        asking.index.outbox.accepted(uid, "ARCHIVE")
    asking.commitment.step()
    asking.commitment.step()
    asked = [{one.sop_instance_uid for one in references} for _, references in asking.archive.asked]
    assert asked == [set(uids[0]), set(uids[1])]
    transactions = {transaction for transaction, _ in asking.archive.asked}
    assert len(transactions) == 2


def test_a_study_on_the_line_is_asked_about_when_it_is_through(asking: Asking) -> None:
    first, second = asking.index.add(), asking.index.add()
    asking.index.outbox.lease("ARCHIVE", 10)
    asking.index.outbox.accepted(first, "ARCHIVE")
    asking.commitment.step()
    assert not asking.archive.asked, "the other is being sent at this moment"
    asking.index.outbox.accepted(second, "ARCHIVE")
    asking.commitment.step()
    assert len(asking.archive.asked[0][1]) == 2


def test_a_study_that_stays_on_the_line_is_asked_about_all_the_same(asking: Asking) -> None:
    first, _ = asking.index.add(), asking.index.add()
    asking.index.outbox.lease("ARCHIVE", 10)
    asking.index.outbox.accepted(first, "ARCHIVE")
    asking.index.clock.sleep(WHOLE_STUDY_S)
    asking.commitment.step()
    assert [one.sop_instance_uid for one in asking.archive.asked[0][1]] == [first]


def test_what_is_denied_again_and_again_waits_for_a_person(asking: Asking) -> None:
    uid = asking.index.add()
    for number in range(asking.commitment.denials_max):
        asking.index.clock.sleep(BACKOFF_LAST_S)
        assert asking.index.outbox.lease("ARCHIVE", 1) == (uid,)
        asking.index.outbox.accepted(uid, "ARCHIVE")
        asking.report(asking.ask(), failed=(uid,))
        held = number + 1 == asking.commitment.denials_max
        assert asking.index.state(uid) == ("held" if held else "queued")
    denied = [event for event in asking.events if isinstance(event, CommitmentDenied)]
    assert [event.is_held for event in denied] == [False] * 4 + [True]
    assert "libérez-la" in denied[-1].sentence.fr
