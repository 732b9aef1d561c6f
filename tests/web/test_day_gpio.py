"""The days of tests/web/days.py without any browser: switches with their bounces, a barcode
reader on a line; lamps read from their pins, and the display from what is drawn on it.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from typer.testing import CliRunner

from drivers.panel_display import LOOKS
from drivers.screen_layout import pages
from firmware.cli import app
from firmware.index.outbox import BACKOFF_LAST_S
from firmware.panel_worker import READ_MIN_S
from hal.clock import Clock
from hal.panel import Button, ButtonPress, Lamp, Panel, Screen, Sound
from hal.values import Order
from sim.drawer_faults import Fault
from sim.panel_gpio_device import SimulatedGpioPanel
from tests.node.test_cli import toml_lines
from tests.peers import wait_until
from tests.web.day_kit import ARCHIVE, Day
from tests.web.day_steps import WAIT_S
from tests.web.days import SCENARIOS, play


class Overheard:
    """The panel, and what it was told to show: to hold what is drawn against."""

    def __init__(self, device: SimulatedGpioPanel) -> None:
        self.device = device
        self.screen: Screen | None = None

    def next_press(self, timeout_s: float) -> ButtonPress | None:
        return self.device.panel.next_press(timeout_s)

    def show(self, screen: Screen) -> None:
        self.device.panel.show(screen)
        self.screen = screen

    def light(self, lamp: Lamp, on: bool) -> None:
        self.device.panel.light(lamp, on)

    def sound(self, sound: Sound) -> None:
        self.device.panel.sound(sound)


class GpioHands:
    def __init__(self, folder: Path, pictures: Path) -> None:
        self._pictures = pictures
        self.day = Day(folder, self._panel)

    def _panel(self, clock: Clock, opened: ExitStack) -> Panel:
        self.device = SimulatedGpioPanel(clock)
        opened.callback(self.device.close)
        self.panel = Overheard(self.device)
        return self.panel

    def press(self, button: Button) -> None:
        """Once they have read what is there."""
        self.day.clock.sleep(2 * READ_MIN_S)
        self.device.press(button)

    def read_code(self, code: str) -> None:
        self.day.drawer.read_code(code)

    def turn(self, fault: Fault, on: bool) -> None:
        self.day.drawer.turn(fault, on)

    def lay(self, order: Order) -> None:
        self.day.drawer.lay(order.accession_number)

    def lift(self) -> None:
        self.day.drawer.lift()

    def put_in(self, order: Order) -> None:
        self.day.drawer.put_in(order.accession_number)

    def sees(self, text: str) -> None:
        try:
            wait_until(lambda: self._shows(text), text, WAIT_S)
        except AssertionError as error:
            screen = self.panel.screen
            raise AssertionError(
                f"{text!r} is not on it: {screen and screen.message.fr}"
            ) from error

    def _shows(self, text: str) -> bool:
        """Said, and one of its pages is what the display has drawn."""
        screen, drawn = self.panel.screen, self.device.image
        if screen is None or drawn is None or text not in screen.message.fr:
            return False
        look = LOOKS[self.device.settings.display]
        return any(page.tobytes() == drawn.tobytes() for page in pages(screen, look, "fr"))

    def lamp_is(self, lamp: Lamp, on: bool) -> bool:
        return self.device.lamps[lamp] is on

    def hurry(self) -> None:
        self.day.clock.sleep(BACKOFF_LAST_S)
        self.day.node.wake(f"forwarder {ARCHIVE}")

    def reconcile(self, order: Order) -> None:
        """As an administrator does it in a terminal."""
        config = self.day.folder / "node.toml"
        lines = toml_lines("", self.day.config.model_dump(exclude_defaults=True))
        config.write_text("\n".join(lines))
        (study,) = json.loads(_command(config, "list", "--json"))
        uid = study["study_instance_uid"]
        _command(config, "to", uid, "--order", order.accession_number, "--yes", "--json")

    def picture(self, name: str) -> None:
        assert self.device.image is not None
        size = tuple(4 * side for side in self.device.image.size)
        self.device.image.resize(size).save(self._pictures / f"display-{name}.png")


def _command(config: Path, *arguments: str) -> str:
    result = CliRunner().invoke(app, ["reconcile", *arguments, "-c", str(config)])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def hands(tmp_path: Path, pictures: Path) -> Iterator[GpioHands]:
    made = GpioHands(tmp_path, pictures)
    yield made
    made.day.close()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_day(hands: GpioHands, scenario: str) -> None:
    play(scenario, hands)
