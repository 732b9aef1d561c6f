"""Time jumps, chance picks, and an end reaches everybody at once."""

from collections.abc import Callable
from random import Random

import pytest

from sim import kernel as module
from sim.kernel import FOR_EVER, Kernel, Livelock, Signal
from sim.life import Life, PowerGone
from sim.trace import Trace


def new_kernel(seed: int = 1) -> Kernel:
    return Kernel(Random(seed), Trace())


def test_waiting_jumps_to_what_is_due_next() -> None:
    kernel = new_kernel()
    seen: list[tuple[str, float]] = []

    def after(name: str, wait_s: float) -> Callable[[], None]:
        def run() -> None:
            kernel.wait(None, wait_s)
            seen.append((name, kernel.now_s))

        return run

    kernel.spawn("late", after("late", 86_400.0))
    kernel.spawn("soon", after("soon", 0.5))
    kernel.run()
    assert seen == [("soon", 0.5), ("late", 86_400.0)]


def test_a_run_ends_before_what_is_due_later() -> None:
    kernel = new_kernel()
    kernel.spawn("late", lambda: kernel.wait(None, 10.0))
    kernel.run(9.0)
    assert kernel.now_s < 10.0


def test_a_signal_ends_a_wait_and_its_timer_is_forgotten() -> None:
    kernel = new_kernel()
    signal = Signal(kernel)
    ends: list[tuple[bool, float]] = []

    def waiting() -> None:
        ends.append((kernel.wait(signal, 5.0), kernel.now_s))
        signal.clear()
        ends.append((kernel.wait(signal, 100.0), kernel.now_s))

    def setting() -> None:
        kernel.wait(None, 1.0)
        signal.set()

    kernel.spawn("waiting", waiting)
    kernel.spawn("setting", setting)
    kernel.run()
    assert ends == [(True, 1.0), (False, 101.0)]


def test_the_seed_decides_the_order() -> None:
    def order(seed: int) -> str:
        kernel, seen = new_kernel(seed), []

        def run(name: str) -> None:
            for _ in range(5):
                seen.append(name)
                kernel.pause()

        for name in "abc":
            kernel.spawn(name, lambda name=name: run(name))  # type: ignore[misc]
        kernel.run()
        return "".join(seen)

    assert order(1) == order(1)
    assert len({order(seed) for seed in range(10)}) > 5


def test_what_a_task_raises_comes_out() -> None:
    kernel = new_kernel()

    def fail() -> None:
        raise KeyError("x")

    kernel.spawn("failing", fail)
    with pytest.raises(KeyError):
        kernel.run()


def test_a_livelock_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SWITCHES_MAX", 100)
    kernel = new_kernel()

    def spin() -> None:
        while True:
            kernel.pause()

    kernel.spawn("one", spin)
    kernel.spawn("two", spin)
    with pytest.raises(Livelock):
        kernel.run()


class TestLife:
    def test_its_end_reaches_every_task_at_once_and_no_cleanup_does_anything(self) -> None:
        kernel = new_kernel()
        life = Life(kernel, 1)
        effects: list[str] = []

        def work(name: str) -> None:
            try:
                while True:
                    life.call("disk", name)
                    life.wait(timeout_s=1.0)
            except BaseException:
                life.call("disk", "clean up")
                effects.append("cleaned up")
                raise
            finally:
                with pytest.raises(PowerGone):
                    life.touch("disk", "close")

        for name in ("a", "b", "c"):
            life.spawn(name, lambda name=name: work(name))  # type: ignore[misc]
        life.end_in(7)
        kernel.spawn("mains", lambda: kernel.wait(life.over, FOR_EVER))
        kernel.run()
        assert life.is_over
        assert effects == []
        assert kernel.now_s < 5.0

    def test_a_stir_before_the_wait_is_not_lost(self) -> None:
        kernel = new_kernel()
        life = Life(kernel, 1)
        signal = life.idle_signal()
        life.spawn("stirring", life.stir)
        ends: list[bool] = []

        def poll() -> None:
            life.wait(timeout_s=1.0)
            ends.append(life.wait(signal, 3600.0))

        life.spawn("polling", poll)
        kernel.run()
        assert ends == [True]
        assert kernel.now_s == 1.0
