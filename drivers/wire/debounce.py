"""Edges of the panel's switches into presses: bounce, hold, repeat, gloves, stuck buttons.

It exists so that what a finger did is decided in one place, with time as an argument. It never
reads a pin or a clock, and it never reports one touch of a button twice: a button with a hold is
reported when it is let go or when its hold is reached, every other one as soon as it is steady.
"""

from dataclasses import dataclass

from hal.panel import Button, ButtonPress

BOUNCE_S = 0.01
"""J. Ganssle, "A Guide to Debouncing": 16 of 18 kinds of switches bounced for 1.6 ms on average
and for 6.2 ms at most. More would be felt: it is added to every press."""
TOGETHER_S = 0.05
"""A gloved finger touches the neighbour within this time, and nobody means two buttons so fast
(typists at 120 words a minute: 100 ms from key to key)."""
HOLDS_S = {Button.REJECT: 1.0}
"""These tell a touch from a hold: a film is not given up by brushing over a button."""
REPEATS = frozenset({Button.NEXT, Button.BACK})
"""These go on while held, to come through a list of thirty patients."""
REPEAT_AFTER_S, REPEAT_EVERY_S = 0.6, 0.25  # slow enough to read a name and let go
STUCK_S = 15.0  # nobody presses so long: something lies on it, or it is broken


@dataclass(frozen=True)
class Edge:
    """A switch closed or opened, at this time of a monotonic clock."""

    button: Button
    down: bool
    at_s: float


@dataclass(frozen=True)
class Stuck:
    button: Button


@dataclass(frozen=True)
class Freed:
    """A button that was called stuck works again."""

    button: Button


PanelEvent = ButtonPress | Stuck | Freed


@dataclass
class _Switch:
    """`level` is the pin, `down` the finger."""

    level: bool = False
    level_s: float = 0.0
    down: bool = False
    down_s: float = 0.0
    reported: bool = True
    """Nothing more comes of this touch, but repeats."""
    repeat_s: float | None = None
    stuck: bool = False


class Debouncer:
    """Buttons in `down` at the start are no presses: they must be let go first."""

    def __init__(self, down: frozenset[Button] = frozenset(), now_s: float = 0.0) -> None:
        self._now_s = now_s
        self._touched_s: float | None = None
        """When the last press that counts began."""
        self._switches = {
            button: _Switch(button in down, now_s, button in down, now_s) for button in Button
        }

    def feed(self, edge: Edge) -> list[PanelEvent]:
        """What came of the time up to this edge. One that comes late counts as of now."""
        events = self.advance(edge.at_s)
        switch = self._switches[edge.button]
        if switch.level != edge.down:
            switch.level, switch.level_s = edge.down, self._now_s
        return events

    def advance(self, now_s: float) -> list[PanelEvent]:
        """What came of the time up to now."""
        events: list[PanelEvent] = []
        while (due := self._next_due()) is not None and due[0] <= now_s:
            due_s, button = due
            self._now_s = max(self._now_s, due_s)
            events += self._act(button, now_s)
        self._now_s = max(self._now_s, now_s)
        return events

    def due_s(self) -> float | None:
        """When time alone changes something; None: not before the next edge."""
        due = self._next_due()
        return due[0] if due else None

    def _next_due(self) -> tuple[float, Button] | None:
        dues = ((_due_s(button, switch), button) for button, switch in self._switches.items())
        known = [(due, button) for due, button in dues if due is not None]
        return min(known, key=lambda one: one[0], default=None)

    def _act(self, button: Button, now_s: float) -> list[PanelEvent]:
        switch = self._switches[button]
        if switch.level != switch.down:
            return self._settle(button, switch)
        if not switch.reported:
            switch.reported = True
            return [ButtonPress(button, HOLDS_S[button], switch.down_s)]
        if switch.repeat_s is not None and switch.repeat_s <= _stuck_s(switch):
            at_s, switch.repeat_s = switch.repeat_s, _following(switch.repeat_s, now_s)
            return [ButtonPress(button, at_s - switch.down_s, at_s)]
        switch.stuck, switch.repeat_s = True, None
        return [Stuck(button)]

    def _settle(self, button: Button, switch: _Switch) -> list[PanelEvent]:
        """The level has held for the bounce time."""
        switch.down = switch.level
        if switch.down:
            return self._press(button, switch)
        return self._release(button, switch)

    def _press(self, button: Button, switch: _Switch) -> list[PanelEvent]:
        switch.down_s = switch.level_s
        beside = self._touched_s is not None and switch.down_s - self._touched_s < TOGETHER_S
        switch.reported = beside or button not in HOLDS_S
        if beside:
            return []
        self._touched_s = switch.down_s
        if button in REPEATS:
            switch.repeat_s = switch.down_s + REPEAT_AFTER_S
        return [ButtonPress(button, 0.0, switch.down_s)] if switch.reported else []

    def _release(self, button: Button, switch: _Switch) -> list[PanelEvent]:
        events: list[PanelEvent] = []
        if not switch.reported:
            events.append(ButtonPress(button, switch.level_s - switch.down_s, switch.down_s))
        if switch.stuck:
            events.append(Freed(button))
        switch.reported, switch.repeat_s, switch.stuck = True, None, False
        return events


def _due_s(button: Button, switch: _Switch) -> float | None:
    if switch.level != switch.down:
        return switch.level_s + BOUNCE_S
    if not switch.down or switch.stuck:
        return None
    if not switch.reported:
        return switch.down_s + HOLDS_S[button]
    stuck_s = _stuck_s(switch)
    return stuck_s if switch.repeat_s is None else min(stuck_s, switch.repeat_s)


def _stuck_s(switch: _Switch) -> float:
    return switch.down_s + STUCK_S


def _following(repeat_s: float, now_s: float) -> float:
    """Whoever was away for a while gets one repeat for it, not all at once."""
    return max(repeat_s, now_s) + REPEAT_EVERY_S
