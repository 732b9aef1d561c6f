"""Notices that the clock was put back, and has what was stamped before put right.

It looks at the start too: the clock may have been put right while the node was off. A clock that
was ahead between two looks shows in what was stamped then alone. It never sets a clock, and trusts
the present one: who is right about the time is not for a node to say.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from firmware.index.misdated import Misdated
from firmware.index.stamped_ahead import any_stamped_ahead
from hal.clock import Clock

log = logging.getLogger("sapi.clock")

LOOK_S = 60.0
SLEWED_S = 1.0  # less is a time server's slow correction, and shorter than anything waited for


@dataclass
class ClockWatch:
    misdated: Misdated
    clock: Clock
    _seen: tuple[datetime, float] | None = field(default=None, init=False)
    """The two clocks at the last look."""

    def step(self) -> float:
        now, elapsed_s = self.clock.now(), self.clock.monotonic_s()
        if self._was_put_back(now, elapsed_s) or any_stamped_ahead(self.misdated, SLEWED_S):
            changed = self.misdated.put_right()
            if changed:
                log.warning("clock was ahead changed=%s", changed)
        self._seen = (now, elapsed_s)
        return LOOK_S

    def _was_put_back(self, now: datetime, elapsed_s: float) -> bool:
        if self._seen is None:
            return True
        before, before_s = self._seen
        return now < before + timedelta(seconds=elapsed_s - before_s - SLEWED_S)
