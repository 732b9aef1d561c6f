"""One life of a node's process: from its start until it stops, is killed or loses its power.

Every call that the firmware makes to a device, peer, disk, channel or to rest is a `call`: there
somebody else may run, and there the end may strike, before the call has had any effect. From the
end on every call of this life fails at once, so that no `finally` and no `except` of the firmware
reaches the world any more.

Reads of the time and of chance are no switch points, and what SQLite does to its files is a
`touch`: the end may strike there, but nobody else runs, since SQLite is in the middle of its own
C code with its locks held.
"""

from collections.abc import Callable, Mapping

from sim.kernel import FOR_EVER, Kernel, Killed, Signal, Task

Call = tuple[str, str]
"""(lane, what), as it stands in the trace."""
Strike = Callable[[str], None]
"""Told the call's detail."""


class PowerGone(Killed):
    """This life is over."""


class Life:
    def __init__(
        self,
        kernel: Kernel,
        number: int,
        strikes: Mapping[Call, Strike] | None = None,
    ) -> None:
        self.kernel = kernel
        self.strikes = {} if strikes is None else strikes
        """What may go wrong at a call: each raises, waits, or lets it pass."""
        self.number = number
        self.is_over = False
        self.over = Signal(kernel)
        self.calls = 0
        """That did something, or may have."""
        self._calls_left = -1
        self._aim: Call | None = None
        self._tasks: list[Task] = []
        self._idle: list[Signal] = []
        self._hears_puts: list[Signal] = []
        self._hastened: list[Callable[[], None]] = []

    def spawn(self, name: str, run: Callable[[], object]) -> Task:
        task = self.kernel.spawn(name, run)
        self._tasks.append(task)
        return task

    def end_in(self, calls: int, after: Call | None = None) -> None:
        """It ends at the call that comes after so many more, of all or behind the next such one."""
        self._calls_left = calls
        self._aim = after

    def spare(self) -> None:
        """No end is waiting for it any more."""
        self._calls_left, self._aim = -1, None

    def end(self) -> None:
        if self.is_over:
            return
        self.is_over = True
        self.kernel.say("kernel", "life over", str(self.number))
        for task in self._tasks:
            self.kernel.kill(task)
        self.over.set()

    def call(self, lane: str, what: str, detail: str = "") -> None:
        """Ahead of every call that leaves the firmware. Raises PowerGone."""
        self.touch(lane, what, detail)
        self.kernel.pause()
        self.check()

    def touch(self, lane: str, what: str, detail: str = "") -> None:
        """As `call`, but nobody else runs."""
        self.check()
        self.kernel.trace.add(self.kernel.now_s, lane, what, detail)
        self.untold(lane, what, detail)

    def untold(self, lane: str, what: str, detail: str = "") -> None:
        """As `touch`, for what the trace has as a part of something larger."""
        self.check()
        self.calls += 1
        if self._aim is not None:
            if self._aim == (lane, what):
                self._aim = None
        elif self._calls_left == 0:
            self.end()
            raise PowerGone
        else:
            self._calls_left -= 1
        strike = self.strikes.get((lane, what))
        if strike is not None:
            strike(detail)

    def wait(self, signal: Signal | None = None, timeout_s: float = FOR_EVER) -> bool:
        self.check()
        was_signalled = self.kernel.wait(signal, timeout_s)
        self.check()
        return was_signalled

    def in_vain(self) -> None:
        """The last call brought nothing new: whoever polls by it may look later the next time."""
        self.calls -= 1

    def check(self) -> None:
        if self.is_over:
            raise PowerGone

    def idle_signal(self, *, hears_puts: bool = False) -> Signal:
        """For one who polls: set when he is to look at once, and by `stir`."""
        made = Signal(self.kernel)
        self._idle.append(made)
        if hears_puts:
            self._hears_puts.append(made)
        return made

    def hastens(self, hasten: Callable[[], None]) -> None:
        """Called when something happened to the node."""
        self._hastened.append(hasten)

    def hasten(self) -> None:
        """Something happened: whoever polls looks soon, however quiet it was."""
        for hasten in self._hastened:
            hasten()

    def put_was_made(self) -> None:
        for signal in self._hears_puts:
            signal.set()

    def stir(self) -> None:
        """Whoever polls looks now."""
        for signal in self._idle:
            signal.set()
