"""What faults do to a whole world: forced on, alone, they strike, are counted, and show."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from hal.storage_array import ArrayState
from sim.faults import MIB, Fault, Habits, Knobs
from sim.kernel_runtime import BEGAN
from sim.mischief import DAY_S
from sim.surroundings import FULL_LEAVES
from sim.trace import Trace
from sim.world import World

DAYS = 3
WELL = replace(
    Knobs.drawn(Random(0)).well(),
    pace_s=3600.0,
    films_a_day=4,
    days_between_ends=0.4,
    whole_dataset=False,
    capacity_mib=60,
)


def world_with(*kinds: Fault, habits: Habits = WELL.habits) -> World:
    """Its archive is without a fault."""
    knobs = replace(WELL, faults=kinds, habits=habits)
    return World(14, DAYS, trace=Trace(lines_max=None), knobs=knobs)


def strike(world: World, kind: Fault, look: Callable[[World], bool] = lambda _: True) -> bool:
    """On the second day's evening, while there is power; what was to be seen then."""
    seen = []

    def later() -> None:
        world.kernel.wait(None, 1.8 * DAY_S)
        while world.life is None or not world.life.is_started:
            world.kernel.wait(None, 60.0)
        world.mischief.begin(kind)
        seen.append(look(world))

    world.kernel.spawn("test", later)
    world.run()
    return seen == [True]


def lines(world: World, lane: str, what: str) -> list[str]:
    return [line.detail for line in world.trace.lines() if (line.lane, line.what) == (lane, what)]


def is_full(world: World) -> bool:
    assert world.life is not None
    return world.life.disk.free_bytes() in FULL_LEAVES


def is_short(world: World) -> bool:
    assert world.life is not None
    return 2 * MIB < world.life.disk.free_bytes() <= world.life.evict_below_bytes


def is_wrong_by_years(world: World) -> bool:
    return abs(world.outside.wall.offset_s) > DAY_S


def is_off_by_an_hour(world: World) -> bool:
    return 0.0 < abs(world.outside.wall.offset_s) <= 3600.0


def is_in_1970(world: World) -> bool:
    now_s = BEGAN.timestamp() + world.kernel.now_s + world.outside.wall.offset_s
    return now_s == pytest.approx(0.0)


def has_rotten_file(world: World) -> bool:
    return lines(world, "disk", "rots")[-1] in world.surroundings.harmed


def has_lost_a_leg(world: World) -> bool:
    return world.outside.array is not None and world.outside.array.state is not ArrayState.HEALTHY


SHOWS: dict[Fault, Callable[[World], bool]] = {
    Fault.DISK_FULL: is_full,
    Fault.SPACE_LOW: is_short,
    Fault.CLOCK_STEP: is_off_by_an_hour,
    Fault.CLOCK_YEARS: is_wrong_by_years,
    Fault.NO_BATTERY: is_in_1970,
    Fault.ROT_BOTH: has_rotten_file,
    Fault.ARRAY: has_lost_a_leg,
}


@pytest.mark.parametrize("kind", SHOWS, ids=str)
def test_a_fault_shows_when_it_begins_and_is_counted(kind: Fault) -> None:
    world = world_with(kind)
    assert strike(world, kind, SHOWS[kind])
    assert world.counts.faults[kind.value] >= 1
    assert world.outside.wall.offset_s == 0.0, "it healed"
    assert world.outside.others_bytes == 0


def test_a_lying_fsync_is_marked_on_the_file() -> None:
    world = world_with(Fault.SYNC_LIES)
    world.run()
    assert world.counts.faults[Fault.SYNC_LIES.value] > 0
    assert any(path.endswith(".dcm") for path in world.surroundings.harmed)


@pytest.mark.parametrize("kind", [Fault.CUT, Fault.KILL, Fault.RESTART], ids=str)
def test_lives_end_and_go_on(kind: Fault) -> None:
    world = world_with(kind)
    counts = world.run().counts
    assert counts.faults == {kind.value: counts.faults[kind.value]}
    assert counts.lives > 3
    assert counts.stored > 0


@pytest.mark.parametrize(
    ("habit", "lane", "what", "detail"),
    [
        ("stops", "technician", "press", "reject"),
        ("urgent", "technician", "press", "urgent"),
        ("walks_away", "technician", "walks away", ""),
        ("pulls_plug", "technician", "pulls the plug", ""),
    ],
)
def test_the_technician_does_what_nobody_should(
    habit: str, lane: str, what: str, detail: str
) -> None:
    world = world_with(habits=replace(Habits(), **{habit: 0.5}))
    world.run()
    assert detail in lines(world, lane, what)


def test_a_careful_technician_throws_away_what_was_called_stored_and_nothing_else() -> None:
    world = world_with()
    ended = world.run()
    assert not world.technician.kept
    assert len(world.technician.thrown_away) == len(world.technician.films) == ended.counts.stored


def test_a_film_that_is_forgotten_is_scanned_again() -> None:
    world = world_with(habits=Habits(forgets_film=0.5))
    counts = world.run().counts
    assert counts.failed > 0
    assert len(world.technician.thrown_away) == counts.stored


def test_a_tenth_of_the_worlds_is_well_and_no_kind_is_forgotten() -> None:
    drawn = [Knobs.drawn(Random(f"{seed} knobs")) for seed in range(2000)]
    assert 0.07 < sum(knobs == knobs.well() for knobs in drawn) / len(drawn) < 0.13
    for kind in Fault:
        assert sum(kind in knobs.faults for knobs in drawn) > 20
    assert 0.01 < sum(knobs.sync_lies for knobs in drawn) / len(drawn) < 0.06
