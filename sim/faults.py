"""Every knob of a simulated world, drawn from its seed. One place, so that a seed can be read.

Each knob and each fault says what it does, how often, and why its range is what it is. A tenth of
the worlds are well throughout: there a bug cannot hide behind a fault. Each other enables some
kinds and not others: with all of them at once a scan would hardly ever come through, and what a
fault alone would do is never seen.
"""

from dataclasses import dataclass, field, fields, replace
from enum import Enum
from random import Random

from sim.panel_habits import DeskHabits, LookHabits

PACES_S = (900.0, 3600.0, 14_400.0)
PACE_WEIGHTS = (1, 6, 18)  # a day of 900 s costs ten idle days of 14,400 s
FILMS_A_DAY = (1, 2, 3, 4, 12)
FILMS_WEIGHTS = (12, 4, 2, 1, 1)
PLATES = (0.0, 0.0, 0.3, 0.0, 0.0, 0.8)
PLATE_ROOM_MIB = 128  # the largest plate is 118 MiB, and its size is not known before it is read
WELL = 0.1
ENABLED = 0.2  # of each kind, in a world that is not well: about six of thirty
LIES = 0.04
MIB = 2**20


class Fault(Enum):
    """The kinds; `SPECS` says where and how often each strikes."""

    CUT = "power cut"
    """By time, and then at any call, or shortly behind one of `AIMS`."""
    KILL = "process killed"
    """As a cut, but the operating system lives on: what was not synced is still there."""
    RESTART = "orderly restart"
    """An update: every worker ends its step."""

    FILE_IO = "file write fails"
    """EIO from making, writing, renaming or removing a file of the store."""
    FILE_SYNC = "file fsync fails"
    """For good: the bytes are dropped, and the next fsync says success."""
    FOLDER_SYNC = "folder fsync fails"
    FILE_READ = "file read fails"
    """Both legs have the sector bad, for now: a cable, not the platter."""
    SHORT_WRITE = "short write"
    """Half of a block is written, and then EIO."""
    INDEX_IO = "index write fails"
    INDEX_SYNC = "index fsync fails"
    """As a file's: dropped, and the next one says success."""
    DISK_FULL = "disk full"
    """Somebody else's bytes, for hours: from not a byte free to just above the store's reserve."""
    SPACE_LOW = "space low"
    """For days: films still fit, and what is committed is evicted."""
    DISK_SLOW = "slow disk"
    """A call takes 0.1 to 60 s: a disk that tries its own sectors again."""
    ROT_ONE = "rot of one leg"
    """The mirror mends it: nothing may come of it. Counted, so that it can be seen to be so."""
    ROT_BOTH = "rot of both legs"
    """A bit of a stored file is another one for everybody who reads it."""
    SYNC_LIES = "fsync lies"
    """Of files: success, and nothing done. Only where `Knobs.sync_lies`; never for the index, of
    which SQLite promises nothing on such a disk."""

    CLOCK_STEP = "clock stepped"
    """By up to an hour: the time server is heard again."""
    CLOCK_YEARS = "clock wrong by years"
    """Somebody sets it, up to 20 years ahead or back; hours later it is right again."""
    NO_BATTERY = "clock without battery"
    """1970 at each power-on, right when the time server answers, 1 min to 2 h later."""

    UNPLUGGED = "scanner unplugged"
    COVER = "scanner's cover open"
    LAMP = "scanner's lamp dark"
    JAM = "film jammed"
    NAK = "scanner refuses settings"
    ROWS_SHORT = "rows missing"
    """The scan ends before its last row, without a word."""
    ROWS_LOST = "rows skipped"
    STOPPED_THERE = "stopped at the scanner"

    PANEL = "panel does not answer"
    """Display and lamps keep what they show."""
    PRESS_LOST = "press not felt"
    PRESS_TWICE = "press felt twice"
    WORKLIST_AWAY = "worklist away"
    WORKLIST_CHANGES = "worklist changes"
    """Under the technician's hand: another order of the orders, one of them gone."""
    ARRAY = "array degraded"
    """A leg goes and comes back: degraded, rebuilding, healthy."""

    READER_AWAY = "cassette reader's line cut"
    READER_SILENT = "cassette reader silent"
    """It stands still for as long as a node waits, and longer."""
    READER_RESTARTS = "cassette reader restarts"
    """Somebody switches it off and on; it keeps what it read."""
    READER_NOISE = "cassette reader's line noisy"
    """A frame is changed, cut short, doubled or swallowed."""
    CASSETTE_JAM = "cassette jammed"
    CASSETTE_LABEL = "cassette's barcode unreadable"
    READER_LASER = "cassette reader's laser dark"
    """The plate is not read: its image is still on it."""
    ERASE_FAILED = "plate not erased"
    """The lamp: what was read is kept until it works again."""
    CASSETTE_SWAPPED = "cassettes swapped"
    """By hand, through the lid, while the reader keeps the image of the one that was in."""
    PLATE_USED = "plate used before"
    """Its reader says that it was not erased since it was last read."""
    PLATE_FOREIGN = "plate of another node"
    """The reader keeps an image that nobody here knows of."""


