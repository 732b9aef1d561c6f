"""A panel for boards without buttons: keys of the terminal press, lines of text are the display.

Keys: s SCAN, n NEXT, b BACK, r REJECT, u URGENT, e SEND (envoyer).
"""

import os
import select
import sys
import termios
import tty
from typing import IO

from drivers.system_clock import SystemClock
from hal.clock import Clock
from hal.errors import Sentence
from hal.panel import Button, ButtonPress, Lamp, Screen, Sound

KEYS = {
    "s": Button.SCAN,
    "n": Button.NEXT,
    "b": Button.BACK,
    "r": Button.REJECT,
    "u": Button.URGENT,
    "e": Button.SEND,
}
ESCAPE = b"\x1b"
BELL = "\a"
SEQUENCE_BYTES_MAX = 16  # the longest key of xterm and of the Linux console has 8

HELP = Sentence(
    en="Keys: s SCAN  n NEXT  b BACK  r REJECT  u URGENT  e SEND  Ctrl-C ends",
    fr="Touches : s NUMÉRISER  n SUIVANT  b RETOUR  r REJETER  u URGENT  e ENVOYER  Ctrl-C termine",
)
LAMPS = {
    Lamp.READY: Sentence(en="READY", fr="PRÊT"),
    Lamp.WORKING: Sentence(en="WORKING", fr="EN COURS"),
    Lamp.FAULT: Sentence(en="FAULT", fr="DÉFAUT"),
    Lamp.NETWORK: Sentence(en="NETWORK", fr="RÉSEAU"),
}


class KeyboardPanel:
    """Without a terminal on standard input it shows, and nobody can press."""

    def __init__(
        self, language: str, output: IO[str] = sys.stdout, clock: Clock | None = None
    ) -> None:
        self._clock = clock or SystemClock()
        self._language = language
        self._output = output
        self._lamps: dict[Lamp, bool] = {}
        self._input = sys.stdin.fileno() if sys.stdin and sys.stdin.isatty() else None
        if self._input is not None:
            self._before = termios.tcgetattr(self._input)
            tty.setcbreak(self._input)  # keys at once and unechoed; Ctrl-C still interrupts
        self.show(Screen(HELP))

    def close(self) -> None:
        if self._input is not None:
            termios.tcsetattr(self._input, termios.TCSADRAIN, self._before)

    def next_press(self, timeout_s: float) -> ButtonPress | None:
        inputs = [] if self._input is None else [self._input]
        ready, _, _ = select.select(inputs, [], [], timeout_s)
        if not ready or self._input is None:
            return None
        button = KEYS.get(self._key(self._input))
        # A terminal keeps no times: one that was typed ahead counts from when it is read.
        return ButtonPress(button, pressed_s=self._clock.monotonic_s()) if button else None

    def _key(self, descriptor: int) -> str:
        """One key; empty for a key of many bytes (F4 is ESC O S: it must not scan)."""
        try:
            typed = os.read(descriptor, 1)
            if typed == ESCAPE and select.select([descriptor], [], [], 0.0)[0]:
                os.read(descriptor, SEQUENCE_BYTES_MAX)
        except OSError:
            typed = b""  # EIO: the terminal is gone
        if not typed:
            self._input = None
        return typed.decode("latin-1").lower()

    def show(self, screen: Screen) -> None:
        lamps = " ".join(self._text(LAMPS[lamp]) for lamp, on in self._lamps.items() if on)
        self._output.write(f"[{lamps or '-'}] {self._text(screen.message)}\n")
        self._output.flush()

    def _text(self, sentence: Sentence) -> str:
        return sentence.said(self._language)

    def light(self, lamp: Lamp, on: bool) -> None:
        self._lamps[lamp] = on

    def sound(self, sound: Sound) -> None:
        if sound is Sound.STOP:
            self._output.write(BELL)
            self._output.flush()
