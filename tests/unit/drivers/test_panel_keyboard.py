"""The keyboard panel on a pseudo-terminal."""

import io
import os
import pty
import sys
import termios
from collections.abc import Iterator

import pytest

from drivers.panel_keyboard import HELP, KEYS, LAMPS, KeyboardPanel
from hal.errors import Sentence
from hal.panel import Button, ButtonPress, Lamp, Screen
from tests.fakes import FakeClock

WAIT_S = 5.0
SAID = Sentence(en="Done.", fr="Terminé.")


class Terminal:
    def __init__(self) -> None:
        self.person, self.program = pty.openpty()
        self.stdin = os.fdopen(self.program, "r")

    def type(self, keys: bytes) -> None:
        os.write(self.person, keys)

    def close(self) -> None:
        self.stdin.close()
        if self.person >= 0:
            os.close(self.person)

    def hang_up(self) -> None:
        os.close(self.person)
        self.person = -1


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    made = Terminal()
    monkeypatch.setattr(sys, "stdin", made.stdin)
    yield made
    made.close()


@pytest.mark.parametrize(("key", "button"), KEYS.items())
def test_each_key_is_its_button_in_either_case(
    terminal: Terminal, key: str, button: Button
) -> None:
    clock = FakeClock()
    panel = KeyboardPanel("en", io.StringIO(), clock)
    terminal.type((key + key.upper()).encode())
    presses = [panel.next_press(WAIT_S) for _ in range(2)]
    assert presses == [ButtonPress(button, pressed_s=clock.monotonic_s())] * 2


@pytest.mark.parametrize("keys", [b"\x1bOS", b"\x1b[B", b"\x1b[17~", b"x", b"\x1b"])
def test_keys_that_are_no_button_press_nothing(terminal: Terminal, keys: bytes) -> None:
    clock = FakeClock()
    panel = KeyboardPanel("en", io.StringIO(), clock)
    terminal.type(keys)
    assert panel.next_press(WAIT_S) is None
    terminal.type(b"n")
    assert panel.next_press(WAIT_S) == ButtonPress(Button.NEXT, pressed_s=clock.monotonic_s())


def test_nobody_presses_after_the_terminal_is_gone(terminal: Terminal) -> None:
    panel = KeyboardPanel("en", io.StringIO())
    terminal.hang_up()
    assert panel.next_press(WAIT_S) is None
    assert panel.next_press(0.0) is None


def test_closing_gives_the_terminal_back(terminal: Terminal) -> None:
    before = termios.tcgetattr(terminal.program)
    panel = KeyboardPanel("en", io.StringIO())
    assert termios.tcgetattr(terminal.program) != before
    panel.close()
    assert termios.tcgetattr(terminal.program) == before


@pytest.mark.parametrize(("language", "text"), [("fr", "Terminé."), ("en", "Done.")])
def test_a_line_has_the_lit_lamps_and_the_sentence(
    monkeypatch: pytest.MonkeyPatch, language: str, text: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())  # no terminal: it shows all the same
    output = io.StringIO()
    panel = KeyboardPanel(language, output)
    panel.show(Screen(SAID))
    panel.light(Lamp.READY, True)
    panel.light(Lamp.FAULT, True)
    panel.light(Lamp.READY, False)
    panel.show(Screen(SAID))
    helped, dark, lit = output.getvalue().splitlines()
    assert helped == f"[-] {getattr(HELP, language)}"
    fault = getattr(LAMPS[Lamp.FAULT], language)
    assert (dark, lit) == (f"[-] {text}", f"[{fault}] {text}")
    assert panel.next_press(0.0) is None
