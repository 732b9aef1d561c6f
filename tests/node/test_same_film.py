"""The same film under a second patient: stored, told, and nowhere until a person has decided."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from firmware.events import Committed, SameFilm, Stored
from firmware.panel_screens import SENTENCES
from firmware.panel_workflow import State
from hal.panel import Button
from tests.node.conftest import World
from tests.peers import wait_until

BLOCKS = np.random.default_rng(3).integers(5_000, 40_000, (20, 16))
FILM = np.kron(BLOCKS, np.ones((50, 50), np.int64)).astype(np.uint16)
"""8 x 10 in at 100 dpi: something that can be known again, which noise is not."""


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.png"
    Image.fromarray(FILM).save(path)
    return path


def test_it_waits_for_a_person_and_no_scan_is_lost(world: World) -> None:
    world.open_archive()
    world.start()
    world.press()
    first = world.wait_for(Stored)
    world.wait_for(Committed)
    world.press(Button.SEND)
    world.press()
    assert world.wait_for(SameFilm).is_other_patients
    second = world.wait_for(Stored)
    assert second.seen_before is not None
    stop = SENTENCES[State.SEEN_BEFORE].en[:30]
    wait_until(lambda: world.panel.shown[-1].en.startswith(stop), "both are named")
    assert world.standing(second.sop_instance_uid).state.value == "held"
    assert world.in_archive() == {first.sop_instance_uid}
    world.panel.press(Button.SEND)
    committed = world.wait_for(Committed)
    assert committed.sop_instance_uid == second.sop_instance_uid
