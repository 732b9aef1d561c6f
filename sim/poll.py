"""How late somebody looks who polls: at the world's pace, and later while there is nothing to find.

A node that finds nothing twenty times a second would cost more than one that works, and most polls
of a day find nothing: a rest is the shortest wait and never a promise, so firmware that is right is
right at any pace. A step that called nothing and changed nothing was in vain; after each such one
the rest is twice as long, up to `QUIET_S`. Anything that happens to the node (a press, a message
between its workers, a fault that begins or ends) has everybody look within the pace again.
"""

from sim.kernel import FOR_EVER, Signal, Task
from sim.life import Life

QUIET_S = 43_200.0  # twice a day each looks whether something has come due by itself


class Poll:
    """One worker's, or one device's that a worker asks."""

    def __init__(self, life: Life, pace_s: float, signal: Signal) -> None:
        """`signal`: ends a rest at once."""
        self._life = life
        self._pace_s = pace_s
        self._signal = signal
        self._calls = -1
        self._late_s = pace_s
        self._latest_s = max(QUIET_S, pace_s)
        self._earliest_s = self._until_s = 0.0
        self._wait: tuple[Task, int] | None = None
        life.hastens(self.hasten)

    def begins(self) -> None:
        """From here on a call says that there was something to do."""
        self._calls = self._life.calls

    def rest(self, shortest_s: float, longest_s: float = FOR_EVER) -> None:
        """Raises PowerGone."""
        life, kernel = self._life, self._life.kernel
        was_in_vain = life.calls == self._calls
        self._late_s = min(2.0 * self._late_s, self._latest_s) if was_in_vain else self._pace_s
        self._earliest_s = kernel.now_s + shortest_s
        self._until_s = kernel.now_s + min(longest_s, max(shortest_s, self._late_s))
        self._wait = kernel.next_wait()
        life.wait(self._signal, self._until_s - kernel.now_s)
        self._wait = None
        self.begins()

    def hasten(self) -> None:
        due_s = max(self._earliest_s, self._life.kernel.now_s + self._pace_s)
        if self._wait is not None and due_s < self._until_s:
            self._until_s, self._late_s = due_s, self._pace_s
            self._life.kernel.end_wait_at(*self._wait, due_s)
