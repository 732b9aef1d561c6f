"""One world's time and order: greenlets, a virtual clock, and a seed that picks who runs next.

A task runs until it pauses, waits or ends; then chance picks among those that can run. When none
can, time jumps to the next one that is due. It knows nothing of nodes, disks or devices, and
takes nothing from the machine: no real time, no threads, no chance but its own.
"""

import heapq
import math
from collections.abc import Callable
from random import Random

from greenlet import getcurrent, greenlet

from sim.trace import Trace

SWITCHES_MAX = 2_000_000  # without time moving: whoever does that will never stop
FOR_EVER = math.inf


class Livelock(RuntimeError):
    """Tasks go on and on, and time stands still."""


class Task:
    """One thread of a world."""

    __slots__ = ("_kernel", "_run", "is_done", "name", "thread", "turn", "was_signalled")

    def __init__(self, kernel: "Kernel", name: str, run: Callable[[], object]) -> None:
        self._kernel = kernel
        self._run = run
        self.name = name
        self.thread = greenlet(self._main)
        self.turn = 0
        """Counts its waits, so that what was to end an earlier one is known to be stale."""
        self.was_signalled = False
        self.is_done = False

    def _main(self) -> None:
        try:
            self._run()
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001 -- raised again, by `Kernel.run`
            self._kernel.failure = error
        finally:
            self.is_done = True


class Killed(BaseException):
    """Ends a task from outside. Not an Exception: no worker may take it for an error."""


class Signal:
    """What tasks wait for. Set, it stays so until it is cleared."""

    __slots__ = ("_kernel", "_waiting", "is_set")

    def __init__(self, kernel: "Kernel") -> None:
        self._kernel = kernel
        self._waiting: list[tuple[Task, int]] = []
        self.is_set = False

    def set(self) -> None:
        self.is_set = True
        waiting, self._waiting = self._waiting, []
        for task, turn in waiting:
            self._kernel.end_wait(task, turn)

    def clear(self) -> None:
        self.is_set = False

    def add(self, task: Task) -> None:
        self._waiting.append((task, task.turn))

    def forget(self, task: Task) -> None:
        self._waiting = [entry for entry in self._waiting if entry[0] is not task]


class Kernel:
    def __init__(self, chance: Random, trace: Trace) -> None:
        self.chance = chance
        self.trace = trace
        self.now_s = 0.0
        self.failure: BaseException | None = None
        self._hub = getcurrent()
        self._current: Task | None = None
        self._ready: list[Task] = []
        self._timers: list[tuple[float, int, Task, int]] = []
        self._timers_made = 0
        self.switches = 0
        """How often a task has begun to run, or gone on."""
        self._switches_max = SWITCHES_MAX
        self._to_kill: list[Task] = []

    def spawn(self, name: str, run: Callable[[], object]) -> Task:
        task = Task(self, name, run)
        self._ready.append(task)
        return task

    def run(self, until_s: float = FOR_EVER) -> None:
        """Until then, or until nobody has anything left to do. What a task raises comes out."""
        self._hub = getcurrent()
        while self.failure is None:
            if self._to_kill:
                self._kill_all()
            elif self._ready:
                self._switch_to(self._pick())
            elif not self._jump(until_s):
                return
        failure, self.failure = self.failure, None
        raise failure

    def pause(self) -> None:
        """Somebody else may run now."""
        task = self._here()
        if self._ready or self._to_kill:
            self._ready.append(task)
            self._hub.switch()

    def wait(self, signal: Signal | None, timeout_s: float) -> bool:
        """Until the signal is set (True) or the time is over (False)."""
        task = self._here()
        if signal is not None:
            if signal.is_set:
                self.pause()
                return True
            signal.add(task)
        if timeout_s < FOR_EVER:
            self._timers_made += 1
            due_s = self.now_s + max(0.0, timeout_s)
            heapq.heappush(self._timers, (due_s, self._timers_made, task, task.turn))
        task.was_signalled = False
        self._hub.switch()
        if signal is not None and not task.was_signalled:
            signal.forget(task)
        return task.was_signalled

    def end_wait(self, task: Task, turn: int) -> None:
        """For signals."""
        if task.turn == turn and not task.is_done:
            task.turn += 1
            task.was_signalled = True
            self._ready.append(task)

    def next_wait(self) -> tuple[Task, int]:
        """The present task's, by which `end_wait_at` knows it."""
        task = self._here()
        return task, task.turn

    def end_wait_at(self, task: Task, turn: int, due_s: float) -> None:
        """As if its time were over then, if it is not before."""
        if task.turn == turn and not task.is_done:
            self._timers_made += 1
            heapq.heappush(self._timers, (due_s, self._timers_made, task, turn))

    def kill(self, task: Task) -> None:
        """It is thrown out of wherever it is, before anybody else runs."""
        self._to_kill.append(task)

    def fail(self, error: BaseException) -> None:
        """`run` raises this as soon as the present task pauses; of several, the first."""
        if self.failure is None:
            self.failure = error

    def say(self, lane: str, what: str, detail: str = "") -> None:
        self.trace.add(self.now_s, lane, what, detail)

    def _here(self) -> Task:
        if self._current is None:
            raise RuntimeError("only a task of this kernel can wait")
        return self._current

    def _pick(self) -> Task:
        """Swapped with the last and popped: the order of the rest does not matter to chance."""
        ready = self._ready
        position = int(self.chance.random() * len(ready))
        ready[position], ready[-1] = ready[-1], ready[position]
        return ready.pop()

    def _switch_to(self, task: Task) -> None:
        if task.is_done:
            return
        self.switches += 1
        if self.switches > self._switches_max:
            raise Livelock(f"{task.name} and others run on at {self.now_s} s")
        self._current = task
        task.thread.parent = self._hub
        task.thread.switch()
        self._current = None

    def _jump(self, until_s: float) -> bool:
        """To the next timer that is still waited for; False when there is none before `until_s`."""
        while self._timers and self._timers[0][0] <= until_s:
            due_s, _, task, turn = heapq.heappop(self._timers)
            if task.turn == turn and not task.is_done:
                task.turn += 1
                self._ready.append(task)
                self._switches_max = self.switches + SWITCHES_MAX
                self.now_s = due_s
                self._ready_at_the_same_time(due_s)
                return True
        return False

    def _ready_at_the_same_time(self, due_s: float) -> None:
        """So that chance, not the order in which they were made, says who is first."""
        while self._timers and self._timers[0][0] == due_s:
            _, _, task, turn = heapq.heappop(self._timers)
            if task.turn == turn and not task.is_done:
                task.turn += 1
                self._ready.append(task)

    def _kill_all(self) -> None:
        doomed, self._to_kill = self._to_kill, []
        for task in doomed:
            task.turn += 1
            if task.thread:  # begun, and not at its end
                self._current = task
                task.thread.parent = self._hub
                task.thread.throw(Killed())
                self._current = None
            task.is_done = True
        self._ready = [task for task in self._ready if not task.is_done]
