"""A node's power: lives begin, and end by a cut, a kill, an update, a person, or by themselves.

A process that says that it cannot start is started again, as systemd does it. What a life leaves
is the next one's: after a cut what was durable and a part of the rest, after everything else the
operating system's whole cache.
"""

from collections.abc import Callable
from random import Random

from sim.faults import AIMED, AIMED_CALLS_MAX, Fault, Knobs
from sim.kernel import FOR_EVER, Kernel
from sim.life import Call
from sim.mischief import DAY_S
from sim.node_life import NodeLife, Remains
from sim.power import SeededCut

OFF_S = {Fault.CUT: (5.0, 600.0), Fault.KILL: (1.0, 30.0), Fault.RESTART: (5.0, 60.0)}
"""Until the next life: a cut's own time and a boot; systemd's RestartSec; an update."""
TRIES_IN_A_ROW = 20
TRIED_AGAIN_S = 1800.0
"""What keeps a node from starting lasts for hours: after so many tries it is tried less often, or a
week of it would be forty thousand lives, and a quarter of an hour."""
AIM_WAIT_S = 12 * 3600.0  # what was aimed at may never come: then it ends wherever it is


class Mains:
    def __init__(
        self,
        kernel: Kernel,
        chance: Random,
        knobs: Knobs,
        begin: Callable[[Remains], NodeLife],
        count: Callable[[Fault | None], None],
    ) -> None:
        """`begin`: another life from what the last one left. `count`: what ended one; None: it
        could not start, and ended by itself.
        """
        self.life: NodeLife | None = None
        """None while there is no power."""
        self._kernel = kernel
        self._chance = chance
        self._knobs = knobs
        self._begin = begin
        self._count = count
        self._endings = tuple(kind for kind in OFF_S if kind in knobs.faults)
        self._is_pulled = False

    def supply(self, remains: Remains) -> None:
        """For ever."""
        failed_starts = 0
        while True:
            self._is_pulled = False
            self.life = self._begin(remains)
            ending = self._live(self.life)
            self._count(ending)
            remains = self._what_is_left(self.life, ending)
            self.life = None
            failed_starts = failed_starts + 1 if ending is None else 0
            off_s = self._chance.uniform(*OFF_S[ending or Fault.KILL])
            self._kernel.wait(None, off_s if failed_starts <= TRIES_IN_A_ROW else TRIED_AGAIN_S)

    def pull_plug(self) -> None:
        """A person's doing, at once."""
        if self.life is not None and not self.life.life.is_over:
            self._is_pulled = True
            self.life.life.end()

    def cut_in(self, calls: int) -> None:
        """The same, at a call of the node soon."""
        if self.life is not None and not self.life.life.is_over:
            self._is_pulled = True
            self.life.life.end_in(calls)

    def heal(self) -> None:
        """From now on nothing ends a life but itself."""
        self._endings = ()
        if self.life is not None:
            self.life.life.spare()

    def _live(self, life: NodeLife) -> Fault | None:
        """Until it is over; what ended it."""
        over = life.life.over
        ending: Fault | None = None
        if not self._kernel.wait(over, self._until_end_s()) and self._endings:
            ending = self._chance.choice(self._endings)
            self._end(life, ending)
        else:
            self._kernel.wait(over, FOR_EVER)
        return Fault.CUT if self._is_pulled else ending

    def _until_end_s(self) -> float:
        if not self._endings:
            return FOR_EVER
        return self._chance.expovariate(1.0 / (self._knobs.days_between_ends * DAY_S))

    def _end(self, life: NodeLife, ending: Fault) -> None:
        over = life.life.over
        if ending is Fault.RESTART:
            life.begin_to_stop()
            self._kernel.wait(over, FOR_EVER)
            return
        aim, calls = self._draw_aim()
        life.life.end_in(calls, aim)
        if not self._kernel.wait(over, AIM_WAIT_S) and self._endings:
            life.life.end_in(0)
        self._kernel.wait(over, FOR_EVER)

    def _draw_aim(self) -> tuple[Call | None, int]:
        if self._chance.random() < AIMED:
            return self._chance.choice(self._knobs.aims), self._chance.randrange(AIMED_CALLS_MAX)
        return None, self._chance.randrange(self._knobs.calls_to_end_max)

    def _what_is_left(self, life: NodeLife, ending: Fault | None) -> Remains:
        if ending is Fault.CUT:
            return life.left_by(SeededCut(self._chance))
        return life.left_when_killed()
