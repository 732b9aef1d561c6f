"""The same workload and the same checks on the strict model disk, in memory.

The files are a `sim.disk.ModelDisk`. The index is real SQLite, of which a power cut leaves what
its documentation promises: with synchronous=FULL every commit that returned, with less any
number of the commits since the last that was synced.
"""

import copy
import random
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from firmware.index.database import Database
from hal.errors import Sentence, StorageError, StorageFailed, StorageFull
from sim.disk import AllOrNothing, Effect, ModelDisk, PowerCut
from tests.chaos import workload
from tests.chaos.explore import scratch
from tests.chaos.invariants import Violation, recovered
from tests.chaos.node_under_test import Site, running
from tests.chaos.outside import Outside

FULL = 2  # PRAGMA synchronous
COMMIT, COMMITTED = ("commit", "index"), ("committed", "index")
CUTS_A_PLACE = 4
LIFE_BETWEEN = 10
NO_EXCEPTION = "no exception comes through"


@dataclass
class SeededCut:
    chance: random.Random

    def name_survives(self) -> bool:
        return self.chance.random() < 0.5

    def bytes_survive(self, unsynced_bytes: int) -> int:
        return self.chance.choice((0, unsynced_bytes, self.chance.randint(0, unsynced_bytes)))

    def length_survives(self) -> bool:
        return self.chance.random() < 0.5


