"""Lets faults happen: at a call or at a time, each kind from a stream of its own, each counted.

A kind that strikes for a while is a state of the world, not of a life: a scanner that is unplugged
stays so through a power cut. `end` ends all of them, for good; from then on nothing fails any more.
"""

from collections.abc import Callable
from functools import partial
from random import Random

from sim.fault_errors import ERRORS, HOLDS_AT
from sim.faults import SPECS, Call, Fault, Spec
from sim.kernel import Kernel, Task
from sim.life import Strike

DAY_S = 86_400.0


class Trigger:
    """One kind of fault: when it begins, and whether it is there now."""

    def __init__(self, kind: Fault, spec: Spec, chance: Random) -> None:
        self.kind = kind
        self.spec = spec
        self.chance = chance
        self.is_there = False
        self.calls_between = chance.choice(spec.every) if spec.every else 0
        self.days_between = chance.choice(spec.days) if spec.days else 0.0
        self._calls_left = self._draw_calls()

    def is_due(self) -> bool:
        """At a call where it may begin."""
        self._calls_left -= 1
        if self._calls_left >= 0:
            return False
        self._calls_left = self._draw_calls()
        return True

    def until_next_s(self) -> float:
        return self.chance.expovariate(1.0 / (self.days_between * DAY_S))

    def lasts_s(self) -> float:
        low, high = self.spec.lasts_s
        return self.chance.uniform(low, high)

    def _draw_calls(self) -> int:
        return int(self.chance.expovariate(1.0 / self.calls_between)) if self.calls_between else 0


class Mischief:
    def __init__(
        self,
        kernel: Kernel,
        kinds: tuple[Fault, ...],
        stream: Callable[[str], Random],
        begins: dict[Fault, Callable[[Trigger, str], None]],
        ends: dict[Fault, Callable[[], None]],
    ) -> None:
        """`begins`, `ends`: what a kind does to the world beyond what calls raise."""
        self.struck: dict[str, int] = {}
        """By kind: what really happened, not what might have."""
        self.strikes: dict[Call, Strike] = {}
        """For lives; see `sim.life.Life`."""
        self.notice: Callable[[], None] = lambda: None
        """Called when a kind begins or ends: there is something for the node to find."""
        self._kernel = kernel
        self._begins = begins
        self._ends = ends
        self._triggers = {
            kind: Trigger(kind, SPECS[kind], stream(f"fault {kind.name}"))
            for kind in Fault
            if kind in kinds and kind in SPECS
        }
        self._tasks: list[Task] = []
        self._over = False
        self._lay()

    def begin(self, kind: Fault) -> None:
        """Now, if it is one of this world's."""
        trigger = self._triggers.get(kind)
        if trigger is not None and not self._over:
            self._begin(trigger, at_call=False)

    def mend(self, kind: Fault) -> None:
        """Before its time is over."""
        trigger = self._triggers.get(kind)
        if trigger is not None:
            self._end(kind, trigger)

    def count(self, kind: Fault) -> None:
        self.struck[kind.value] = self.struck.get(kind.value, 0) + 1
        self._kernel.say("fault", kind.value)

    def end(self) -> None:
        self._over = True
        self.strikes.clear()
        for task in self._tasks:
            self._kernel.kill(task)
        for kind, trigger in self._triggers.items():
            if trigger.is_there:
                self._end(kind, trigger)

    def _lay(self) -> None:
        at: dict[Call, list[Trigger]] = {}
        for kind, trigger in self._triggers.items():
            for call in dict.fromkeys((*trigger.spec.calls, *HOLDS_AT.get(kind, ()))):
                at.setdefault(call, []).append(trigger)
            if trigger.days_between:
                self._spawn(kind, partial(self._by_time, trigger))
        for call, triggers in at.items():
            self.strikes[call] = self._strike_at(call, triggers)

    def _strike_at(self, call: Call, triggers: list[Trigger]) -> Strike:
        def strike(detail: str) -> None:
            for trigger in triggers:
                may_begin = call in trigger.spec.calls and trigger.is_due()
                if may_begin and not trigger.is_there:
                    self._begin(trigger, detail)
                elif trigger.is_there or may_begin:
                    self._raise(trigger.kind)

        return strike

    def _by_time(self, trigger: Trigger) -> None:
        while True:
            self._kernel.wait(None, trigger.until_next_s())
            if not trigger.is_there:
                self._begin(trigger, at_call=False)

    def _begin(self, trigger: Trigger, detail: str = "", *, at_call: bool = True) -> None:
        kind, lasts_s = trigger.kind, trigger.lasts_s()
        self.count(kind)
        trigger.is_there = lasts_s > 0.0
        if kind in self._begins:
            self._begins[kind](trigger, detail)
        self.notice()
        if trigger.is_there:
            self._spawn(kind, partial(self._end_after, trigger, lasts_s))
        if at_call:
            self._raise(kind)

    def _end_after(self, trigger: Trigger, lasts_s: float) -> None:
        self._kernel.wait(None, lasts_s)
        self._end(trigger.kind, trigger)

    def _end(self, kind: Fault, trigger: Trigger) -> None:
        if not trigger.is_there:
            return
        trigger.is_there = False
        self._kernel.say("fault", f"no more {kind.value}")
        if kind in self._ends:
            self._ends[kind]()
        self.notice()

    def _raise(self, kind: Fault) -> None:
        if kind in ERRORS:
            raise ERRORS[kind]()

    def _spawn(self, kind: Fault, run: Callable[[], None]) -> None:
        self._tasks = [task for task in self._tasks if not task.is_done]
        self._tasks.append(self._kernel.spawn(f"fault {kind.value}", run))
