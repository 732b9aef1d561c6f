"""What the panel shows at this moment, for whoever looks from the page.

The panel's thread writes and goes on at once; listeners are told that something is new and read the
newest. Nothing waits for a slow browser, and nothing is kept for it.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hal.errors import Sentence
from hal.panel import Lamp, Screen

LISTENERS_MAX = 32  # each is an open connection; a department has a handful of tablets
STARTING = Screen(Sentence(en="The node is starting.", fr="Le poste démarre."))


@dataclass(frozen=True)
class Shown:
    screen: Screen = STARTING
    lamps: dict[Lamp, bool] = field(default_factory=dict)
    version: int = 0
    news: int = 0
    """Counts what happened to images."""


class TooManyListeners(Exception):
    """No more connections than `LISTENERS_MAX`: the page asks again later."""


class PanelBoard:
    """Thread-safe."""

    def __init__(self) -> None:
        self.boot = secrets.token_hex(4)
        """An id of an earlier run is not one of this one."""
        self.closing = False
        self._shown = Shown()
        self._listeners: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    @property
    def shown(self) -> Shown:
        return self._shown

    @property
    def news(self) -> str:
        """Another one whenever something happened to images, of this run or another."""
        return f"{self.boot}-{self._shown.news}"

    def show(self, screen: Screen) -> None:
        with self._lock:
            if screen != self._shown.screen:
                self._change(replace(self._shown, screen=screen))

    def light(self, lamp: Lamp, on: bool) -> None:
        with self._lock:
            if self._shown.lamps.get(lamp) != on:
                self._change(replace(self._shown, lamps={**self._shown.lamps, lamp: on}))

    def tell_news(self) -> None:
        with self._lock:
            self._change(replace(self._shown, news=self._shown.news + 1))

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    def listen(self, listener: Callable[[], None]) -> None:
        """It is called from any thread and must return at once."""
        with self._lock:
            if len(self._listeners) >= LISTENERS_MAX:
                raise TooManyListeners
            self._listeners.append(listener)

    def leave(self, listener: Callable[[], None]) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def close(self) -> None:
        """Everybody who listens goes."""
        with self._lock:
            self.closing = True
            for listener in self._listeners:
                listener()

    def _change(self, shown: Shown) -> None:
        self._shown = replace(shown, version=shown.version + 1)
        for listener in self._listeners:
            listener()
