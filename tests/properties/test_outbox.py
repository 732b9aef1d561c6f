"""The outbox against a plain dict, whatever comes in whatever order, over restarts and clocks.

No row is lost, no state changes but as `firmware.moves` says, what a lease takes is urgent first
and whole studies together, and what is held leaves by a person alone.
"""

import shutil
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from firmware.index.catalogue import Catalogue
from firmware.index.database import Database, stamp
from firmware.index.outbox import Outbox
from firmware.index.proofs import Proofs
from firmware.index.queue_actions import Chosen, QueueActions
from firmware.moves import MOVES, State
from hal.archive import CommitmentReport, FailedReference
from hal.values import Order, Patient, Priority, SopReference, Uid
from tests.fakes import CountingEntropy
from tests.unit.firmware.conftest import SOP_CLASS, Index

HERE, WHO = "ARCHIVE", "a person"
REFUSALS_MAX = 2
ALLOWED = {(state.value, to.value) for (state, _), to in MOVES.items()}
WATCHED = """
CREATE TEMP TABLE seen (before TEXT, after TEXT);
CREATE TEMP TRIGGER watch AFTER UPDATE OF state ON main.outbox BEGIN
    INSERT INTO seen VALUES (old.state, new.state);
END;
"""
WAITS_S = st.sampled_from([1.0, 59.0, 700.0, 7200.0, 400_000.0])


class OutboxMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.index = Index(self.folder / "index.sqlite3")
        self.model: dict[Uid, State] = {}
        self.asked: list[tuple[Uid, tuple[SopReference, ...]]] = []
        """Every question ever put, so that late and doubled reports are drawn too."""
        self.refused: defaultdict[Uid, int] = defaultdict(int)
        self.by_person = False
        self.entropy = CountingEntropy()
        self._plug_in()

    def teardown(self) -> None:
        self.index.database.close()
        shutil.rmtree(self.folder)

    def _plug_in(self) -> None:
        database, clock = self.index.database, self.index.clock
        database.connection.executescript(WATCHED)
        self.index.catalogue = Catalogue(database, clock, self.entropy)
        self.outbox = self.index.outbox = Outbox(database, clock)
        self.proofs = Proofs(database, clock)
        self.people = QueueActions(database, clock)

    def _in(self, *states: State) -> list[Uid]:
        return [uid for uid, state in self.model.items() if state in states]

    # What comes from outside

    @rule(study=st.integers(0, 3), urgent=st.booleans())
    def store(self, study: int, urgent: bool) -> None:
        patient = Patient(f"{study}{urgent:d}", "ESSAI^Phantome")
        priority = Priority.URGENT if urgent else Priority.ROUTINE
        order = Order(patient, accession_number=f"A{study}{urgent:d}", priority=priority)
        self.model[self.index.add(order)] = State.QUEUED

    @rule(duration_s=WAITS_S)
    def time_passes(self, duration_s: float) -> None:
        self.index.clock.sleep(duration_s)

    @rule()
    def restart(self) -> None:
        self.index.database.close()
        self.index.database = Database(self.folder / "index.sqlite3")
        self._plug_in()

    # The forwarder

    @rule(count_max=st.integers(1, 5), routine_first=st.booleans())
    def lease(self, count_max: int, routine_first: bool) -> None:
        for uid in self._in(State.SENDING):
            self.model[uid] = State.QUEUED
        expected = self._expected(routine_first)[:count_max]
        assert list(self.outbox.lease(HERE, count_max, routine_first=routine_first)) == expected
        self.model.update(dict.fromkeys(expected, State.SENDING))

    def _expected(self, routine_first: bool) -> list[Uid]:
        """Of one priority only; of studies, the one that waits the longest; each film in turn."""
        now = stamp(self.index.clock.now())
        rows = [row for row in self._rows() if row["due_at"] <= now and self._is_queued(row)]
        wanted = int(not routine_first)
        if not any(row["urgent"] == wanted for row in rows):
            wanted = 1 - wanted
        rows = [row for row in rows if row["urgent"] == wanted]
        longest: dict[str, str] = {}
        for row in rows:
            longest[row["study"]] = min(row["due_at"], longest.get(row["study"], row["due_at"]))
        rows.sort(key=lambda r: (longest[r["study"]], r["study"], r["instance_number"]))
        return [Uid(row["instance"]) for row in rows]

    def _is_queued(self, row: dict[str, Any]) -> bool:
        return self.model[Uid(str(row["instance"]))] is State.QUEUED

    @precondition(lambda self: self._in(State.SENDING))
    @rule(data=st.data())
    def respond(self, data: st.DataObject) -> None:
        uid = data.draw(st.sampled_from(self._in(State.SENDING)))
        answers = ["accepted", "duplicate", "not delivered", "not reached", "gave way", "refused"]
        match data.draw(st.sampled_from(answers)):
            case "accepted":
                self.outbox.accepted(uid, HERE)
                self.model[uid] = State.SENT
            case "duplicate":
                self.outbox.said_duplicate(uid, HERE, "0111H")
                self.model[uid] = State.UNPROVEN
            case "refused":
                self.refused[uid] += 1
                is_held = self.refused[uid] >= REFUSALS_MAX
                assert self.outbox.refused(uid, HERE, "C000H", REFUSALS_MAX) is is_held
                self.model[uid] = State.HELD if is_held else State.QUEUED
            case "gave way":
                self.outbox.gave_way(uid, HERE)
                self.model[uid] = State.QUEUED
            case "not reached":
                self.outbox.not_reached(uid, HERE, "away")
                self.model[uid] = State.QUEUED
            case _:
                self.outbox.not_delivered(uid, HERE, "aborted")
                self.model[uid] = State.QUEUED

    @rule()
    def all_goes_well(self) -> None:
        """Up to the question: else few runs come so far."""
        self.lease(5, routine_first=False)
        for uid in self._in(State.SENDING):
            self.outbox.accepted(uid, HERE)
            self.model[uid] = State.SENT
        self.index.clock.sleep(700.0)
        self.ask(4)

    # The archive's word

    @precondition(lambda self: self._in(State.UNPROVEN))
    @rule(data=st.data())
    def compare(self, data: st.DataObject) -> None:
        uid = data.draw(st.sampled_from(self._in(State.UNPROVEN)))
        match data.draw(st.sampled_from(["same", "other", "neither"])):
            case "same":
                self.proofs.same(uid, HERE)
                self.model[uid] = State.SENT
            case "other":
                self.proofs.other(uid, HERE, "another image")
                self.model[uid] = State.HELD
            case _:
                self.proofs.not_compared(uid, HERE, "no C-GET")

    @rule(count_max=st.integers(1, 4))
    def ask(self, count_max: int) -> None:
        transaction = Uid(f"1.2.{len(self.asked) + 1}")
        references = self.outbox.ask_commitment(HERE, transaction, 3600.0, count_max)
        studies = {row["study"]: row for row in self._rows() if _reference(row) in references}
        assert len(studies) <= 1
        for reference in references:
            uid = reference.sop_instance_uid
            asked = {State.SENT: State.AWAITING, State.UNPROVEN: State.UNPROVEN_AWAITING}
            self.model[uid] = asked[self.model[uid]]
        if references:
            self.asked.append((transaction, references))

    @rule()
    def no_report_in_time(self) -> None:
        """Then the next question makes the report of this one unbelievable."""
        self.index.clock.sleep(400_000.0)
        self.nobody_reported()
        self.index.clock.sleep(700.0)
        self.ask(4)

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def report(self, data: st.DataObject) -> None:
        """Of any question ever put; believed only of what still waits for that one's answer."""
        transaction, references = data.draw(st.sampled_from(self.asked))
        words = [data.draw(st.sampled_from(["kept", "not kept", ""])) for _ in references]
        said = dict(zip(references, words, strict=True))
        waiting = {
            row["instance"]
            for row in self._rows()
            if row["transaction_uid"] == transaction
            and self.model[Uid(row["instance"])] in (State.AWAITING, State.UNPROVEN_AWAITING)
        }
        kept = tuple(one for one, word in said.items() if word == "kept")
        failed = tuple(FailedReference(one, 0x0112) for one, w in said.items() if w == "not kept")
        settled = self.outbox.settle(
            CommitmentReport(transaction, kept, failed), HERE, REFUSALS_MAX
        )
        assert {*settled.committed, *settled.denied, *settled.unnamed} == waiting
        for reference, word in said.items():
            if reference.sop_instance_uid in waiting:
                self._settled(reference.sop_instance_uid, word)

    def _settled(self, uid: Uid, word: str) -> None:
        silent = {State.AWAITING: State.SENT, State.UNPROVEN_AWAITING: State.UNPROVEN}
        if word == "kept":
            self.model[uid] = State.COMMITTED
        elif word == "not kept":
            self.refused[uid] += 1
            is_held = self.refused[uid] >= REFUSALS_MAX
            self.model[uid] = State.HELD if is_held else State.QUEUED
        else:
            self.model[uid] = silent[self.model[uid]]

    @rule()
    def nobody_reported(self) -> None:
        now = stamp(self.index.clock.now())
        late = [Uid(row["instance"]) for row in self._rows() if row["due_at"] <= now]
        waiting = self._in(State.AWAITING, State.UNPROVEN_AWAITING)
        expired = [uid for uid in late if uid in waiting]
        assert self.outbox.expire_commitments(HERE) == len(expired)
        for uid in expired:
            self._settled(uid, "")

    # People

    @rule()
    def hold(self) -> None:
        queued = self._in(State.QUEUED)
        assert {uid for uid, _ in self.people.hold(Chosen(), WHO)} == set(queued)
        self.model.update(dict.fromkeys(queued, State.HELD))

    @precondition(lambda self: self._in(State.HELD))
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        uid = data.draw(st.sampled_from(self._in(State.HELD)))
        self.by_person = True
        assert self.people.release(Chosen(uid), WHO) == [(uid, HERE)]
        self.model[uid] = State.QUEUED
        self.refused[uid] = 0

    @rule()
    def hurry(self) -> None:
        assert {uid for uid, _ in self.people.hurry(Chosen(), WHO)} == set(self._in(State.QUEUED))

    # What holds after each of them

    def _rows(self) -> list[dict[str, Any]]:
        query = (
            "SELECT outbox.*, study, instance_number, sop_class_uid FROM outbox"
            " JOIN instance ON sop_instance_uid = instance"
            " JOIN series ON series_instance_uid = series"
        )
        return [dict(row) for row in self.index.database.rows(query)]

    @invariant()
    def no_row_is_lost_and_each_stands_where_it_should(self) -> None:
        assert {row["instance"]: row["state"] for row in self._rows()} == {
            uid: state.value for uid, state in self.model.items()
        }

    @invariant()
    def nothing_moves_but_by_the_table(self) -> None:
        moved = {
            (row["before"], row["after"])
            for row in self.index.database.rows("SELECT before, after FROM seen")
        }
        assert moved <= ALLOWED
        if not self.by_person:
            assert not [move for move in moved if move[0] == "held"]
        self.by_person = False
        self.index.database.connection.execute("DELETE FROM seen")


def _reference(row: dict[str, Any]) -> SopReference:
    return SopReference(SOP_CLASS, Uid(str(row["instance"])))


OutboxMachine.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestOutbox = OutboxMachine.TestCase