ALL = tuple(Fault)
READER_FAULTS = ALL[ALL.index(Fault.READER_AWAY) :]
"""Of worlds with plates. They are drawn last, so that all other knobs are as without."""
Call = tuple[str, str]
"""(lane, what), as the trace has them."""
WRITES = tuple(("disk", what) for what in ("create", "write", "rename", "remove"))
SYNCS = (("disk", "sync"), ("disk", "settle"))
SCAN, ROWS = ("scanner", "scan"), ("scanner", "rows")
AIMS: tuple[Call, ...] = (
    ROWS,
    ("disk", "sync"),
    ("disk", "rename"),
    ("disk", "remove"),
    ("index", "open"),
    ("index", "write"),
    ("index", "sync"),
    ("archive", "accepted"),
)
"""Where an end hurts: between these and what comes next."""
READER_ASKED, READER_ROWS = ("reader", "ask"), ("reader", "rows")
READER_LINE = (READER_ASKED, ("reader", "answer"), READER_ROWS)
READER_AIMS: tuple[Call, ...] = (*AIMS, READER_ASKED, READER_ROWS)
"""In worlds with plates."""
AIMED = 0.7  # else an end that comes by night mostly hits a node that sleeps
AIMED_CALLS_MAX = 12  # a publication with its transaction has about twenty


@dataclass(frozen=True)
class Spec:
    """Where a kind strikes and how often: by calls, by time, or both."""

    calls: tuple[Call, ...] = ()
    every: tuple[int, ...] = ()
    """One in so many of these calls, on average; a world draws one of these."""
    days: tuple[float, ...] = ()
    """Once in so many, on average, whatever is being called."""
    lasts_s: tuple[float, float] = (0.0, 0.0)
    """From when it struck; 0: that one call alone."""


