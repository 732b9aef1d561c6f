"""A simulated archive's storage commitment: questions that it took, and reports on their way.

What a report says is decided as it goes out, by what the archive has then; its habits decide the
rest. A promise counts as one only under a transaction that asked for that very instance.
"""

import heapq
from dataclasses import dataclass

from drivers.dicom_address import Timeouts
from hal.archive import CommitmentReport, FailedReference
from hal.values import SopReference, Uid
from sim.scheduled_habits import DAY_S
from sim.scheduled_memory import Promise
from sim.scheduled_state import ArchiveState
from sim.scheduled_storing import BROKEN, SUCCESS, Answer

NOT_TAKEN = (0x0110, 0x0213, 0x0122, 0x0124)
"""Of N-ACTION (PS3.7 10.1.4.1.10)."""
NO_SUCH_OBJECT_INSTANCE = 0x0112
DENIALS = (0x0110, 0x0213, 0x0119, 0x0131)
"""Failure Reason (0008,1197), PS3.3 C.14.1.1."""
LATE_S = (DAY_S, 4 * DAY_S)
DOUBLED_WITHIN_S = DAY_S
LINGER_S = Timeouts().linger_s
"""A node keeps the association of its question open for so long."""
ANSWERED = Answer(SUCCESS)
ANY_LIFE = 0
REPORTS_MAX = 10_000  # a node that is told nothing asks each image once an hour at most


@dataclass(frozen=True, order=True)
class Due:
    at_s: float
    number: int
    """In the order they were made, among those of one moment."""
    transaction_uid: Uid
    references: tuple[SopReference, ...]
    life: int = ANY_LIFE
    """Whose association it comes on; else it comes on one of its own."""
    is_strange: bool = False


class Promises:
    def __init__(self, state: ArchiveState) -> None:
        self._state = state
        self._due: list[Due] = []
        self._made = 0

    def ask(
        self, transaction_uid: Uid, references: tuple[SopReference, ...], life: int, now_s: float
    ) -> Answer:
        state, habits = self._state, self._state.habits
        if state.falls("not taken", habits.not_taken_chance):
            chance = state.dice.of("not taken")
            return chance.choice((BROKEN, *(Answer(status) for status in NOT_TAKEN)))
        if not state.falls("silent", habits.silent_chance):
            self._plan(transaction_uid, references, life, now_s)
        return BROKEN if state.falls("question lost", habits.question_lost_chance) else ANSWERED

    def first_s(self) -> float | None:
        return self._due[0].at_s if self._due else None

    def pop(self, life: int, now_s: float) -> CommitmentReport | None:
        """The next one that reaches this life."""
        while self._due and self._due[0].at_s <= now_s:
            due = heapq.heappop(self._due)
            if due.life not in (ANY_LIFE, life):
                self._state.say("report lost with its line", "")
            elif now_s - due.at_s > self._state.habits.gives_up_s:
                self._state.say("report given up", "")
            else:
                return self._report(due, now_s)
        return None

    def forget(self) -> None:
        """Another archive knows of no questions."""
        self._due.clear()

    def holds(self, references: tuple[SopReference, ...], now_s: float) -> list[SopReference]:
        """What it lists when it is asked by a query: no promise, but all that there is."""
        listed = [one for one in references if self._reason(one) is None]
        for reference in listed:
            self._state.memory.listed.setdefault(reference.sop_instance_uid, now_s)
        return listed

    def _plan(
        self, transaction_uid: Uid, references: tuple[SopReference, ...], life: int, now_s: float
    ) -> None:
        state, habits = self._state, self._state.habits
        takes_s = habits.report_s
        if habits.report_is_uneven:
            takes_s = state.spread_s("report", habits.report_s)
        if state.falls("late", habits.late_chance):
            takes_s += state.dice.of("late").uniform(*LATE_S)
        on_same_line = takes_s <= LINGER_S and state.falls(
            "on the same line", habits.on_same_line_chance
        )
        due_s = now_s + takes_s
        self._push(due_s, transaction_uid, references, life if on_same_line else ANY_LIFE)
        if state.falls("doubled", habits.doubled_chance):
            again_s = state.dice.of("doubled").uniform(0.0, DOUBLED_WITHIN_S)
            self._push(due_s + again_s, transaction_uid, references)
        if state.falls("strange", habits.strange_chance):
            unknown = Uid(f"2.25.{state.dice.of('strange').getrandbits(120)}")
            self._push(due_s, unknown, references, is_strange=True)

    def _push(
        self,
        at_s: float,
        transaction_uid: Uid,
        references: tuple[SopReference, ...],
        life: int = ANY_LIFE,
        *,
        is_strange: bool = False,
    ) -> None:
        if len(self._due) < REPORTS_MAX:
            self._made += 1
            due = Due(at_s, self._made, transaction_uid, references, life, is_strange)
            heapq.heappush(self._due, due)

    def _report(self, due: Due, now_s: float) -> CommitmentReport:
        if due.is_strange:
            return CommitmentReport(due.transaction_uid, due.references, ())
        committed: list[SopReference] = []
        failed: list[FailedReference] = []
        for reference in due.references:
            if self._state.falls("leaves out", self._state.habits.leaves_out_chance):
                continue
            reason = self._reason(reference)
            if reason is not None:
                failed.append(FailedReference(reference, reason))
            else:
                self._promise(reference, now_s)
                committed.append(reference)
        return CommitmentReport(due.transaction_uid, tuple(committed), tuple(failed))

    def _reason(self, reference: SopReference) -> int | None:
        """Why it does not commit; None: it does."""
        state, habits = self._state, self._state.habits
        if reference.sop_instance_uid not in state.memory.held:
            return None if habits.lies else NO_SUCH_OBJECT_INSTANCE
        if state.falls("denies", habits.denies_chance):
            return state.dice.of("denies").choice(DENIALS)
        return None

    def _promise(self, reference: SopReference, now_s: float) -> None:
        """From here on the node may rely on it."""
        memory, uid = self._state.memory, reference.sop_instance_uid
        promise = Promise(now_s, memory.has_as_sent(uid))
        memory.promised.setdefault(uid, promise)
        if not promise.was_held:
            memory.lies.add(uid)
            self._state.say("lies", uid)
