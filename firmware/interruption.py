"""Ctrl-C in a command that must not be stopped just anywhere: it waits for the next good moment.

Python raises KeyboardInterrupt between any two bytecodes: also between a rename and its row, and
within the cleaning up after the first one. While `interruptible` is open, a signal is only noted,
and raised where the command says that it may come.
"""

import signal
from collections.abc import Generator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, `kill`, and a terminal that was closed or a line that broke."""
EXIT_BY_SIGNAL = 128
"""And the signal's number: what shells say of a command that a signal ended."""


class Interrupted(KeyboardInterrupt):
    """No Exception: nothing on the way takes it for a fault."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    @property
    def exit_status(self) -> int:
        return EXIT_BY_SIGNAL + self.number


class Interruption:
    def __init__(self) -> None:
        self._number = 0
        self._may_come = False

    @contextmanager
    def may_come(self) -> Generator[None]:
        """Raises Interrupted here, once, for a signal that came before or comes in the block."""
        self._may_come = True
        try:
            if self._number:
                raise Interrupted(self._number)
            yield
        finally:
            self._may_come = False

    def note(self, number: int, _frame: object) -> None:
        """The signals' handler."""
        self._number = self._number or number
        if self._may_come:
            self._may_come = False  # a second one must not end what the first one set off
            raise Interrupted(self._number)


@contextmanager
def interruptible() -> Generator[Interruption]:
    """Of the main thread. The handlers before are back when it ends; what was ignored (`nohup`)
    stays so."""
    interruption = Interruption()
    heeded = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interruption.note) for number in heeded}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
