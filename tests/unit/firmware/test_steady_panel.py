"""A panel that fails for a moment: nothing of what it should show is forgotten."""

import pytest

from firmware.steady_panel import SteadyPanel
from hal.errors import DeviceUnavailable, Sentence
from hal.panel import ButtonPress, Lamp, Screen, Sound
from tests.fakes import FakeClock

FIRST, SECOND = Screen(Sentence("first", "premier")), Screen(Sentence("second", "second"))


class Panel:
    def __init__(self) -> None:
        self.fails = False
        self.shown: Screen | None = None
        self.lit: dict[Lamp, bool] = {}

    def next_press(self, timeout_s: float) -> ButtonPress | None:
        return None

    def show(self, screen: Screen) -> None:
        self._fail()
        self.shown = screen

    def light(self, lamp: Lamp, on: bool) -> None:
        self._fail()
        self.lit[lamp] = on

    def sound(self, sound: Sound) -> None:
        self._fail()

    def _fail(self) -> None:
        if self.fails:
            raise DeviceUnavailable(Sentence("cable", "câble"))


def test_what_could_not_be_shown_is_shown_when_the_panel_is_back() -> None:
    device, clock = Panel(), FakeClock()
    panel = SteadyPanel(device, clock)
    panel.show(FIRST)
    panel.light(Lamp.WORKING, True)
    device.fails = True
    panel.light(Lamp.WORKING, False)
    panel.show(SECOND)
    with pytest.raises(DeviceUnavailable):
        panel.renew()
    device.fails = False
    panel.renew()
    assert (device.shown, device.lit[Lamp.WORKING]) == (SECOND, False)


def test_it_knows_since_when_a_sentence_can_be_read() -> None:
    device, clock = Panel(), FakeClock()
    panel = SteadyPanel(device, clock)
    device.fails = True
    panel.show(FIRST)
    assert panel.shown_s > clock.monotonic_s() + 1e9, "nobody has seen it"
    device.fails = False
    panel.renew()
    since_s = panel.shown_s
    assert since_s == clock.monotonic_s()
    panel.show(FIRST)
    assert panel.shown_s == since_s
