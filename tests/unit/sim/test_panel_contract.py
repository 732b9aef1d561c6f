"""The simulated panel and the keyboard's keep the contract that the one on pins keeps."""

import io
import os
import pty
import sys
from collections.abc import Iterator

import pytest

from drivers.panel_keyboard import KEYS, KeyboardPanel
from hal.panel import Button, Panel
from sim.panel_device import SimulatedPanel
from tests.contracts.panel import PanelContract


class TestSimulatedPanel(PanelContract):
    @pytest.fixture
    def panel(self) -> Panel:
        return SimulatedPanel()

    def press(self, panel: Panel, button: Button) -> None:
        assert isinstance(panel, SimulatedPanel)
        panel.press(button)


class TestKeyboardPanel(PanelContract):
    @pytest.fixture
    def panel(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Panel]:
        self.person, program = pty.openpty()
        with os.fdopen(program, "r") as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            yield KeyboardPanel("fr", io.StringIO())
        os.close(self.person)

    def press(self, panel: Panel, button: Button) -> None:
        key = next(key for key, pressed in KEYS.items() if pressed is button)
        os.write(self.person, key.encode())
