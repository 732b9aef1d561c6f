"""A cassette reader at the other end of a pty, whose plug can be pulled while a node reads.

The node opens it by pyserial, as any serial port. Where the plug is out, its name is gone too, and
a node that had it open reads the end of the line; the reader keeps what it keeps.
"""

from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock, Thread

from drivers.system_clock import SystemClock
from hal.errors import DeviceUnavailable, Sentence
from sim.cassette_reader_device import CassetteReaderDevice
from sim.cassette_reader_serving import serve_pty

PTY_S = 10.0

NO_PTY = Sentence(
    en="No pseudo terminal could be had for the simulated cassette reader: see /dev/ptmx.",
    fr="Aucun pseudo-terminal pour le lecteur de cassettes simulé : voyez /dev/ptmx.",
)


def never() -> bool:
    return False


class PtyReader:
    """Out at first. Its time is its own: the node's clock may be a test's, which jumps."""

    def __init__(self, name: Path, device: CassetteReaderDevice) -> None:
        """`name`: a link to make, in a folder that is there."""
        self.name = name
        self._device = device
        self._serving: Thread | None = None
        self._over = Event()
        self._cuts = never
        self._lock = Lock()

    def plug(self) -> None:
        """Raises DeviceUnavailable where there is no pty to be had."""
        if self._serving is not None and not self._over.is_set():
            return
        self.unplug()
        self._over, is_there = Event(), Event()
        is_over = self._is_over(self._over)
        arguments = (self.name, self._device, SystemClock(), is_over, is_there.set)
        self._serving = Thread(
            target=serve_pty, args=arguments, name="cassette reader", daemon=True
        )
        self._serving.start()
        if not is_there.wait(PTY_S):
            raise DeviceUnavailable(NO_PTY)

    def unplug(self) -> None:
        self._over.set()
        if self._serving is not None:
            self._serving.join(PTY_S)
            self._serving = None

    def cut_when(self, happens: Callable[[], bool]) -> None:
        """The line is cut as soon as `happens`, and stays so until `plug`. `never`: no more."""
        with self._lock:
            self._cuts = happens

    def _is_over(self, over: Event) -> Callable[[], bool]:
        """What it has once said it goes on saying: `plug` has to know that the thread ends."""

        def said() -> bool:
            with self._lock:
                if self._cuts():
                    over.set()
            return over.is_set()

        return said
