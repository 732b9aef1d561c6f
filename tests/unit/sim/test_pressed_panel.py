"""Two hands on one panel, and the account that a simulated node prints."""

from pathlib import Path

from argon2 import PasswordHasher

from firmware.web.accounts import AccountFile, Role, check_secret
from firmware.web.watched_panel import PressedFromThePage
from hal.errors import Sentence
from hal.panel import Button, Lamp, Screen
from sim.demo_account import NAME, demo_pin
from sim.panel_device import SimulatedPanel
from sim.pressed_panel import PRESSES_MAX, PressedPanel
from tests.fakes import FakeClock


def test_presses_of_both_hands_arrive() -> None:
    terminal = SimulatedPanel()
    panel = PressedPanel(terminal, FakeClock())
    assert isinstance(panel, PressedFromThePage)
    panel.press(Button.NEXT)
    terminal.press(Button.SCAN)
    taken = [panel.next_press(1.0), panel.next_press(1.0)]
    assert [press and press.button for press in taken] == [Button.NEXT, Button.SCAN]
    assert panel.next_press(0.0) is None


def test_a_press_of_the_page_counts_from_when_it_was_made() -> None:
    clock = FakeClock()
    panel = PressedPanel(SimulatedPanel(), clock)
    pressed_s = clock.monotonic_s()
    panel.press(Button.SCAN)
    clock.sleep(9.0)  # the worker was busy
    taken = panel.next_press(0.0)
    assert taken is not None
    assert taken.pressed_s == pressed_s


def test_too_many_presses_are_dropped() -> None:
    panel = PressedPanel(SimulatedPanel(), FakeClock())
    for _ in range(PRESSES_MAX + 5):
        panel.press(Button.NEXT)
    taken = iter(lambda: panel.next_press(0.0), None)
    assert len(list(taken)) == PRESSES_MAX


def test_it_shows_what_the_terminal_shows() -> None:
    terminal = SimulatedPanel()
    panel = PressedPanel(terminal, FakeClock())
    screen = Screen(Sentence("Ready.", "Prêt."))
    panel.show(screen)
    panel.light(Lamp.READY, True)
    assert terminal.screens == [screen]
    assert terminal.lamps == {Lamp.READY: True}


def test_each_start_has_a_pin_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "sim/accounts.json"
    pins = {demo_pin(path) for _ in range(3)}
    assert len(pins) > 1
    pin = demo_pin(path)
    check_secret(pin)
    (account,) = AccountFile(path).accounts().values()
    assert (account.name, account.role) == (NAME, Role.ADMINISTRATOR)
    assert PasswordHasher().verify(account.secret_hash, pin)
