"""One simulated world from one number: a node, its power, its people, its archive, for some days.

The same seed gives the same world, call by call; `Ended.digest` says whether it did. Chance is
drawn from streams of their own, by name, so that a new fault in one place does not change what
happens in all others.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from random import Random

from firmware.events import Committed, Event, ScanFailed, Sent, Stored
from sim.faults import Knobs
from sim.kernel import Kernel
from sim.kernel_runtime import SeededEntropy
from sim.node_life import NodeLife, Outside, Remains, node_config
from sim.power import SeededCut
from sim.scheduled_archives import drawn_archives
from sim.seeded_devices import OrderBook, PanelFor, ScannerBed
from sim.technician import Technician
from sim.trace import Trace

DAY_S = 86_400.0


@dataclass
class Counts:
    lives: int = 0
    power_cuts: int = 0
    stored: int = 0
    failed: int = 0
    sent: int = 0
    committed: int = 0


@dataclass(frozen=True)
class Ended:
    """How a world went."""

    seed: int
    days: float
    digest: str
    events: int
    counts: Counts
    knobs: Knobs


class World:
    def __init__(self, seed: int, days: float, *, trace: Trace | None = None) -> None:
        self.seed = seed
        self.days = days
        self.trace = trace or Trace()
        self.knobs = Knobs.drawn(self.stream("knobs"))
        self.kernel = Kernel(self.stream("order"), self.trace)
        self.outside = Outside(
            SeededEntropy(self.stream("entropy")),
            drawn_archives(self.stream, partial(self.kernel.say, "archive")),
        )
        self.counts = Counts()
        self.life: NodeLife | None = None
        self.technician = Technician(self, self.stream("technician"), self.knobs.films_a_day)
        self._config = node_config(self.knobs, self.outside.archives)

    def stream(self, name: str) -> Random:
        return Random(f"{self.seed} {name}")  # noqa: S311 -- seeded on purpose

    def run(self) -> Ended:
        with _quiet():
            tasks = [
                self.kernel.spawn("mains", self._mains),
                self.kernel.spawn("technician", self.technician.work),
            ]
            self.kernel.run(self.days * DAY_S)
            for task in tasks:
                self.kernel.kill(task)
            self.kernel.spawn("the end", self._switch_off)
            self.kernel.run()
        digest, events = self.trace.digest(), self.trace.count
        return Ended(self.seed, self.days, digest, events, self.counts, self.knobs)

    def _mains(self) -> None:
        """Power comes and goes."""
        chance = self.stream("power")
        remains = Remains()
        while True:
            life = self._switch_on(remains)
            until_cut_s = chance.expovariate(1.0 / (self.knobs.days_between_cuts * DAY_S))
            if not self.kernel.wait(life.life.over, until_cut_s):
                life.life.end_in(chance.randrange(self.knobs.calls_to_cut_max))
                self.kernel.wait(life.life.over, float("inf"))
            self.counts.power_cuts += 1
            remains = life.left_by(SeededCut(chance))
            self.life = None
            self.kernel.wait(None, chance.uniform(5.0, 600.0))

    def _switch_on(self, remains: Remains) -> NodeLife:
        self.counts.lives += 1
        self.kernel.say("kernel", "power on", str(self.counts.lives))
        self.life = NodeLife(
            self.kernel,
            self.counts.lives,
            remains,
            self.outside,
            self._config,
            self._listen,
            self.knobs,
        )
        return self.life

    def _switch_off(self) -> None:
        if self.life is not None and not self.life.life.is_over:
            self.life.stop()
        if self.life is not None:
            self.life.bury()

    def _listen(self, event: Event) -> None:
        match event:
            case Stored():
                self.counts.stored += 1
            case ScanFailed():
                self.counts.failed += 1
            case Sent():
                self.counts.sent += 1
            case Committed():
                self.counts.committed += 1
        self.kernel.say("node", type(event).__name__)

    @property
    def panel(self) -> PanelFor | None:
        on = self.life is not None and not self.life.life.is_over
        return self.life.panel if on and self.life is not None else None

    @property
    def bed(self) -> ScannerBed:
        return self.outside.bed

    @property
    def book(self) -> OrderBook:
        return self.outside.book


@contextmanager
def _quiet() -> Iterator[None]:
    """What the node logs stands in the trace as events."""
    log = logging.getLogger("sapi")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(level)
