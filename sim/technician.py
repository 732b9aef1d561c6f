"""The person at the panel: lays films on the glass, chooses orders, presses, reads the display.

Knows only what a person can see. A film leaves the glass for good only when this scan was seen to
begin and the display then said that its image is stored; every other film is scanned again. The
rest is `Habits`: what people do in a hurry, which no promise of the panel may suffer from.
"""

from random import Random
from typing import Protocol

from hal.panel import Button, Lamp
from hal.values import Order, Patient
from sim.at_the_panel import QUESTION, SEES_S, STORED, AtThePanel
from sim.faults import Habits, Knobs
from sim.judging import Judging
from sim.kernel import Kernel
from sim.scheduled_cassette_reader import ScheduledCassetteReader
from sim.seeded_devices import OrderBook, PanelFor, ScannerBed

DAY_S, HOUR_S = 86_400.0, 3600.0
OPENS_S, CLOSES_S = 8 * HOUR_S, 18 * HOUR_S
WEEKDAYS, WEEK = 5, 7
GLANCE_MAX_S = 60.0  # and for a panel on which nothing changes any more
REACTS_S = (0.1, 1.5)  # from reading a name to the finger on SCAN
PATIENCE_S = 180.0  # for one scan; then something is wrong
AWAY_S = (600.0, 10 * HOUR_S)
TRIES_MAX = 5
AGAIN_S = (5.0, 900.0)
SCAN_S_MAX = 30.0
BLANK_CASSETTE = "for a film, take this one out"
SCANS_NEXT = (*STORED, "Next view")
"""Where SCAN does not ask any more."""


class Room(Protocol):
    """What stands in it."""

    @property
    def kernel(self) -> Kernel: ...

    @property
    def panel(self) -> PanelFor | None:
        """None while there is no power."""

    @property
    def bed(self) -> ScannerBed: ...

    @property
    def reader(self) -> ScheduledCassetteReader: ...

    @property
    def book(self) -> OrderBook: ...

    def pull_plug(self) -> None: ...

    def hasten(self) -> None:
        """There is something new for the node to find."""

    def put_right(self, sentence: str) -> None:
        """Do what the display asks for, if it does."""


