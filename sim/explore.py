"""Many worlds, one after the other on every core, and what came of them all.

It knows nothing of what happens in a world; a world that ends by an exception is a finding too.
"""

import gc
import multiprocessing
import os
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from itertools import islice

from sim.checker.known import VIOLATION, Violation
from sim.life_folders import sweep
from sim.trace import Line, Trace
from sim.world import World

LAST_LINES = 40  # of a life that broke: a scan with all that it does to disk and index
WAITING_A_JOB = 3  # a process never waits for the next seed, and Ctrl-C never for many
SEEDS_A_PROCESS = 500  # a fresh one now and then: nothing that one world left can grow
GARBAGE_MIN = 50_000  # looked for a seventieth as often, and at each world's end
DAYS_A_YEAR = 365.0
ENOUGH_DAYS = 200.0  # of all worlds together: then each check has had something to look at
GOES_ON = "nothing but a sentence ends a node"


@dataclass(frozen=True)
class Outcome:
    seed: int
    days: float
    digest: str = ""
    faults: dict[str, int] = field(default_factory=dict)
    """Kind -> how often it struck."""
    seen: dict[str, int] = field(default_factory=dict)
    """What was looked at -> how often (sim.checker.known.Seen)."""
    violation: Violation | None = None
    last: tuple[str, ...] = ()
    """The last events, in words; only of a world that broke."""
    knobs: str = ""

    @property
    def replay(self) -> str:
        return f"sapi-node explore --seed {self.seed} --days {self.days:g} --trace {self.seed}.html"


def until_it_broke(lines: Iterable[Line]) -> Iterator[Line]:
    """What comes after a violation is the world's being cleared away."""
    for line in lines:
        yield line
        if line.what == VIOLATION:
            return


TryOne = Callable[[int], Outcome]


def try_seed(seed: int, days: float, *, trace: Trace | None = None) -> Outcome:
    return try_world(World(seed, days, trace=trace))


def try_world(world: World) -> Outcome:
    try:
        ended = world.run()
        digest, violation = ended.digest, ended.violation
    except Exception as error:  # noqa: BLE001 -- whatever it is, the seed has to be known
        *_, last = traceback.extract_tb(error.__traceback__)
        detail = f"{error!r} in {last.name}, {last.filename}:{last.lineno}"
        digest, violation = "", Violation(GOES_ON, detail, world.kernel.now_s)
    lines = tuple(map(str, until_it_broke(world.trace.lines()))) if violation else ()
    return Outcome(
        seed=world.seed,
        days=world.days,
        digest=digest,
        faults=world.counts.faults,
        seen=asdict(world.checker.known.seen),
        violation=violation,
        last=lines[-LAST_LINES:],
        knobs=str(world.knobs) if violation else "",
    )


def try_all(seeds: Iterable[int], try_one: TryOne, jobs: int) -> Iterator[Outcome]:
    """As they come; in the order of the seeds only with one job, which is this process."""
    sweep()
    if jobs == 1:
        yield from map(try_one, seeds)
        return
    context = multiprocessing.get_context("spawn")
    # Pool after pool: with max_tasks_per_child CPython 3.11 starts no new process when the old ones
    # end while jobs wait (github.com/python/cpython issue 115634).
    rest = iter(seeds)
    while batch := list(islice(rest, SEEDS_A_PROCESS * jobs)):
        with ProcessPoolExecutor(jobs, context, _prepare) as pool:
            yield from _as_they_come(pool, iter(batch), try_one, WAITING_A_JOB * jobs)


def _as_they_come(
    pool: ProcessPoolExecutor, seeds: Iterator[int], try_one: TryOne, waiting_max: int
) -> Iterator[Outcome]:
    waiting: set[Future[Outcome]] = set()
    try:
        while True:
            for seed in islice(seeds, waiting_max - len(waiting)):
                waiting.add(pool.submit(_tidily, try_one, seed))
            if not waiting:
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _tidily(try_one: TryOne, seed: int) -> Outcome:
    """A world is one large cycle, with all its films: it goes before the next one comes."""
    outcome = try_one(seed)
    gc.collect()
    return outcome


def _prepare() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to hear
    gc.freeze()  # modules and their tables stay as long as the process
    gc.set_threshold(GARBAGE_MIN, *gc.get_threshold()[1:])


def all_cores() -> int:
    return len(os.sched_getaffinity(0))


@dataclass
class Summary:
    seeds: int = 0
    days: float = 0.0
    """Of all worlds together."""
    faults: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    broken: list[Outcome] = field(default_factory=list)
    began_s: float = field(default_factory=time.monotonic)

    def add(self, outcome: Outcome) -> None:
        self.seeds += 1
        self.days += outcome.days
        self.faults.update(outcome.faults)
        self.seen.update(outcome.seen)
        if outcome.violation is not None:
            self.broken.append(outcome)

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self.began_s

    @property
    def years(self) -> float:
        return self.days / DAYS_A_YEAR

    @property
    def seeds_a_s(self) -> float:
        return self.seeds / max(self.elapsed_s, 1e-9)

    @property
    def blind(self) -> list[str]:
        """Checks that never had anything to look at, in enough days: as good as broken."""
        if self.days < ENOUGH_DAYS:
            return []
        return [name for name, count in self.seen.items() if not count]
