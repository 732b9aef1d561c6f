"""The other hospital's archive on the world's clock, with its habits; it outlives every life.

`sim.archive_peer` speaks DICOM over TCP with pynetdicom's threads, which no seed can schedule;
this one is called directly, by `sim.scheduled_line`. What it saw and did is in `memory`, for
whoever judges the node; `heal` ends its faults, so that all that waits must get through.
"""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from hal.archive import CommitmentReport
from hal.values import SopReference, Uid
from sim.scheduled_habits import ArchiveHabits, Dice
from sim.scheduled_memory import ArchiveMemory
from sim.scheduled_outages import Outage, Outages, Replacements
from sim.scheduled_promises import Promises
from sim.scheduled_state import ArchiveState
from sim.scheduled_storing import Answer, Storing

QUIET = ArchiveHabits()


def say_nothing(_what: str, _detail: str) -> None:
    """For an archive without a world."""


class ScheduledArchive:
    def __init__(
        self,
        habits: ArchiveHabits = QUIET,
        stream: Callable[[str], Random] = Random,
        say: Callable[[str, str], None] = say_nothing,
    ) -> None:
        """`stream`: a chance stream by its name."""
        self.drawn = habits
        """As it was before it healed."""
        self._state = ArchiveState(habits, Dice(stream), say)
        self._storing = Storing(self._state)
        self._promises = Promises(self._state)
        self._set_habits(habits)

    @property
    def habits(self) -> ArchiveHabits:
        return self._state.habits

    @property
    def memory(self) -> ArchiveMemory:
        return self._state.memory

    @property
    def held(self) -> dict[Uid, str]:
        """UID -> SHA-256 of the whole file."""
        return {uid: body.sha256 for uid, body in self.memory.held.items()}

    def heal(self) -> None:
        """No fault from here on. What it lost it has lost; reports under way still come, and others
        take as long as ever: a slow archive is a right one, and has to be heard all the same.

        What it had of others under this node's UIDs its administrator throws out.
        """
        self._state.say("heals", "")
        self._storing.forgive()
        for uid in self.memory.foreign:
            del self.memory.held[uid]
            self._state.shelf.remove(uid)
        self.memory.foreign.clear()
        self._set_habits(replace(QUIET, report_s=self.habits.report_s))

    def pass_time(self, now_s: float) -> None:
        """What happened to it meanwhile. Every other call that takes a time does this first."""
        while (at_s := self._replacements.due(now_s)) is not None:
            self._be_replaced(at_s)

    def outage(self, now_s: float) -> Outage | None:
        self.pass_time(now_s)
        return self._outages.at(now_s)

    def receive(self, uid: Uid, content: bytes, now_s: float) -> Answer:
        self.pass_time(now_s)
        return self._storing.receive(uid, content, now_s)

    def heard(self, uid: Uid, now_s: float) -> None:
        """The node got the answer that it has it."""
        self.memory.accepted[uid] = now_s

    def ask(
        self, transaction_uid: Uid, references: tuple[SopReference, ...], life: int, now_s: float
    ) -> Answer:
        self.pass_time(now_s)
        return self._promises.ask(transaction_uid, references, life, now_s)

    def next_due_s(self, now_s: float) -> float | None:
        """When the next report can come; in an outage not before its end."""
        first_s, outage = self._promises.first_s(), self.outage(now_s)
        return first_s if first_s is None or outage is None else max(first_s, outage.end_s)

    def pop_report(self, life: int, now_s: float) -> CommitmentReport | None:
        return None if self.outage(now_s) else self._promises.pop(life, now_s)

    def holds(self, references: tuple[SopReference, ...], now_s: float) -> list[SopReference]:
        self.pass_time(now_s)
        return self._promises.holds(references, now_s)

    def copy_of(self, uid: Uid, now_s: float) -> bytes | None:
        """The file as it came; None when it is not to be had."""
        self.pass_time(now_s)
        return self._state.shelf.get(uid)

    def falls(self, habit: str, chance: float) -> bool:
        return self._state.falls(habit, chance)

    def chance(self, habit: str) -> Random:
        return self._state.dice.of(habit)

    def _set_habits(self, habits: ArchiveHabits) -> None:
        self._state.habits = habits
        chance = self._state.dice.of
        self._outages = Outages(chance("outages"), habits.days_between_outages, habits.outage_s)
        self._replacements = Replacements(chance("replaced"), habits.days_between_replacements)

    def _be_replaced(self, at_s: float) -> None:
        """The new one has what the last backup has."""
        memory, backup_s = self.memory, at_s - self.habits.backup_s
        lost = [uid for uid, body in memory.held.items() if body.at_s > backup_s]
        for uid in lost:
            memory.was_lost(uid, at_s)
            self._state.shelf.remove(uid)
        self._promises.forget()
        self._state.say("replaced", f"{len(lost)} lost, {len(memory.held)} kept")
