"""Writes what a person decided of an image into the index: the panel never waits for a disk.

What could not be written is tried again: a rejected image would be sent otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from firmware.events import Accepted, Listener, Rejected
from firmware.index.examinations import Examinations, Fate
from firmware.panel_times import PanelTimes
from firmware.panel_worker import LookOrdered
from firmware.panel_workflow import Action
from firmware.runtime import Channel
from firmware.store import Store
from hal.values import Uid

LOOK_WAIT_S = 0.5
LOOK_AGAIN_STEPS = 60  # half a minute: what was rejected at the terminal


@dataclass
class LooksWorker:
    looks: Channel[LookOrdered]
    examinations: Examinations
    store: Store
    times: PanelTimes
    listener: Listener
    _pending: LookOrdered | None = field(default=None, init=False)
    _on_their_way: dict[Uid, str] = field(default_factory=dict, init=False)
    """Rejected while they were being sent, or away from the panel; with the reason."""
    _steps: int = field(default=0, init=False)

    def step(self) -> float:
        self._follow_rejected()
        self._pending = self._pending or self.looks.take(LOOK_WAIT_S)
        if self._pending is not None:
            DOES[self._pending.action](self, self._pending)
            self._pending = None
        self.examinations.settle(self.times.look_s, self.times.examination_s)
        return 0.0

    def _accept(self, look: LookOrdered) -> None:
        self.examinations.accept(look.instance)
        self.listener(Accepted(look.instance))

    def _close(self, look: LookOrdered) -> None:
        self.examinations.close(look.instance)
        self.listener(Accepted(look.instance))

    def _accept_and_close(self, look: LookOrdered) -> None:
        self.examinations.accept(look.instance)
        self._close(look)

    def _reject(self, look: LookOrdered) -> None:
        reason = look.reason.value if look.reason else ""
        self._tell(look.instance, reason, self.examinations.reject(look.instance, reason))

    def _follow_rejected(self) -> None:
        """Those that were on the line: whether they got there, once that is known."""
        if self._steps % LOOK_AGAIN_STEPS == 0:
            self._on_their_way |= self.examinations.rejected_on_their_way()
        self._steps += 1
        for instance, reason in tuple(self._on_their_way.items()):
            fate = self.examinations.fate(instance)
            if fate is not Fate.BEING_SENT:
                self._tell(instance, reason, fate)
                del self._on_their_way[instance]

    def _tell(self, instance: Uid, reason: str, fate: Fate) -> None:
        for one in self.examinations.put_aside(instance):
            self.store.reject(one)
        if fate is Fate.BEING_SENT:
            self._on_their_way[instance] = reason
        was_sent, is_being_sent = fate is Fate.SENT, fate is Fate.BEING_SENT
        may_have_come = not was_sent and not is_being_sent
        may_have_come = may_have_come and self.examinations.may_have_come(instance)
        self.listener(Rejected(instance, reason, was_sent, is_being_sent, may_have_come))

    def _doubt(self, look: LookOrdered) -> None:
        self.examinations.doubt(look.instance)


DOES: dict[Action, Callable[[LooksWorker, LookOrdered], None]] = {
    Action.ACCEPT: LooksWorker._accept,
    Action.ACCEPT_AND_SCAN: LooksWorker._accept,
    Action.ACCEPT_AND_CLOSE: LooksWorker._accept_and_close,
    Action.CLOSE: LooksWorker._close,
    Action.REJECT: LooksWorker._reject,
    Action.REJECT_WRONG_PATIENT: LooksWorker._reject,
    Action.DOUBT: LooksWorker._doubt,
}
