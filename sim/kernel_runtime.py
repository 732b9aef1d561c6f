"""The node's runtime, clock and chance on the seeded kernel, in place of threads and the machine's.

Workers are the appliance's own, unchanged. What differs is how late they look (`sim/poll.py`).
"""

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any, Generic, TypeVar

from firmware.events import NotSent, RowsArrived
from firmware.runtime import CHANNEL_MAX, Channel, OnFailure, Worker, take_step
from sim.kernel import Signal, Task
from sim.life import Life
from sim.poll import Poll

T = TypeVar("T")
NO_NEWS = (NotSent, RowsArrived)  # a try that failed, progress: nobody else has more to do by it
BEGAN = datetime(2026, 1, 5, 0, 0, tzinfo=UTC)  # a Monday


class KernelChannel(Generic[T]):
    def __init__(self, life: Life, pace_s: float) -> None:
        self._life = life
        self._items: deque[T] = deque(maxlen=CHANNEL_MAX)
        self._arrived = life.idle_signal()
        self._poll = Poll(life, pace_s, self._arrived)

    def put(self, item: T) -> None:
        self._life.call("node", "put", type(item).__name__)
        self._items.append(item)
        self._arrived.set()
        self._life.put_was_made()
        if not isinstance(item, NO_NEWS):
            self._life.hasten()

    def take(self, timeout_s: float) -> T | None:
        self._life.check()
        if timeout_s and not self._items:
            self._arrived.clear()
            self._poll.rest(timeout_s)
        return self._items.popleft() if self._items else None


class KernelRuntime:
    def __init__(self, life: Life, on_failure: OnFailure, pace_s: float) -> None:
        self._life = life
        self._on_failure = on_failure
        self._pace_s = pace_s
        self._is_stopping = False
        self._workers: dict[str, Worker] = {}
        self._wakes: dict[str, Signal] = {}
        self._tasks: list[Task] = []
        self._ended = Signal(life.kernel)

    def channel(self) -> Channel[Any]:
        return KernelChannel(self._life, self._pace_s)

    def add(self, name: str, worker: Worker) -> None:
        self._workers[name] = worker
        self._wakes[name] = Signal(self._life.kernel)

    def start(self) -> None:
        for name, worker in self._workers.items():
            self._tasks.append(self._life.spawn(name, partial(self._run, name, worker)))

    def wake(self, name: str) -> None:
        self._wakes[name].set()

    def stop(self) -> None:
        self._is_stopping = True
        for wake in self._wakes.values():
            wake.set()
        self._life.stir()
        while not all(task.is_done for task in self._tasks):
            self._life.wait(self._ended)
            self._ended.clear()

    def _run(self, name: str, worker: Worker) -> None:
        wake = self._wakes[name]
        poll = Poll(self._life, self._pace_s, wake)
        while True:
            wake.clear()
            if self._is_stopping:
                break
            self._life.call("node", "step", name)
            poll.begins()
            rest_s = take_step(name, worker, self._on_failure)
            if rest_s > 0.0:
                poll.rest(rest_s)
        self._ended.set()


@dataclass
class Wall:
    """The clock on it, which somebody sets, or whose battery is empty."""

    offset_s: float = 0.0
    """How far it is from the world's time."""


class KernelClock:
    def __init__(self, life: Life, wall: Wall) -> None:
        self._life = life
        self._wall = wall

    def now(self) -> datetime:
        self._life.check()
        return BEGAN + timedelta(seconds=self._life.kernel.now_s + self._wall.offset_s)

    def monotonic_s(self) -> float:
        self._life.check()
        return self._life.kernel.now_s

    def sleep(self, duration_s: float) -> None:
        self._life.wait(None, duration_s)


class SeededEntropy:
    """One stream for a whole world: no two lives draw the same."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance

    def random_bytes(self, count: int) -> bytes:
        return self._chance.randbytes(count)
