"""What every `hal.panel.Panel` does, simulated, at a keyboard or on pins.

A subclass gives the fixture `panel`, and `press` to put a finger on it.
"""

from dataclasses import replace

import pytest

from hal.errors import Sentence
from hal.panel import Button, Lamp, Panel, PatientShown, Screen, Sound

WAIT_S = 5.0
PATIENT = PatientShown("DUPONT Éléonore", "07/11/1968", "F", "IPP1")
SCREEN = Screen(Sentence(en="Is it this patient?", fr="Est-ce ce patient ?"), patient=PATIENT)


class PanelContract:
    def press(self, panel: Panel, button: Button) -> None:
        raise NotImplementedError

    def test_nobody_presses(self, panel: Panel) -> None:
        assert panel.next_press(0.0) is None
        assert panel.next_press(0.02) is None

    @pytest.mark.parametrize("button", Button)
    def test_one_press_is_one_press(self, panel: Panel, button: Button) -> None:
        self.press(panel, button)
        press = panel.next_press(WAIT_S)
        assert press is not None
        assert press.button is button
        assert panel.next_press(0.05) is None

    def test_presses_come_in_their_order(self, panel: Panel) -> None:
        order = [Button.NEXT, Button.NEXT, Button.SCAN, Button.REJECT]
        for button in order:
            self.press(panel, button)
        presses = [panel.next_press(WAIT_S) for _ in order]
        assert [press and press.button for press in presses] == order

    def test_everything_can_be_shown_lit_and_sounded(self, panel: Panel) -> None:
        for screen in (SCREEN, replace(SCREEN, stops=True), replace(SCREEN, progress=0.5)):
            panel.show(screen)
        for lamp in Lamp:
            panel.light(lamp, True)
            panel.light(lamp, False)
        for sound in Sound:
            panel.sound(sound)
