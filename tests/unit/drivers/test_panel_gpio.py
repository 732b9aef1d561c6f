"""The panel on mock pins: edges with bounce in; lamps, buzzer and display out."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from luma.core.device import dummy

from drivers.panel_display import PAGE_S, PanelDisplay, open_display
from drivers.panel_gpio import PATTERNS, GpioPanel, pin_factory
from drivers.system_clock import SystemClock
from drivers.wire.debounce import BOUNCE_S, STUCK_S
from hal.errors import ConfigError, DeviceNeedsOperator, DeviceUnavailable, Sentence
from hal.panel import Button, Lamp, Panel, Screen, Sound
from hal.panel_settings import PanelSettings
from sim.panel_gpio_device import SimulatedGpioPanel
from tests.contracts.panel import SCREEN, WAIT_S, PanelContract


@pytest.fixture
def device() -> Iterator[SimulatedGpioPanel]:
    made = SimulatedGpioPanel(SystemClock())
    yield made
    made.close()


class TestGpioPanel(PanelContract):
    @pytest.fixture
    def panel(self, device: SimulatedGpioPanel) -> Panel:
        self.device = device
        return device.panel

    def press(self, panel: Panel, button: Button) -> None:
        self.device.press(button)


def test_a_press_is_heard_as_soon_as_it_is_steady_with_its_own_time(
    device: SimulatedGpioPanel,
) -> None:
    before_s = time.monotonic()
    device.close_switch(Button.SCAN)
    after_s = time.monotonic()
    time.sleep(0.3)  # the worker was elsewhere: the time is the edge's, not the taking's
    press = device.panel.next_press(0.0)
    assert press is not None
    assert press.pressed_s is not None
    assert before_s <= press.pressed_s <= after_s


def test_holding_reject_says_how_long(device: SimulatedGpioPanel) -> None:
    device.close_switch(Button.REJECT)
    press = device.panel.next_press(WAIT_S)
    assert press is not None
    assert (press.button, press.held_s) == (Button.REJECT, 1.0)


def test_a_spike_is_no_press(device: SimulatedGpioPanel) -> None:
    pin = device.factory.pin(device.settings.buttons[Button.SCAN])
    pin.drive_low()
    pin.drive_high()
    assert device.panel.next_press(5 * BOUNCE_S) is None


def test_a_stuck_button_is_said_once_and_the_others_work(device: SimulatedGpioPanel) -> None:
    device.close_switch(Button.SEND)
    assert device.panel.next_press(WAIT_S) is not None
    device.panel._hear(time.monotonic() + STUCK_S)
    with pytest.raises(DeviceNeedsOperator) as caught:
        device.panel.next_press(0.0)
    assert "ENVOYER" in caught.value.sentence.fr


def test_lamps_are_on_their_pins(device: SimulatedGpioPanel) -> None:
    device.panel.light(Lamp.FAULT, True)
    assert [lamp for lamp, on in device.lamps.items() if on] == [Lamp.FAULT]
    device.panel.light(Lamp.FAULT, False)
    assert not any(device.lamps.values())


@pytest.mark.parametrize("sound", Sound)
def test_each_sound_is_its_own_number_of_buzzes(device: SimulatedGpioPanel, sound: Sound) -> None:
    started_s = time.monotonic()
    device.panel.sound(sound)
    assert time.monotonic() - started_s < 0.5 * WAIT_S
    end_s = time.monotonic() + WAIT_S
    while device.buzzes < PATTERNS[sound][2] and time.monotonic() < end_s:
        time.sleep(0.01)
    assert device.buzzes == PATTERNS[sound][2]


def test_sounds_are_told_apart_by_their_number() -> None:
    assert len({times for _, _, times in PATTERNS.values()}) == len(Sound)


def test_the_display_turns_its_pages() -> None:
    luma = dummy(width=128, height=64, mode="1")
    display = PanelDisplay(lambda: luma, "ssd1306", "fr")
    text = "Mot " * 80
    display.show(Screen(Sentence(en=text, fr=text)), 100.0)
    first = luma.image.tobytes()
    display.turn(100.0 + PAGE_S * 0.9)
    assert luma.image.tobytes() == first
    display.turn(100.0 + PAGE_S * 1.1)
    assert luma.image.tobytes() != first


@pytest.mark.parametrize(("name", "size"), [("ssd1306", (128, 64)), ("ili9341", (320, 240))])
def test_each_kind_of_display_takes_its_image(name: str, size: tuple[int, int]) -> None:
    luma = dummy(*size, mode="1" if name == "ssd1306" else "RGB")
    PanelDisplay(lambda: luma, name, "fr").show(SCREEN, 0.0)
    assert luma.image.getbbox() is not None


def test_a_display_that_went_away_is_said_and_shown_again_later() -> None:
    class Loose:
        fails = True
        drawn = 0

        def display(self, image: object) -> None:
            if self.fails:
                raise OSError(121, "Remote I/O error")
            self.drawn += 1

        def cleanup(self) -> None: ...

    loose = Loose()
    display = PanelDisplay(lambda: loose, "ssd1306", "fr")
    with pytest.raises(DeviceUnavailable, match="Remote I/O"):
        display.show(SCREEN, 0.0)
    loose.fails = False
    display.turn(0.1)
    display.turn(0.2)
    assert loose.drawn == 1


def test_a_display_on_no_bus_is_said() -> None:
    with pytest.raises(DeviceUnavailable, match="ssd1306"):
        open_display("ssd1306", "fr").show(SCREEN, 0.0)


def test_a_pin_used_twice_is_said(device: SimulatedGpioPanel) -> None:
    twice = replace(PanelSettings(), buzzer=5)
    with pytest.raises(ConfigError, match="pin 5 is used twice, for scan and for buzzer"):
        GpioPanel(twice, SystemClock(), device.factory, None)


def test_pins_of_somebody_else_are_said_and_nothing_stays_open(
    device: SimulatedGpioPanel,
) -> None:
    with pytest.raises(DeviceUnavailable, match="already in use"):
        GpioPanel(PanelSettings(), SystemClock(), device.factory, None)


@pytest.mark.parametrize("name", ["rpigpio", "nonsense", ""])
def test_a_machine_without_pins_says_what_to_install(name: str) -> None:
    with pytest.raises(DeviceUnavailable) as caught:
        pin_factory(name)
    assert "sapi-node[board]" in caught.value.sentence.fr


def test_a_pin_factory_goes_by_its_name() -> None:
    assert type(pin_factory("mock")).__name__ == "MockFactory"
