"""Polls come later and later while they are in vain, and soon again once something happened."""

from collections.abc import Callable
from itertools import pairwise
from random import Random

from sim.kernel import Kernel, Signal
from sim.life import Life
from sim.poll import QUIET_S, Poll
from sim.trace import Trace

PACE_S = 3600.0
DAY_S = 86_400.0


class Polling:
    """A worker that looks for some days; `work` is what it finds to do."""

    def __init__(self, work: Callable[[Life], None] = lambda _: None, days: float = 3.0) -> None:
        self._until_s = days * DAY_S
        self.kernel = Kernel(Random(1), Trace())
        self.life = Life(self.kernel, 1)
        self.signal = Signal(self.kernel)
        self.looks_s: list[float] = []
        self._work = work
        self.life.spawn("polling", self._poll)

    def _poll(self) -> None:
        poll = Poll(self.life, PACE_S, self.signal)
        poll.begins()
        while self.kernel.now_s < self._until_s:
            self.signal.clear()
            self.looks_s.append(self.kernel.now_s)
            self._work(self.life)
            poll.rest(60.0)

    def at(self, time_s: float, happens: Callable[[], None]) -> None:
        def wait() -> None:
            self.kernel.wait(None, time_s)
            happens()

        self.kernel.spawn("outside", wait)

    def rests_s(self) -> list[float]:
        self.kernel.run()
        return [after - before for before, after in pairwise(self.looks_s)]


def test_each_look_in_vain_makes_the_next_one_later_up_to_half_a_day() -> None:
    rests_s = Polling().rests_s()
    assert rests_s[:3] == [2 * PACE_S, 4 * PACE_S, 8 * PACE_S]
    assert set(rests_s[3:]) == {QUIET_S}


def test_half_a_day_stays_half_a_day_however_long_it_is_quiet() -> None:
    polling = Polling(days=2000.0)
    assert set(polling.rests_s()[3:]) == {QUIET_S}


def test_who_finds_something_each_time_keeps_the_pace() -> None:
    rests_s = Polling(lambda life: life.touch("index", "sync")).rests_s()
    assert set(rests_s) == {PACE_S}


def test_a_call_that_brought_nothing_new_is_in_vain() -> None:
    def ask(life: Life) -> None:
        life.touch("worklist", "orders")
        life.in_vain()

    assert max(Polling(ask).rests_s()) == QUIET_S


def test_what_happens_has_it_look_within_the_pace() -> None:
    polling = Polling()
    happens_s = 40_000.0  # in its fourth rest, of half a day
    polling.at(happens_s, polling.life.hasten)
    polling.kernel.run()
    assert happens_s + PACE_S in polling.looks_s


def test_what_happens_soon_before_a_look_does_not_put_it_off() -> None:
    polling = Polling()
    second_s = 2 * PACE_S
    polling.at(second_s - 1.0, polling.life.hasten)
    polling.kernel.run()
    assert second_s in polling.looks_s


def test_a_wake_ends_the_rest_at_once() -> None:
    polling = Polling()
    polling.at(40_000.0, polling.signal.set)
    polling.kernel.run()
    assert 40_000.0 in polling.looks_s


def test_what_hastened_a_rest_that_a_wake_had_ended_does_not_end_the_next_one() -> None:
    polling = Polling()

    def both() -> None:
        polling.signal.set()
        polling.signal.clear()
        polling.life.hasten()

    polling.at(100.0, both)
    rests_s = polling.rests_s()
    assert rests_s[0] == 100.0
    assert PACE_S not in rests_s
