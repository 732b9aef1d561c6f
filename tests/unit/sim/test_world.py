"""One number is one world: in every process, whatever Python hashes, kept in full or not."""

import os
import subprocess
import sys
from dataclasses import replace
from random import Random

import pytest

from sim.faults import Knobs
from sim.scheduled_archives import ARCHIVE
from sim.trace import Trace
from sim.world import World

DAYS = 2
EVERYTHING = """
import sys
from dataclasses import fields, replace
from random import Random
from sim.faults import Fault, Habits, Knobs
from sim.world import World

seed, days = int(sys.argv[1]), float(sys.argv[2])
habits = Habits(*(0.1 for _ in fields(Habits)))
knobs = replace(Knobs.drawn(Random(seed)), faults=tuple(Fault), habits=habits, plates=0.5)
print(World(seed, days, knobs=knobs).run().digest)
"""
AS_DRAWN = """
import sys
from sim.world import World

print(World(int(sys.argv[1]), float(sys.argv[2])).run().digest)
"""


def digest_there(program: str, seed: int, hash_seed: str) -> str:
    """In another process."""
    return subprocess.run(
        [sys.executable, "-c", program, str(seed), str(DAYS)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


@pytest.mark.parametrize("seed", [3, 5])
def test_the_same_seed_is_the_same_world(seed: int) -> None:
    here = World(seed, DAYS, trace=Trace(lines_max=None)).run().digest
    assert {digest_there(AS_DRAWN, seed, hash_seed) for hash_seed in ("1", "77")} == {here}


def test_with_every_fault_at_once_it_is_still_the_same() -> None:
    assert len({digest_there(EVERYTHING, 8, hash_seed) for hash_seed in ("1", "77")}) == 1


def test_another_seed_is_another_world() -> None:
    assert World(3, DAYS).run().digest != World(4, DAYS).run().digest


def test_films_become_images_that_the_archive_has() -> None:
    knobs = replace(Knobs.drawn(Random(0)).well(), films_a_day=4)
    world = World(14, DAYS, knobs=knobs)  # its archive is without a fault
    ended = world.run()
    assert ended.counts.stored > 0
    assert len(world.outside.archives[ARCHIVE].held) == ended.counts.stored
