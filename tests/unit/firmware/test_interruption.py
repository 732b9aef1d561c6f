"""A signal ends a command where it may, and is only noted everywhere else."""

import signal
from collections.abc import Iterator

import pytest

from firmware.interruption import SIGNALS, Interrupted, Interruption, interruptible


@pytest.fixture
def interruption() -> Iterator[Interruption]:
    with interruptible() as opened:
        yield opened


@pytest.mark.parametrize("number", SIGNALS)
def test_it_comes_where_it_may(interruption: Interruption, number: signal.Signals) -> None:
    with pytest.raises(Interrupted) as raised, interruption.may_come():
        signal.raise_signal(number)
    assert raised.value.exit_status == 128 + number


def test_elsewhere_it_waits_for_the_next_such_place(interruption: Interruption) -> None:
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(Interrupted), interruption.may_come():
        pytest.fail("it must not begin")


def test_a_second_one_does_not_end_the_cleaning_up(interruption: Interruption) -> None:
    cleaned = False
    with pytest.raises(Interrupted) as raised, interruption.may_come():
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            signal.raise_signal(signal.SIGTERM)
            cleaned = True
    assert cleaned
    assert raised.value.number == signal.SIGINT


def test_no_handler_of_exceptions_takes_it_for_a_fault(interruption: Interruption) -> None:
    with pytest.raises(Interrupted), interruption.may_come():
        try:
            signal.raise_signal(signal.SIGINT)
        except Exception:  # noqa: BLE001 -- as a worker's boundary has it
            pytest.fail("taken for a fault")


def test_the_handlers_before_are_back_and_what_was_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        with interruptible() as interruption, interruption.may_come():
            signal.raise_signal(signal.SIGHUP)
        assert {number: signal.getsignal(number) for number in SIGNALS} == handlers
    finally:
        signal.signal(signal.SIGHUP, before)
