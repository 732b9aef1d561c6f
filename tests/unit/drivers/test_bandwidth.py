"""The bucket on a clock under our hand: never faster than allowed, and not slower either."""

from datetime import time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.bandwidth import BURST_S, LimitedLine, TokenBucket
from hal.devices import BandwidthLimit
from hal.values import DailySpan
from tests.fakes import FakeClock

PARIS = ZoneInfo("Europe/Paris")
DAY = BandwidthLimit(DailySpan(time(7), time(19)), 4000.0)
RATE_BYTES_S = 500_000.0


@given(
    st.lists(st.tuples(st.integers(1, 200_000), st.floats(0.0, 2.0)), min_size=1, max_size=30),
    st.floats(8_000, 1e8),
)
def test_over_any_time_no_more_than_the_rate_and_one_burst(
    sends: list[tuple[int, float]], rate_bytes_s: float
) -> None:
    bucket, now_s, sent_bytes = TokenBucket(), 0.0, 0
    for count_bytes, pause_s in sends:
        now_s += pause_s
        now_s += bucket.take(count_bytes, now_s, rate_bytes_s)
        sent_bytes += count_bytes
        assert sent_bytes <= (now_s + BURST_S) * rate_bytes_s * (1 + 1e-9) + 1e-3


def test_a_film_takes_as_long_as_the_limit_says() -> None:
    clock = FakeClock()  # noon in UTC
    line = LimitedLine((DAY,), PARIS, clock)
    for _ in range(1000):
        line(30_000)
    assert clock.monotonic_s() == pytest.approx(30_000_000 / RATE_BYTES_S, abs=BURST_S)


def test_at_night_there_is_no_limit() -> None:
    clock = FakeClock()
    line = LimitedLine((DAY,), PARIS, clock)
    line(10_000_000)
    clock.sleep(10 * 3600.0)
    before_s = clock.monotonic_s()
    line(10_000_000)
    line(10_000_000)
    assert clock.monotonic_s() == before_s


def test_the_hours_are_local() -> None:
    clock = FakeClock()
    clock.sleep(5.5 * 3600.0)  # 17:30 UTC is 18:30 in Paris in November
    line = LimitedLine((DAY,), PARIS, clock)
    before_s = clock.monotonic_s()
    line(10_000_000)
    assert clock.monotonic_s() > before_s
    clock.sleep(1800.0)
    before_s = clock.monotonic_s()
    line(10_000_000)
    assert clock.monotonic_s() == before_s


def test_the_first_limit_that_holds_counts() -> None:
    clock = FakeClock()
    all_day = BandwidthLimit(DailySpan(), 8.0)
    line = LimitedLine((DAY, all_day), PARIS, clock)
    line(1_000_000)
    assert clock.monotonic_s() == pytest.approx(2.0, abs=BURST_S)