OFTEN, SELDOM = (20, 60, 200), (50, 200, 800)
PLATES_FEW = (50, 300)  # a plate has a hundred calls of its reader's line
MINUTES_TO_HOURS = (60.0, 3 * 3600.0)
SPECS: dict[Fault, Spec] = {
    Fault.FILE_IO: Spec(WRITES, OFTEN),
    Fault.FILE_SYNC: Spec(SYNCS, (5, 15, 50)),
    Fault.FOLDER_SYNC: Spec((("disk", "sync_folder"),), (5, 15, 50)),
    Fault.FILE_READ: Spec((("disk", "open"),), OFTEN, (), (0.0, 600.0)),
    Fault.SHORT_WRITE: Spec((("disk", "write"),), OFTEN),
    Fault.INDEX_IO: Spec((("index", "write"), ("index", "truncate")), (200, 1000, 4000)),
    Fault.INDEX_SYNC: Spec((("index", "sync"),), SELDOM),
    Fault.DISK_FULL: Spec((("disk", "create"),), (5, 20), (3.0, 10.0), (600.0, 36 * 3600.0)),
    Fault.SPACE_LOW: Spec((), (), (2.0, 5.0), (86_400.0, 5 * 86_400.0)),
    Fault.DISK_SLOW: Spec((*WRITES, *SYNCS, ("disk", "open")), SELDOM),
    Fault.ROT_ONE: Spec((), (), (1.0, 5.0)),
    Fault.ROT_BOTH: Spec((), (), (2.0, 7.0, 30.0)),
    Fault.SYNC_LIES: Spec((*SYNCS, ("disk", "sync_folder")), (2, 5)),
    Fault.CLOCK_STEP: Spec((), (), (0.3, 2.0)),
    Fault.CLOCK_YEARS: Spec((ROWS, ("archive", "store")), (10, 40), (3.0, 10.0), (60.0, 86_400.0)),
    Fault.NO_BATTERY: Spec((), (), (), (60.0, 7200.0)),
    Fault.UNPLUGGED: Spec((ROWS,), (30, 100), (2.0, 7.0), MINUTES_TO_HOURS),
    Fault.COVER: Spec((ROWS, SCAN), (30, 100), (2.0,), MINUTES_TO_HOURS),
    Fault.LAMP: Spec((SCAN,), (10, 40), (), MINUTES_TO_HOURS),
    Fault.JAM: Spec((ROWS,), (30, 100)),
    Fault.NAK: Spec((SCAN,), (8, 30)),
    Fault.ROWS_SHORT: Spec((ROWS,), (30, 100)),
    Fault.ROWS_LOST: Spec((ROWS,), (30, 100)),
    Fault.STOPPED_THERE: Spec((ROWS,), (30, 100)),
    Fault.PANEL: Spec((("panel", "show"), ("panel", "light")), (20, 100), (), (0.0, 1800.0)),
    Fault.PRESS_LOST: Spec((("panel", "press"),), (6, 25)),
    Fault.PRESS_TWICE: Spec((("panel", "press"),), (6, 25)),
    Fault.WORKLIST_AWAY: Spec((("worklist", "orders"),), (10, 40), (), (60.0, 86_400.0)),
    Fault.WORKLIST_CHANGES: Spec((("panel", "press"),), (6, 25), (0.5,)),
    Fault.ARRAY: Spec((), (), (3.0, 7.0), (3600.0, 2 * 86_400.0)),
    Fault.READER_AWAY: Spec(READER_LINE, PLATES_FEW, (2.0, 7.0), MINUTES_TO_HOURS),
    Fault.READER_SILENT: Spec(READER_LINE, PLATES_FEW, (), (1.0, 60.0)),
    Fault.READER_RESTARTS: Spec(READER_LINE, PLATES_FEW, (2.0,), (10.0, 60.0)),
    Fault.READER_NOISE: Spec(READER_LINE, (5, 20, 100)),
    Fault.CASSETTE_JAM: Spec((READER_ASKED,), PLATES_FEW, (), MINUTES_TO_HOURS),
    Fault.CASSETTE_LABEL: Spec((READER_ASKED,), PLATES_FEW, (), MINUTES_TO_HOURS),
    Fault.READER_LASER: Spec((READER_ASKED,), PLATES_FEW, (), MINUTES_TO_HOURS),
    Fault.ERASE_FAILED: Spec((READER_ASKED, READER_ROWS), PLATES_FEW, (), MINUTES_TO_HOURS),
    Fault.CASSETTE_SWAPPED: Spec((READER_ROWS,), PLATES_FEW, (), MINUTES_TO_HOURS),
    Fault.PLATE_USED: Spec((("reader", "expose"),), (3, 10)),
    Fault.PLATE_FOREIGN: Spec((), (), (2.0, 5.0)),
}


@dataclass(frozen=True)
class Habits:
    """How often the technician does what nobody should, in shares of the films; a person."""

    presses_again: float = 0.0
    """SCAN once more, or thrice, while it scans."""
    fumbles: float = 0.0
    """A wrong button first: any."""
    forgets_film: float = 0.0
    stops: float = 0.0
    """REJECT in mid-scan, because the film lies crooked; it is laid straight and scanned again."""
    walks_away: float = 0.0
    """For minutes or for the day; what the display says then decides about the film."""
    scans_twice: float = 0.0
    urgent: float = 0.0
    """No order for it: URGENT."""
    pulls_plug: float = 0.0
    """The vacuum cleaner needs the socket, or the display stood still for too long."""

    @classmethod
    def drawn(cls, chance: Random) -> "Habits":
        """Each is there in half of the worlds, in one film of fifty to one of five."""
        return cls(
            *(chance.choice((0.0, chance.uniform(0.02, 0.2))) for _ in fields(cls)),
        )


