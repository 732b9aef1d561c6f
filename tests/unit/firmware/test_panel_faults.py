"""The fault lamp: lit as long as one reason is left."""

import pytest

from firmware.panel_faults import ENDED_BY_SCAN, PanelFaults, Trouble
from hal.panel import Lamp
from sim.panel_device import SimulatedPanel


@pytest.fixture
def panel() -> SimulatedPanel:
    return SimulatedPanel()


def test_it_goes_out_with_the_last_reason(panel: SimulatedPanel) -> None:
    faults = PanelFaults(panel)
    faults.set(Trouble.ARRAY, True)
    faults.set(Trouble.IMAGES, True)
    faults.set(Trouble.ARRAY, False)
    assert panel.lamps[Lamp.FAULT], "an image is damaged still"
    faults.set(Trouble.IMAGES, False)
    assert not panel.lamps[Lamp.FAULT]


def test_what_was_never_there_can_end(panel: SimulatedPanel) -> None:
    PanelFaults(panel).set(Trouble.ARRAY, False)
    assert not panel.lamps[Lamp.FAULT]


@pytest.mark.parametrize("trouble", Trouble)
def test_a_new_film_ends_only_what_was_about_films(panel: SimulatedPanel, trouble: Trouble) -> None:
    faults = PanelFaults(panel)
    faults.set(trouble, True)
    faults.film_taken_up()
    assert panel.lamps[Lamp.FAULT] is (trouble not in ENDED_BY_SCAN)