@dataclass
class ModelIndex:
    """What of the index is durable: whole copies of it, one a commit."""

    durable: bytes = b""
    loose: list[bytes] = field(default_factory=list)

    def committed(self, connection: sqlite3.Connection) -> None:
        (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
        content = connection.serialize()
        if synchronous >= FULL:
            self.durable, self.loose = content, []
        else:
            self.loose.append(content)

    def after(self, cut: PowerCut) -> bytes:
        return [self.durable, *self.loose][cut.bytes_survive(len(self.loose))]


@dataclass
class World:
    """One node on a model disk, and everything that `before` each effect may be done to it."""

    folder: Path
    index: ModelIndex = field(default_factory=ModelIndex)
    disk: ModelDisk = field(default_factory=ModelDisk)
    outside: Outside = field(default_factory=Outside)

    @property
    def site(self) -> Site:
        return Site(self.disk, self.folder, _database_of(self))

    def after(self, cut: PowerCut, folder: Path) -> "World":
        return self._again(self.disk.crash(cut), self.index.after(cut), folder)

    def killed(self, folder: Path) -> "World":
        """The process is gone, the kernel's cache is not."""
        last = [self.index.durable, *self.index.loose][-1]
        return self._again(self.disk.killed(), last, folder)

    def _again(self, disk: ModelDisk, content: bytes, folder: Path) -> "World":
        made = World(
            folder, ModelIndex(content), disk, Outside(known=copy.deepcopy(self.outside.known))
        )
        for old in folder.glob("index*"):
            old.unlink()
        if content:
            made.site.index.write_bytes(content)
        return made

    def check(self) -> list[Violation]:
        return recovered(self.site, self.outside.known)


def _database_of(world: World) -> type[Database]:
    class ModelDatabase(Database):
        @contextmanager
        def transaction(self) -> Iterator[sqlite3.Connection]:
            with super().transaction() as connection:
                yield connection
                world.disk.effect(*COMMIT)
            world.index.committed(self.connection)
            world.disk.effect(*COMMITTED)

    return ModelDatabase


@dataclass(frozen=True)
class ModelFinding:
    where: str
    violation: Violation
    replay: str

    def __str__(self) -> str:
        return f"{self.violation}\n  state    {self.where}\n  replay   {self.replay}"


@dataclass
class ModelRun:
    tried: int = 0
    findings: list[ModelFinding] = field(default_factory=list)


def crashes(seed: int, states_max: int, *, stop_at_first: bool = False) -> ModelRun:
    """The power cut ahead of every effect, in several ways; and a kill, then a power cut."""
    run = ModelRun()
    chance = random.Random(seed)
    share = states_max / (effects_of_workload() * (CUTS_A_PLACE + 1))

    def cut_here(world: World, place: int, effect: Effect, folder: Path) -> None:
        for number in range(CUTS_A_PLACE + 1):
            if chance.random() >= share or (stop_at_first and run.findings):
                continue
            run.tried += 1
            where = f"{place}.{number} ahead of {effect[0]} {effect[1]}"
            found = _check_cut(world, number, chance.randrange(1 << 30), folder)
            replay = f"python -m tests.chaos model {seed} {states_max}"
            run.findings += [ModelFinding(where, one, replay) for one in found[:1]]

    bugs = each_effect(cut_here).outside.bugs
    run.findings += [_unasked(bug) for bug in bugs[:1]]
    return run


def _check_cut(world: World, number: int, seed: int, folder: Path) -> list[Violation]:
    """Number 0 to CUTS_A_PLACE."""
    if number == CUTS_A_PLACE:
        return kill_then_cut(world, folder)
    cut: PowerCut = SeededCut(random.Random(seed))
    if number < 2:
        cut = AllOrNothing(survives=number == 1)
    return world.after(cut, folder / "mount").check()


def _unasked(bug: str) -> ModelFinding:
    return ModelFinding("no crash at all", Violation(NO_EXCEPTION, bug), "the workload alone")


def kill_then_cut(world: World, folder: Path) -> list[Violation]:
    """What recovery believed must be durable too."""
    killed = world.killed(folder / "fuse")
    try:
        with running(killed.site, killed.outside, LIFE_BETWEEN):
            pass
    except Exception as error:  # noqa: BLE001 -- whatever keeps it from starting
        return [Violation("the node starts after a kill", repr(error))]
    return killed.after(AllOrNothing(survives=False), folder / "mount").check()


def failures(seed: int, runs_max: int, *, stop_at_first: bool = False) -> ModelRun:
    """One effect fails, the node goes on; then the power is cut."""
    places = range(effects_of_workload())
    chosen = random.Random(seed).sample(places, min(runs_max, len(places)))
    return failures_at(sorted(chosen), stop_at_first=stop_at_first)


def failures_at(places: Iterable[int], *, stop_at_first: bool = False) -> ModelRun:
    run = ModelRun()
    with scratch() as folder:
        for place in places:
            for error in (_FAILED, _FULL):
                run.tried += 1
                what, found = _run_with_failure(folder, place, error)
                replay = f"python -m tests.chaos model-failure {place}"
                where = f"{type(error).__name__} at {place}, {what}"
                run.findings += [ModelFinding(where, one, replay) for one in found[:1]]
            if run.findings and stop_at_first:
                break
    return run


_FAILED = StorageFailed(Sentence("injected", "injecté"))
_FULL = StorageFull(Sentence("injected", "injecté"))


def _run_with_failure(folder: Path, place: int, error: StorageError) -> tuple[str, list[Violation]]:
    happened = ""

    def fail(world: World, number: int, effect: Effect, _: Path) -> None:
        nonlocal happened
        if number == place:
            happened = " ".join(effect)
            if effect != COMMITTED:
                raise error

    world = _each_effect(folder, fail)
    found = [Violation(NO_EXCEPTION, bug) for bug in world.outside.bugs]
    return happened, [*found, *world.after(AllOrNothing(survives=False), folder / "mount").check()]


def each_effect(do: Callable[[World, int, Effect, Path], None]) -> World:
    """Run the workload on a prepared store, with `do` ahead of each effect.

    `do` is given a folder with two more in it, `fuse` and `mount`, to put other worlds into.
    """
    with scratch() as folder:
        return _each_effect(folder, do)


def _each_effect(folder: Path, do: Callable[[World, int, Effect, Path], None]) -> World:
    """Run the workload on a prepared store, with `do` ahead of each effect."""
    index_folder = folder / "live"
    index_folder.mkdir(exist_ok=True)
    for old in index_folder.glob("index*"):
        old.unlink()
    world = World(index_folder)
    with running(world.site, Outside(), 0):
        pass
    places = iter(range(1 << 30))
    world.disk.before = lambda effect: do(world, next(places), effect, folder)
    workload.run_to_the_end(world.site, world.outside)
    world.disk.before = lambda effect: None
    return world


def effects_of_workload() -> int:
    count = 0

    def counted(world: World, place: int, effect: Effect, folder: Path) -> None:
        nonlocal count
        count += 1

    each_effect(counted)
    return count
