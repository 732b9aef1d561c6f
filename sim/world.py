"""One simulated world from one number: a node, its power, its people, its archive, for some days.

The same seed gives the same world, call by call; `Ended.digest` says whether it did. Chance is
drawn from streams of their own, by name, so that a new fault in one place does not change what
happens in all others.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from functools import partial
from random import Random

from firmware.events import Committed, Event, ScanFailed, Sent, Stored
from hal.values import Order, Uid
from sim.administrator import Administrator
from sim.checker.checker import Checker, Circumstances
from sim.checker.known import Seen, Violated, Violation
from sim.disk import ModelDisk
from sim.ending import Ending
from sim.fault_errors import MENDED_BY_HAND
from sim.faults import MIB, Fault, Knobs
from sim.kernel import Kernel, Task
from sim.kernel_runtime import SeededEntropy
from sim.mains import Mains
from sim.mischief import DAY_S, Mischief
from sim.node_life import NodeLife, Outside, Remains, node_config
from sim.reader_faults import ReaderTroubles
from sim.scheduled_archives import archives_with, drawn_habits
from sim.scheduled_cassette_reader import LANE, ScheduledCassetteReader
from sim.scheduled_habits import ArchiveHabits
from sim.seeded_array import SeededArray
from sim.seeded_devices import OrderBook, PanelFor, ScannerBed
from sim.seeded_plates import number_of
from sim.surroundings import Surroundings
from sim.technician import Technician
from sim.trace import Trace

ANSWER_MAX_S = 60.0  # for a person who looks on; the panel itself takes a tenth of a second
PANEL_TRIES = 12
"""A panel that fails again and again is tried once in a `Knobs.pace_s`; a try of ten calls may fail
two times in five."""
PANEL_PACE_S = 3600.0  # a shorter one is outlived by the fault itself, half an hour
READER_ASKED_MAX_S = 1800.0
"""Before a scan begins, the cassette reader is asked for what it keeps and what is in: six tries of
up to 120 s for each of some questions, and the rows of a kept image on a bad line."""
WORTH_TELLING = ("sop_instance_uid", "destination", "worker", "sentence", "why", "missing")


@dataclass
class Counts:
    lives: int = 0
    power_cuts: int = 0
    stored: int = 0
    failed: int = 0
    sent: int = 0
    committed: int = 0
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
    seen: Seen
    """How much the checker had to look at."""
    violation: Violation | None
    """The world ended with it."""


class World:
    def __init__(
        self,
        seed: int,
        days: float,
        *,
        trace: Trace | None = None,
        knobs: Knobs | None = None,
        archives: Mapping[str, ArchiveHabits] | None = None,
    ) -> None:
        """`knobs`, `archives`: in place of the seed's own, for tests."""
        self.seed = seed
        self.days = days
        self.trace = trace or Trace()
        self.knobs = knobs or Knobs.drawn(self.stream("knobs"))
        self.kernel = Kernel(self.stream("order"), self.trace)
        self.outside = Outside(
            SeededEntropy(self.stream("entropy")),
            archives_with(
                archives or drawn_habits(self.stream),
                self.stream,
                partial(self.kernel.say, "archive"),
            ),
        )
        self.counts = Counts()
        self.surroundings = Surroundings(self.kernel, self.outside, lambda: self.life)
        self.reader = ScheduledCassetteReader(self.stream("reader"), partial(self.kernel.say, LANE))
        self.outside.reader = self.reader if self.knobs.plates else None
        troubles = ReaderTroubles(self.reader)
        self.mischief = Mischief(
            self.kernel,
            self.knobs.faults,
            self.stream,
            self.surroundings.begins | troubles.begins,
            self.surroundings.ends | troubles.ends,
        )
        self.outside.strikes = self.mischief.strikes
        self.mischief.notice = self.hasten
        self.outside.array = SeededArray() if Fault.ARRAY in self.knobs.faults else None
        self.mains = Mains(
            self.kernel, self.stream("power"), self.knobs, self.begin, self._count_end
        )
        self.technician = Technician(self, self.stream("technician"), self.knobs)
        self.checker = Checker(
            self.kernel,
            {name: archive.memory for name, archive in self.outside.archives.items()},
            Circumstances(
                harmed=self.surroundings.harmed,
                film_on_glass=lambda: self.bed.film,
                thrown_away=self.technician.thrown_away,
                answer_max_s=answer_max_s(self.knobs),
                begins_max_s=begins_max_s(self.knobs),
            ),
        )
        self.administrator = Administrator(self, self.stream("administrator"), self.knobs.desk)
        self.reader.strikes, self.reader.witness = self.mischief.strikes, self.checker
        self._config = node_config(self.knobs, self.outside.archives)
        self._supply: Task | None = None

    def stream(self, name: str) -> Random:
        return Random(f"{self.seed} {name}")  # noqa: S311 -- seeded on purpose

    def run(self) -> Ended:
        violation = None
        with _quiet():
            try:
                self._live()
            except Violated as error:
                violation = error.violation
            finally:
                self._clear_up()
        self.counts.faults = dict(sorted(self.mischief.struck.items()))
        return Ended(
            seed=self.seed,
            days=self.days,
            digest=self.trace.digest(),
            events=self.trace.count,
            counts=self.counts,
            knobs=self.knobs,
            seen=self.checker.known.seen,
            violation=violation,
        )

    def _live(self) -> None:
        technician = self.kernel.spawn("technician", self.technician.work)
        administrator = self.kernel.spawn("administrator", self.administrator.work)
        remains = Remains(ModelDisk((self.knobs.capacity_mib + self.knobs.room_mib) * MIB))
        self._supply = self.kernel.spawn("mains", partial(self.mains.supply, remains))
        self.kernel.run(self.days * DAY_S)
        self.kernel.kill(technician)
        self.kernel.kill(administrator)
        self._heal()
        self.kernel.spawn("the end", Ending(self).run)
        self.kernel.run()

    def _heal(self) -> None:
        """All faults end and the power stays on."""
        self.kernel.say("kernel", "all heals")
        self.mischief.end()
        self.surroundings.heal()
        self.mains.heal()
        self.reader.heal()
        for archive in self.outside.archives.values():
            archive.heal()

    def _clear_up(self) -> None:
        """No greenlet of a life may come to its `finally` later, whatever broke."""
        life = self.mains.life
        if life is not None:
            life.life.end()
            self.kernel.run(self.kernel.now_s)
            life.bury()

    def end_supply(self) -> None:
        if self._supply is not None:
            self.kernel.kill(self._supply)

    def begin(self, remains: Remains) -> NodeLife:
        self.counts.lives += 1
        self.kernel.say("kernel", "power on", str(self.counts.lives))
        self.mischief.begin(Fault.NO_BATTERY)
        self.mains.life = life = NodeLife(
            self.kernel,
            self.counts.lives,
            remains,
            self.outside,
            self._config,
            self._listen,
            self.knobs,
        )
        life.panel.witness = self.checker.power_on(life.disk, life.folder)
        life.look = self._look
        return life

    def _look(self, life: NodeLife) -> None:
        self.checker.started(life.disk, life.folder)

    def _count_end(self, ending: Fault | None) -> None:
        if self.mains.life is not None:
            self.checker.power_off(self.mains.life.shore.lock_waits)
        self.counts.power_cuts += ending is Fault.CUT
        self.checker.known.seen.cuts = self.counts.power_cuts
        if ending is not None:
            self.mischief.count(ending)

    def _listen(self, event: Event) -> None:
        self.checker.hear(event)
        match event:
            case Stored():
                self.counts.stored += 1
            case ScanFailed():
                self.counts.failed += 1
            case Sent():
                self.counts.sent += 1
            case Committed():
                self.counts.committed += 1
        self.kernel.say("node", type(event).__name__, in_words(event))

    def hasten(self) -> None:
        """Something happened that the node may find."""
        if self.life is not None:
            self.life.life.hasten()

    def put_right(self, sentence: str) -> None:
        """A person does what the display asks for."""
        kind = MENDED_BY_HAND.get(sentence)
        if kind is not None:
            self.mischief.mend(kind)

    def pull_plug(self) -> None:
        self.mains.pull_plug()

    def cut_in(self, calls: int) -> None:
        self.mains.cut_in(calls)

    def order_of(self, image: Uid) -> Order | None:
        film = self.checker.film_of(image)
        return None if film is None else self.technician.order_of(film)

    def choose(self, images: tuple[Uid, ...], order: Order) -> None:
        self.checker.chosen(images, order.patient)

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
    def kept_plate(self) -> int | None:
        image = self.reader.device.image
        return None if image is None else number_of(image.samples)

    @property
    def book(self) -> OrderBook:
        return self.outside.book


def begins_max_s(knobs: Knobs) -> float:
    """How long WORKING may be lit without a scan, or a scan run without it."""
    return answer_max_s(knobs) + (READER_ASKED_MAX_S if knobs.plates else 0.0)


def answer_max_s(knobs: Knobs) -> float:
    """How long a press may go without an answer."""
    if Fault.PANEL not in knobs.faults:
        return ANSWER_MAX_S
    return PANEL_TRIES * max(PANEL_PACE_S, knobs.pace_s)


def in_words(event: Event) -> str:
    """What it says of itself, for the trace: UIDs, counts, sentences; no digest of a file."""
    told = (
        (each.name, getattr(event, each.name))
        for each in fields(event)
        if each.name in WORTH_TELLING
    )
    return ", ".join(str(value) for _, value in told if value)


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
