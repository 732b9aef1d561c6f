"""The production kernel: one thread a worker, bounded channels between them.

Everything that a thread, a queue or a wait is, is here; workers are straight-line code that
the simulation runs unchanged on its own kernel.
"""

import logging
import queue
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Generic, Protocol, TypeVar

from hal.errors import NodeError, Sentence

T = TypeVar("T")
log = logging.getLogger("sapi.runtime")

CHANNEL_MAX = 256  # a person and five workers; far more than can be waiting at once
STOP_WAIT_S = 30.0  # a worker ends its step first: the longest is one network timeout
AFTER_FAILURE_S = 5.0  # a worker that failed tries again, without filling the log
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
SIGNAL_WAIT_S = 0.25

BUG = Sentence(
    en="Internal error in {worker} ({reason}). It is restarted by itself; tell your support.",
    fr="Erreur interne dans {worker} ({reason}). Redémarrage automatique ; "
    "prévenez votre assistance.",
)


class Channel(Protocol[T]):
    def put(self, item: T) -> None: ...

    def take(self, timeout_s: float) -> T | None: ...


class Worker(Protocol):
    def step(self) -> float:
        """Do what there is to do; seconds until there is reason to look again."""


class Runtime(Protocol):
    """What runs the workers: threads in the appliance, one seeded kernel in the simulation."""

    def channel(self) -> Channel[Any]: ...

    def add(self, name: str, worker: Worker) -> None: ...

    def start(self) -> None: ...

    def wake(self, name: str) -> None:
        """End this worker's rest. One that comes during a step is not lost."""

    def stop(self) -> None:
        """Each worker ends the step that it is in."""


OnFailure = Callable[[str, Sentence], None]
"""Told which worker failed, and the sentence for the panel."""


def take_step(name: str, worker: Worker, on_failure: OnFailure) -> float:
    """One step; seconds to rest. What it raises is reported, and the worker goes on."""
    try:
        return worker.step()
    except NodeError as error:
        log.warning("worker=%s error=%s", name, error)
        on_failure(name, error.sentence)
    except Exception as error:
        log.exception("worker=%s", name)
        on_failure(name, BUG.fill(worker=name, reason=type(error).__name__))
    return AFTER_FAILURE_S


class ThreadChannel(Generic[T]):
    """A bounded queue. When it is full the oldest goes: its reader wants what is true now."""

    def __init__(self) -> None:
        self._queue: queue.Queue[T] = queue.Queue(CHANNEL_MAX)

    def put(self, item: T) -> None:
        while True:
            try:
                return self._queue.put_nowait(item)
            except queue.Full:
                self.take(0.0)

    def take(self, timeout_s: float) -> T | None:
        try:
            return self._queue.get(timeout=timeout_s) if timeout_s else self._queue.get_nowait()
        except queue.Empty:
            return None


class ThreadRuntime:
    """Runs workers until `stop`; one that fails is reported and started again."""

    def __init__(self, on_failure: OnFailure) -> None:
        self._on_failure = on_failure
        self._stopping = threading.Event()
        self._wakes: dict[str, threading.Event] = {}
        self._threads: list[threading.Thread] = []

    def channel(self) -> Channel[Any]:
        return ThreadChannel()

    def add(self, name: str, worker: Worker) -> None:
        self._wakes[name] = threading.Event()
        self._threads.append(
            threading.Thread(target=self._run, args=(name, worker), name=name, daemon=True)
        )

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wake(self, name: str) -> None:
        self._wakes[name].set()

    def stop(self) -> None:
        self._stopping.set()
        for wake in self._wakes.values():
            wake.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(STOP_WAIT_S)

    def _run(self, name: str, worker: Worker) -> None:
        wake = self._wakes[name]
        while True:
            wake.clear()  # before the step: a wake that comes during it must not be lost
            if self._stopping.is_set():
                return
            rest_s = take_step(name, worker, self._on_failure)
            if rest_s > 0.0:
                wake.wait(rest_s)


class StopRequest:
    """Raised by SIGINT or SIGTERM."""

    def __init__(self) -> None:
        self._raised = threading.Event()

    def raise_it(self, *_: object) -> None:
        self._raised.set()

    def wait(self) -> None:
        # With a timeout: a signal that the kernel gives to another thread, such as one of
        # OpenBLAS's, runs Python's handler only when this one next wakes.
        while not self._raised.wait(SIGNAL_WAIT_S):
            pass


@contextmanager
def stop_signals() -> Generator[StopRequest]:
    """SIGINT and SIGTERM ask for an orderly end while this is open."""
    request = StopRequest()
    before = {number: signal.signal(number, request.raise_it) for number in STOP_SIGNALS}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
