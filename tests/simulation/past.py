"""past_worlds.toml: worlds that broke once, with what of them mattered pinned."""

import tomllib
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from sim.faults import Fault, Habits, Knobs
from sim.panel_habits import DeskHabits, LookHabits
from sim.scheduled_archives import ARCHIVE
from sim.scheduled_habits import ArchiveHabits
from sim.world import World

FILE = Path(__file__).with_name("past_worlds.toml")
Entry = dict[str, Any]


def entries() -> list[Entry]:
    found: list[Entry] = tomllib.loads(FILE.read_text("utf-8"))["world"]
    return found


def world_of(entry: Entry) -> World:
    pinned = {"plates": 0.0} | entry.get("knobs", {})
    kinds = frozenset(Fault[name] for name in pinned.pop("faults", ()))
    pinned["faults"] = tuple(kind for kind in Fault if kind in kinds)
    pinned["habits"] = Habits(**pinned.pop("habits", {}))
    pinned["looks"] = LookHabits(**pinned.pop("looks", {}))
    pinned["desk"] = DeskHabits(**pinned.pop("desk", {}))
    knobs = replace(Knobs.drawn(Random(0)).well(), **pinned)
    habits = ArchiveHabits(**entry.get("archive", {}))
    return World(entry["seed"], entry["days"], knobs=knobs, archives={ARCHIVE: habits})
