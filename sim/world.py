"""One simulated world from one number: a node, its power, its people, its archive, for some days.

The same seed gives the same world, call by call; `Ended.digest` says whether it did. Chance is
drawn from streams of their own, by name, so that a new fault in one place does not change what
happens in all others.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from random import Random

from firmware.events import Committed, Event, ScanFailed, Sent, Stored
from sim.disk import ModelDisk
from sim.fault_errors import MENDED_BY_HAND
from sim.faults import MIB, Fault, Knobs
from sim.kernel import FOR_EVER, Kernel, Task
from sim.kernel_runtime import SeededEntropy
from sim.mains import Mains
from sim.mischief import DAY_S, Mischief
from sim.node_life import NodeLife, Outside, Remains, node_config
from sim.scheduled_archives import drawn_archives
from sim.seeded_array import SeededArray
from sim.seeded_devices import OrderBook, PanelFor, ScannerBed
from sim.surroundings import Surroundings
from sim.technician import Technician
from sim.trace import Trace

HEALED_DAYS_MAX = 14.0
"""The longest pauses of firmware: 6 h between two tries, a day after a refusal, and 64 times
`commitment_silence_s` until a question is put again."""
HEALED_LOOK_S = 900.0
UNDELIVERED = (
    "SELECT count(*) FROM outbox JOIN instance ON sop_instance_uid = instance"
    " WHERE state NOT IN ('committed', 'held') AND condition = 'good'"
)
"""What is held waits for a person, and so does what is damaged or missing here."""


@dataclass
class Counts:
    lives: int = 0
    power_cuts: int = 0
    stored: int = 0
    failed: int = 0
    sent: int = 0
    committed: int = 0
    undelivered: int = 0
    """After everything healed and had its time; -1: the node did not even start."""
    faults: dict[str, int] = field(default_factory=dict)
    """How often each kind really struck."""


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
    def __init__(
        self, seed: int, days: float, *, trace: Trace | None = None, knobs: Knobs | None = None
    ) -> None:
        """`knobs`: in place of the seed's own, for tests."""
        self.seed = seed
        self.days = days
        self.trace = trace or Trace()
        self.knobs = knobs or Knobs.drawn(self.stream("knobs"))
        self.kernel = Kernel(self.stream("order"), self.trace)
        self.outside = Outside(
            SeededEntropy(self.stream("entropy")),
            drawn_archives(self.stream, partial(self.kernel.say, "archive")),
        )
        self.counts = Counts()
        self.surroundings = Surroundings(self.kernel, self.outside, lambda: self.life)
        self.mischief = Mischief(
            self.kernel,
            self.knobs.faults,
            self.stream,
            self.surroundings.begins,
            self.surroundings.ends,
        )
        self.outside.strikes = self.mischief.strikes
        self.outside.array = SeededArray() if Fault.ARRAY in self.knobs.faults else None
        self.mains = Mains(
            self.kernel, self.stream("power"), self.knobs, self._begin, self._count_end
        )
        self.technician = Technician(self, self.stream("technician"), self.knobs)
        self._config = node_config(self.knobs, self.outside.archives)

    def stream(self, name: str) -> Random:
        return Random(f"{self.seed} {name}")  # noqa: S311 -- seeded on purpose

    def run(self) -> Ended:
        with _quiet():
            technician = self.kernel.spawn("technician", self.technician.work)
            mains = self.kernel.spawn("mains", self._supply)
            self.kernel.run(self.days * DAY_S)
            self.kernel.kill(technician)
            self.kernel.spawn("heal", partial(self._heal, mains))
            self.kernel.run()
            if self.mains.life is not None:
                self.mains.life.bury()
        self.counts.faults = dict(sorted(self.mischief.struck.items()))
        digest, events = self.trace.digest(), self.trace.count
        return Ended(self.seed, self.days, digest, events, self.counts, self.knobs)

    def _supply(self) -> None:
        self.mains.supply(Remains(ModelDisk(self.knobs.capacity_mib * MIB)))

    def _heal(self, mains: Task) -> None:
        """All faults end and the power stays on; then everything has to reach the archive."""
        self.kernel.say("kernel", "all heals")
        self.mischief.end()
        self.surroundings.heal()
        self.mains.heal()
        for archive in self.outside.archives.values():
            archive.heal()
        self.counts.undelivered = self._wait_for_delivery()
        self.kernel.kill(mains)
        life = self.life
        if life is not None:
            life.begin_to_stop()
            self.kernel.wait(life.life.over, FOR_EVER)

    def _wait_for_delivery(self) -> int:
        """Images that still wait after `HEALED_DAYS_MAX`, or the node's not starting at all: -1."""
        until_s = self.kernel.now_s + HEALED_DAYS_MAX * DAY_S
        undelivered = -1
        while undelivered and self.kernel.now_s < until_s:
            self.kernel.wait(None, HEALED_LOOK_S)
            if self.life is not None and self.life.is_started:
                ((undelivered,),) = self.life.ask(UNDELIVERED)
        return int(undelivered)

    def _begin(self, remains: Remains) -> NodeLife:
        self.counts.lives += 1
        self.kernel.say("kernel", "power on", str(self.counts.lives))
        self.mischief.begin(Fault.NO_BATTERY)
        return NodeLife(
            self.kernel,
            self.counts.lives,
            remains,
            self.outside,
            self._config,
            self._listen,
            self.knobs,
        )

    def _count_end(self, ending: Fault) -> None:
        self.counts.power_cuts += ending is Fault.CUT
        self.mischief.count(ending)

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

    def put_right(self, sentence: str) -> None:
        """A person does what the display asks for."""
        kind = MENDED_BY_HAND.get(sentence)
        if kind is not None:
            self.mischief.mend(kind)

    def pull_plug(self) -> None:
        self.mains.pull_plug()

    @property
    def life(self) -> NodeLife | None:
        """None without power, and once it is over."""
        life = self.mains.life
        return None if life is None or life.life.is_over else life

    @property
    def panel(self) -> PanelFor | None:
        return self.life.panel if self.life is not None else None

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
