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
ONE_WORLD = (
    f"import sys; from sim.world import World; print(World(int(sys.argv[1]), {DAYS}).run().digest)"
)


@pytest.mark.parametrize("seed", [3, 5])
def test_the_same_seed_is_the_same_world(seed: int) -> None:
    here = World(seed, DAYS, trace=Trace(lines_max=None)).run().digest
    for hash_seed in ("1", "77"):
        there = subprocess.run(
            [sys.executable, "-c", ONE_WORLD, str(seed)],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert there.stdout.strip() == here


def test_another_seed_is_another_world() -> None:
    assert World(3, DAYS).run().digest != World(4, DAYS).run().digest


def test_films_become_images_that_the_archive_has() -> None:
    knobs = replace(Knobs.drawn(Random(0)).well(), films_a_day=4)
    world = World(14, DAYS, knobs=knobs)  # its archive is without a fault
    ended = world.run()
    assert ended.counts.stored > 0
    assert len(world.outside.archives[ARCHIVE].held) == ended.counts.stored
