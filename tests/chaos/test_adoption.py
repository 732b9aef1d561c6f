"""What recovery adopts is durable: killed first, then without power."""

from pathlib import Path

import pytest

from sim.disk import AllOrNothing, Effect
from tests.chaos import model
from tests.chaos.invariants import Violation
from tests.chaos.model import World


def test_a_file_adopted_after_a_kill_outlives_the_power_cut_that_follows() -> None:
    found: dict[Effect, list[Violation]] = {}

    def kill_then_cut(world: World, place: int, effect: Effect, folder: Path) -> None:
        if effect[0] == "sync_folder":
            found[effect] = model.kill_then_cut(world, folder)

    model.each_effect(kill_then_cut)
    assert found
    assert [str(violation) for violations in found.values() for violation in violations] == []


@pytest.mark.parametrize("survives", [False, True])
def test_a_scan_cut_short_is_gone_and_its_uid_is_used_again(survives: bool) -> None:
    tried = 0

    def cut(world: World, place: int, effect: Effect, folder: Path) -> None:
        nonlocal tried
        if effect[0] == "write":
            tried += 1
            left = world.after(AllOrNothing(survives=survives), folder / "mount")
            assert left.check() == []

    model.each_effect(cut)
    assert tried > 10
