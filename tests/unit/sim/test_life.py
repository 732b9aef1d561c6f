"""Where a life ends, and what may go wrong at its calls."""

from random import Random

import pytest

from sim.kernel import Kernel
from sim.life import Call, Life, PowerGone, Strike
from sim.trace import Trace

SYNC: Call = ("disk", "sync")


def life(strikes: dict[Call, Strike] | None = None) -> Life:
    return Life(Kernel(Random(1), Trace()), 1, strikes)


def calls_until_its_end(one: Life, calls: list[Call]) -> int:
    for number, (lane, what) in enumerate(calls):
        try:
            one.touch(lane, what)
        except PowerGone:
            return number
    return -1


def test_it_ends_at_the_call_behind_so_many() -> None:
    one = life()
    one.end_in(3)
    assert calls_until_its_end(one, [SYNC] * 9) == 3


def test_it_ends_shortly_behind_what_was_aimed_at() -> None:
    one = life()
    one.end_in(1, after=SYNC)
    write = ("disk", "write")
    assert calls_until_its_end(one, [write, write, write, SYNC, write, write, write]) == 5


def test_it_is_spared() -> None:
    one = life()
    one.end_in(0)
    one.spare()
    assert calls_until_its_end(one, [SYNC] * 9) == -1


def test_after_its_end_every_call_fails() -> None:
    one = life()
    one.end()
    for _ in range(2):
        with pytest.raises(PowerGone):
            one.touch(*SYNC)


def test_what_may_go_wrong_is_told_the_calls_detail() -> None:
    heard: list[str] = []
    one = life({SYNC: heard.append})
    one.touch(*SYNC, "a file")
    one.touch("disk", "write", "another")
    assert heard == ["a file"]
