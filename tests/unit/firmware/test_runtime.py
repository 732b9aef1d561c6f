"""Threads for real, and no waiting but for what must come."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from firmware import runtime as module
from firmware.runtime import CHANNEL_MAX, ThreadChannel, ThreadRuntime
from hal.errors import DeviceUnavailable, Sentence

COMES_S = 10.0
LONG_S = 60.0
GONE = Sentence("gone", "parti")


class Worker:
    """Does `work` each step, then rests for `rest_s`."""

    def __init__(self, work: Callable[[int], None], rest_s: float = LONG_S) -> None:
        self._work = work
        self._rest_s = rest_s
        self.steps = 0

    def step(self) -> float:
        self.steps += 1
        self._work(self.steps)
        return self._rest_s


class Told:
    def __init__(self) -> None:
        self.failures: list[tuple[str, Sentence]] = []
        self.runtime = ThreadRuntime(lambda name, sentence: self.failures.append((name, sentence)))


@pytest.fixture
def told() -> Iterator[Told]:
    made = Told()
    yield made
    made.runtime.stop()


@pytest.mark.parametrize(
    ("error", "said"), [(DeviceUnavailable(GONE), "gone"), (KeyError("x"), "Internal error")]
)
def test_a_worker_that_fails_is_reported_and_started_again(
    told: Told, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    monkeypatch.setattr(module, "AFTER_FAILURE_S", 0.001)
    again = threading.Event()

    def fail_once(step: int) -> None:
        if step == 1:
            raise error
        again.set()

    told.runtime.add("scanner", Worker(fail_once))
    told.runtime.start()
    assert again.wait(COMES_S)
    ((name, sentence),) = told.failures
    assert name == "scanner"
    assert said in sentence.en


def test_the_others_go_on_while_one_fails(told: Told) -> None:
    going = threading.Event()

    def fail(_: int) -> None:
        raise ValueError

    def count(step: int) -> None:
        if step == 100:
            going.set()

    told.runtime.add("bad", Worker(fail))
    told.runtime.add("good", Worker(count, rest_s=0.0))
    told.runtime.start()
    assert going.wait(COMES_S)


def test_a_wake_during_a_step_is_not_lost(told: Told) -> None:
    second = threading.Event()

    def wake_myself(step: int) -> None:
        if step == 1:
            told.runtime.wake("forwarder")
        else:
            second.set()

    told.runtime.add("forwarder", Worker(wake_myself))
    told.runtime.start()
    assert second.wait(COMES_S)


def test_a_wake_before_the_start_is_harmless(told: Told) -> None:
    began = threading.Event()
    told.runtime.add("forwarder", Worker(lambda _: began.set()))
    told.runtime.wake("forwarder")
    told.runtime.start()
    assert began.wait(COMES_S)


def test_stop_does_not_wait_for_a_worker_that_rests(told: Told) -> None:
    began = threading.Event()
    worker = Worker(lambda _: began.set())
    told.runtime.add("forwarder", worker)
    told.runtime.start()
    assert began.wait(COMES_S)
    stopped_s = time.monotonic()
    told.runtime.stop()
    assert time.monotonic() - stopped_s < LONG_S / 4
    assert worker.steps == 1


def test_stop_lets_a_step_end(told: Told) -> None:
    began, may_end = threading.Event(), threading.Event()
    ended = []

    def work(_: int) -> None:
        began.set()
        may_end.wait(COMES_S)
        ended.append(True)

    told.runtime.add("acquisition", Worker(work))
    told.runtime.start()
    assert began.wait(COMES_S)
    threading.Timer(0.05, may_end.set).start()
    told.runtime.stop()
    assert ended


def test_a_full_channel_drops_the_oldest() -> None:
    channel: ThreadChannel[int] = ThreadChannel()
    for number in range(CHANNEL_MAX + 2):
        channel.put(number)
    assert channel.take(0.0) == 2


def test_an_empty_channel_gives_nothing_in_time() -> None:
    channel: ThreadChannel[int] = ThreadChannel()
    assert channel.take(0.0) is channel.take(0.001) is None