class Technician:
    def __init__(self, room: Room, chance: Random, knobs: Knobs) -> None:
        self.films: dict[int, Order | None] = {}
        """Film number -> the order it truly belongs to; None: there was none yet."""
        self.kept: set[int] = set()
        """Films that the panel did not call stored: still in the envelope."""
        self.thrown_away: set[int] = set()
        """Films that it called stored: their images are all there is."""
        self.plates: set[int] = set()
        """Of these numbers, those that are plates."""
        self._room = room
        self._chance = chance
        self._habits: Habits = knobs.habits
        self._looks = knobs.looks
        self._hands = AtThePanel(room, chance)
        self._judging = Judging(self._hands, knobs.looks)
        self._plates_share = knobs.plates
        self._films_a_day = knobs.films_a_day
        self._namesakes = knobs.namesakes
        self._orders_made = 0

    def work(self) -> None:
        """All days, for ever."""
        day = 0
        while True:
            if day % WEEK < WEEKDAYS:
                self._day(day)
            day += 1
            self._sleep_until(day * DAY_S)

    def _day(self, day: int) -> None:
        count = self._chance.randint(0, 2 * self._films_a_day)
        orders = self._write_orders(count // 2 + 1)
        times = sorted(self._chance.uniform(OPENS_S, CLOSES_S) for _ in range(count))
        for time_s in times:
            self._sleep_until(day * DAY_S + time_s)
            is_urgent = self._happens(self._habits.urgent)
            self._take_up(None if is_urgent else self._chance.choice(orders))

    def _take_up(self, order: Order | None) -> None:
        """One film, until the panel calls it stored or patience is over."""
        number = len(self.films) + 1
        self.films[number] = order
        if self._plates_share and self._happens(self._plates_share):
            self.plates.add(number)
        for _ in range(TRIES_MAX):
            if self._scan(number, order) or self._room.reader.gave_back(number):
                self.thrown_away.add(number)
                break
            self._sleep(self._chance.uniform(*AGAIN_S))
        else:
            self.kept.add(number)
        if number in self.thrown_away and self._happens(self._habits.scans_twice):
            self._scan(number, order)  # before it goes into the bin: nobody remembers
        self._take_away(number)

    def _put_in(self, number: int) -> bool:
        """Or only mean to. False: a cassette that is not in, or waits behind another one."""
        is_forgotten = self._happens(self._habits.forgets_film)
        if number in self.plates:
            return not is_forgotten and self._room.reader.put_in(number)
        self._room.bed.film = None if is_forgotten else number
        return True

    def _take_away(self, number: int) -> None:
        """The reader gives no cassette back whose image it keeps."""
        if number in self.plates:
            self._room.reader.take_out(number)
        else:
            self._room.bed.film = None

    def _scan(self, number: int, order: Order | None) -> bool:
        """True when it was called stored before this person's eyes."""
        panel = self._room.panel
        if panel is None:
            return False
        is_in = self._put_in(number)
        if self._happens(self._habits.fumbles):
            self._hands.press(panel, self._chance.choice(list(Button)))
        whose = self._misread(order)
        self._go_back(panel, order)
        if not self._start(panel, whose, number):
            if number not in self.plates and self._hands.reads(panel, BLANK_CASSETTE):
                self._room.reader.take_out_left()
            return False
        self._meddle(panel)
        self._wait_for_end(panel)
        if is_in and self._hands.says_stored(panel):
            is_seen = whose is not order and self._hands.happens(self._looks.notices)
            return self._judging.keeps(panel, is_wrong=is_seen)
        if panel.front.shown is not None:
            self._room.put_right(panel.front.shown.en)
        return False

    def _misread(self, order: Order | None) -> Order | None:
        """Whom she takes the film for."""
        others = [one for one in self._room.book.written if one is not order]
        if order is None or not others or not self._hands.happens(self._looks.misreads):
            return order
        return self._chance.choice(others)

    def _go_back(self, panel: PanelFor, order: Order | None) -> None:
        """From another patient whom she chose, once she is asked."""
        others = [one for one in self._room.book.written if one is not order]
        if order is None or not others or not self._hands.happens(self._looks.goes_back):
            return
        other = self._chance.choice(others)
        if self._hands.is_lit(panel, Lamp.WORKING) or not self._choose(panel, other):
            return
        if not self._hands.says(panel, SCANS_NEXT):
            self._hands.press(panel, Button.SCAN)
            if not self._hands.is_lit(panel, Lamp.WORKING):
                self._hands.press(panel, Button.BACK)

    def _start(self, panel: PanelFor, order: Order | None, number: int) -> bool:
        """Until it is seen to begin: until then the display may speak of another film."""
        if self._hands.is_lit(panel, Lamp.WORKING):
            return False  # somebody's finger was faster: first that one ends
        if self._hands.says(panel, QUESTION):
            self._hands.press(panel, Button.SEND)  # nobody meant to reject anything
        if order is not None and not self._choose(panel, order):
            return False
        for _ in range(5):  # chosen, confirmed; a message over it is taken away by the first
            if self._hands.reads(panel, BLANK_CASSETTE) and number not in self.plates:
                return False  # of a film nobody presses on over that
            if (
                order is not None
                and not self._hands.shows(panel, order)
                and not self._hands.is_message(panel)
            ):
                return False
            self._sleep(self._chance.uniform(*REACTS_S))
            self._hands.press(panel, Button.SCAN if order else Button.URGENT)
            if self._hands.is_lit(panel, Lamp.WORKING):
                return not self._hands.says(panel, STORED)  # else it stands still
        return False

    def _meddle(self, panel: PanelFor) -> None:
        """While it scans."""
        habits = self._habits
        if self._happens(habits.presses_again):
            for _ in range(self._chance.randint(1, 3)):
                self._sleep(self._chance.uniform(0.0, SCAN_S_MAX / 3))
                self._hands.press(
                    panel, self._chance.choice((Button.SCAN, Button.SCAN, Button.NEXT))
                )
        if self._happens(habits.stops):
            self._sleep(self._chance.uniform(0.0, SCAN_S_MAX))
            self._hands.press(panel, Button.REJECT)
        if self._happens(habits.pulls_plug):
            self._sleep(self._chance.uniform(0.0, SCAN_S_MAX))
            self._room.kernel.say("technician", "pulls the plug")
            self._room.pull_plug()
        if self._happens(habits.walks_away):
            self._room.kernel.say("technician", "walks away")
            self._sleep(self._chance.uniform(*AWAY_S))

    def _wait_for_end(self, panel: PanelFor) -> None:
        patient_until_s = self._room.kernel.now_s + PATIENCE_S
        while self._hands.is_on(panel) and self._room.kernel.now_s < patient_until_s:
            if not self._hands.is_lit(panel, Lamp.WORKING):
                break
            self._hands.look(panel, GLANCE_MAX_S)
        self._sleep(SEES_S)

    def _choose(self, panel: PanelFor, order: Order) -> bool:
        """Until the display shows this patient."""
        for _ in range(2 * len(self._room.book.written) + 2):
            if self._hands.shows(panel, order) or not self._hands.is_on(panel):
                break
            self._hands.press(panel, Button.NEXT)
        return self._hands.shows(panel, order)

    def _happens(self, share: float) -> bool:
        return self._chance.random() < share

    def _write_orders(self, count: int) -> tuple[Order, ...]:
        self._room.book.written = orders = tuple(self._new_order() for _ in range(count))
        self._room.book.orders = orders
        self._room.hasten()
        return orders

    def order_of(self, number: int) -> Order | None:
        """The one that this film belongs to; of an urgent one it is written now. None: no film."""
        if number in self.films and self.films[number] is None:
            self.films[number] = self._new_order()
        return self.films.get(number)

    def _new_order(self) -> Order:
        self._orders_made += 1
        number = self._orders_made
        name_number = number // 2 if self._namesakes else number
        patient = Patient(
            f"P{number:06d}",
            f"ESSAI{name_number:06d}^Phantome",
            f"19{number % 90 + 10}0101",
            "O",
        )
        return Order(
            patient,
            accession_number=f"A{number:06d}",
            requested_procedure_description="Thorax de face",
            body_part_examined="CHEST",
        )

    def _sleep(self, duration_s: float) -> None:
        self._room.kernel.wait(None, duration_s)

    def _sleep_until(self, time_s: float) -> None:
        self._sleep(time_s - self._room.kernel.now_s)