@dataclass(frozen=True)
class Knobs:
    pace_s: float
    """How late a poll may be that nobody ends. The appliance's own pace would be 0.0: two million
    events a day, for worlds of minutes."""
    films_a_day: int
    """On a weekday, on average. A small hospital has 1 to 4 films left to scan; one world in
    twenty is a busy one."""
    days_between_ends: float
    """On average: from a bad line to one cut a season."""
    calls_to_end_max: int
    """An end comes within so many calls: few hit an idle node, many hit a scan or a start."""
    capacity_mib: int
    """Of the disk. The smallest holds the index, its log, and a few films above the reserve."""
    whole_dataset: bool
    """Of each film; see sim/short_dataset.py."""
    multi_frame: bool
    """Which object films become (PS3.3 A.8.4 or A.8.1)."""
    namesakes: bool
    """Two of a day's patients have one name, and different birth dates."""
    faults: tuple[Fault, ...] = ()
    """The kinds that may strike here."""
    habits: Habits = field(default_factory=Habits)
    own_connections: bool = True
    """Of each worker to the index, as in the appliance; see sim/shared_index.py."""
    plates: float = 0.0
    """Share of the films that are plates instead; 0: no cassette reader is there. A reader without
    plates is asked before every film, so most worlds have neither."""
    looks: LookHabits = field(default_factory=LookHabits)
    desk: DeskHabits = field(default_factory=DeskHabits)

    @property
    def sync_lies(self) -> bool:
        """Then nothing that the node called stored has to outlive a power cut: no software could
        promise it. What the node says of what is gone has to be true all the same."""
        return Fault.SYNC_LIES in self.faults

    @property
    def room_mib(self) -> int:
        """Kept free beyond what films need, wherever a plate may come."""
        return PLATE_ROOM_MIB if self.plates else 0

    @property
    def aims(self) -> tuple[Call, ...]:
        return READER_AIMS if self.plates else AIMS

    def well(self) -> "Knobs":
        """The same world without any fault of ours, and with a careful person in it."""
        careful = replace(self, looks=LookHabits(), desk=DeskHabits())
        return replace(careful, faults=(), habits=Habits())

    @classmethod
    def drawn(cls, chance: Random) -> "Knobs":
        is_well = chance.random() < WELL
        drawn = cls(
            pace_s=chance.choices(PACES_S, PACE_WEIGHTS)[0],
            films_a_day=chance.choices(FILMS_A_DAY, FILMS_WEIGHTS)[0],
            days_between_ends=chance.choice((0.5, 2.0, 10.0, 90.0)),
            calls_to_end_max=chance.choice((5, 50, 500)),
            capacity_mib=chance.choice((20, 60, 200)),
            whole_dataset=chance.random() < 0.1,
            multi_frame=chance.random() < 0.5,
            namesakes=chance.random() < 0.3,
            faults=() if is_well else _drawn_faults(chance),
            habits=Habits() if is_well else Habits.drawn(chance),
            own_connections=chance.random() < 0.1,
        )
        return drawn._with_plates(chance)._with_people(chance)

    def _with_plates(self, chance: Random) -> "Knobs":
        plates = chance.choice(PLATES)
        if not plates or not self.faults:
            return replace(self, plates=plates)
        kinds = tuple(kind for kind in READER_FAULTS if chance.random() < ENABLED)
        return replace(self, plates=plates, faults=self.faults + kinds)

    def _with_people(self, chance: Random) -> "Knobs":
        """Drawn last, so that all other knobs are as before."""
        if not self.faults:
            return self
        return replace(self, looks=LookHabits.drawn(chance), desk=DeskHabits.drawn(chance))


def _drawn_faults(chance: Random) -> tuple[Fault, ...]:
    odds = {Fault.SYNC_LIES: LIES, Fault.CUT: 0.7}  # the one the store is made for
    kinds = (kind for kind in Fault if kind not in READER_FAULTS)
    return tuple(kind for kind in kinds if chance.random() < odds.get(kind, ENABLED))
