"""Writes what a person decided of an image into the index: the panel never waits for a disk.

What could not be written is tried again: a rejected image would be sent otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from firmware.events import Accepted, Listener, Rejected
from firmware.index.examinations import Examinations
from firmware.panel_times import PanelTimes
from firmware.panel_worker import LookOrdered
from firmware.panel_workflow import Action
from firmware.runtime import Channel
from firmware.store import Store

LOOK_WAIT_S = 0.5


@dataclass
class LooksWorker:
    looks: Channel[LookOrdered]
    examinations: Examinations
    store: Store
    times: PanelTimes
    listener: Listener
    _pending: LookOrdered | None = field(default=None, init=False)

    def step(self) -> float:
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
        is_kept_here = self.examinations.reject(look.instance, reason)
        if is_kept_here:
            self.store.reject(look.instance)
        self.listener(Rejected(look.instance, reason, was_sent=not is_kept_here))

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
