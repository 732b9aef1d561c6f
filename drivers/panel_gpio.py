"""The panel on a board's pins: buttons and lamps and a buzzer by gpiozero, a display by luma.

Edges come on gpiozero's thread and wait in a queue with their own time; what they mean is
drivers.wire.debounce's, and that runs on the caller's thread in `next_press`. It decides nothing
about a press.
"""

import queue
from collections.abc import Callable
from contextlib import ExitStack
from importlib.metadata import entry_points

from gpiozero import LED, Buzzer, GPIOZeroError, InputDevice
from gpiozero.pins import Factory

from drivers.panel_display import PanelDisplay
from drivers.panel_sentences import NO_PINS, PIN_TWICE, stuck
from drivers.wire.debounce import Debouncer, Edge, Freed, PanelEvent, Stuck
from hal.clock import Clock
from hal.errors import ConfigError, DeviceNeedsOperator, DeviceUnavailable
from hal.panel import Button, ButtonPress, Lamp, Screen, Sound
from hal.panel_settings import PanelSettings, pin_used_twice

EDGES_MAX = 1024
"""A bouncing switch makes some twenty edges, and a worker is away for seconds at most."""
PATTERNS = {
    Sound.TAKEN: (0.04, 0.0, 1),
    Sound.DONE: (0.08, 0.08, 2),
    Sound.STOP: (0.4, 0.2, 3),
}
"""Seconds on, seconds off, times: short, two short, three long."""
FACTORIES = ("lgpio", "rpigpio", "native")
"""In gpiozero's own order, without the one that needs a daemon."""


class GpioPanel:
    """Buttons close to ground, with the pin's own pull-up; lamps and buzzer are on at 3.3 V."""

    def __init__(
        self,
        settings: PanelSettings,
        clock: Clock,
        factory: Factory,
        display: PanelDisplay | None,
    ) -> None:
        """Raises ConfigError for a pin used twice, DeviceUnavailable for one out of reach."""
        if twice := pin_used_twice(settings.uses()):
            first, second, pin = twice
            raise ConfigError(PIN_TWICE.fill(first=first, second=second, pin=pin))
        self._clock, self._factory, self._display = clock, factory, display
        self._edges: queue.Queue[Edge] = queue.Queue(EDGES_MAX)
        self._events: list[PanelEvent] = []
        self._listeners: list[Callable[[float, int], None]] = []
        with ExitStack() as opened:
            try:
                self._open_pins(settings, opened)
            except GPIOZeroError as error:
                raise DeviceUnavailable(NO_PINS.fill(reason=error)) from error
            self._opened = opened.pop_all()

    def _open_pins(self, settings: PanelSettings, opened: ExitStack) -> None:
        self._lamps = {}
        for lamp, number in settings.lamps.items():
            self._lamps[lamp] = LED(number, pin_factory=self._factory)
            opened.callback(self._lamps[lamp].close)
        self._buzzer = None
        if settings.buzzer is not None:
            self._buzzer = Buzzer(settings.buzzer, pin_factory=self._factory)
            opened.callback(self._buzzer.close)
        down = {
            button
            for button, number in settings.buttons.items()
            if self._listen(button, number, opened)
        }
        self._debouncer = Debouncer(frozenset(down), self._clock.monotonic_s())

    def _listen(self, button: Button, number: int, opened: ExitStack) -> bool:
        """Whether it is down already."""
        device = InputDevice(number, pull_up=True, pin_factory=self._factory)
        opened.callback(device.close)
        pin = device.pin

        def changed(ticks: float, state: int) -> None:
            age_s = self._factory.ticks_diff(self._factory.ticks(), ticks)
            self._put(Edge(button, not state, self._clock.monotonic_s() - max(0.0, age_s)))

        opened.push(lambda *_: setattr(pin, "when_changed", None))
        self._listeners.append(changed)  # gpiozero keeps a weak reference to it
        pin.edges = "both"
        pin.when_changed = changed
        return bool(device.is_active)

    def _put(self, edge: Edge) -> None:
        try:
            self._edges.put_nowait(edge)
        except queue.Full:
            self._edges.get_nowait()  # the last edge is the one that the switch rests at
            self._edges.put_nowait(edge)

    def next_press(self, timeout_s: float) -> ButtonPress | None:
        """Raises DeviceNeedsOperator once for a stuck button, DeviceUnavailable of the display."""
        end_s = self._clock.monotonic_s() + timeout_s
        while True:
            now_s = self._clock.monotonic_s()
            if self._display is not None:
                self._display.turn(now_s)
            self._hear(now_s)
            if self._events:
                return self._next_event()
            if now_s >= end_s:
                return None
            due_s = self._debouncer.due_s()
            until_s = end_s if due_s is None else min(end_s, due_s)
            self._wait(max(0.0, until_s - now_s))

    def _hear(self, now_s: float) -> None:
        while not self._edges.empty():
            self._events += self._debouncer.feed(self._edges.get_nowait())
        self._events += self._debouncer.advance(now_s)

    def _wait(self, timeout_s: float) -> None:
        try:
            edge = self._edges.get(timeout=timeout_s) if timeout_s else self._edges.get_nowait()
        except queue.Empty:
            return
        self._events += self._debouncer.feed(edge)

    def _next_event(self) -> ButtonPress | None:
        match self._events.pop(0):
            case ButtonPress() as press:
                return press
            case Stuck(button):
                raise DeviceNeedsOperator(stuck(button))
            case Freed():
                return None

    def show(self, screen: Screen) -> None:
        if self._display is not None:
            self._display.show(screen, self._clock.monotonic_s())

    def light(self, lamp: Lamp, on: bool) -> None:
        if lamp in self._lamps:
            self._lamps[lamp].value = on

    def sound(self, sound: Sound) -> None:
        if self._buzzer is not None:
            on_s, off_s, times = PATTERNS[sound]
            self._buzzer.beep(on_s, off_s, times, background=True)

    def close(self) -> None:
        self._opened.close()
        if self._display is not None:
            self._display.close()


def pin_factory(name: str) -> Factory:
    """By gpiozero's name; empty: the first that works here. Raises DeviceUnavailable.

    Not Device.pin_factory: that falls back in silence to pins nobody has."""
    known = {point.name: point for point in entry_points(group="gpiozero_pin_factories")}
    reasons: list[str] = []
    for one in [name] if name else FACTORIES:
        try:
            factory: Factory = known[one].load()()
        except Exception as error:  # noqa: BLE001 -- each library raises what it likes
            reasons.append(f"{one}: {error}")
        else:
            return factory
    raise DeviceUnavailable(NO_PINS.fill(reason="; ".join(reasons)))
