"""The person at the panel: lays films on the glass, chooses orders, presses, reads the display.

Knows only what a person can see, and remembers which film was whose: the checker asks for that.
"""

from random import Random
from typing import Protocol

from hal.panel import Button, Lamp
from hal.values import Order, Patient
from sim.kernel import Kernel
from sim.seeded_devices import OrderBook, PanelFor, ScannerBed

DAY_S, HOUR_S = 86_400.0, 3600.0
OPENS_S, CLOSES_S = 8 * HOUR_S, 18 * HOUR_S
WEEKDAYS, WEEK = 5, 7
GLANCE_S = 1.0  # for the panel to answer a press
GLANCE_MAX_S = 60.0  # and for a panel on which nothing changes any more
SEES_S = 0.3
PATIENCE_S = 180.0  # for one scan; then something is wrong
TRIES_MAX = 4


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
    def book(self) -> OrderBook: ...


class Technician:
    def __init__(self, room: Room, chance: Random, films_a_day: int) -> None:
        self.films: dict[int, Order] = {}
        """Film number -> the order it truly belongs to."""
        self.kept: set[int] = set()
        """Films that the panel did not take: still in the envelope."""
        self._room = room
        self._chance = chance
        self._films_a_day = films_a_day
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
        self._room.book.orders = orders = tuple(self._new_order() for _ in range(count // 2 + 1))
        times = sorted(self._chance.uniform(OPENS_S, CLOSES_S) for _ in range(count))
        for time_s in times:
            self._sleep_until(day * DAY_S + time_s)
            self._scan(self._chance.choice(orders))

    def _scan(self, order: Order) -> None:
        number = len(self.films) + 1
        self.films[number] = order
        self._room.bed.film = number
        for _ in range(TRIES_MAX):
            if self._scan_once(order):
                break
            self._sleep(self._chance.uniform(5.0, 900.0))
        else:
            self.kept.add(number)
        self._room.bed.film = None

    def _scan_once(self, order: Order) -> bool:
        """True when the panel took it and showed no fault."""
        panel = self._room.panel
        if panel is None or not self._choose(panel, order) or not self._press_scan(panel):
            return False
        patient_until_s = self._room.kernel.now_s + PATIENCE_S
        while self._is_lit(panel, Lamp.WORKING) and self._room.kernel.now_s < patient_until_s:
            self._look(panel, GLANCE_MAX_S)
        return panel is self._room.panel and not self._is_lit(panel, Lamp.FAULT)

    def _choose(self, panel: PanelFor, order: Order) -> bool:
        """Until the display shows this patient."""
        for _ in range(2 * len(self._room.book.orders) + 2):
            if self._shows(panel, order):
                return True
            panel.press(Button.NEXT)
            self._look(panel, GLANCE_S)
        return self._shows(panel, order)

    def _press_scan(self, panel: PanelFor) -> bool:
        for _ in range(3):  # a message that lay over the order is taken away by the first
            panel.press(Button.SCAN)
            self._look(panel, GLANCE_S)
            if self._is_lit(panel, Lamp.WORKING):
                return True
        return False

    def _shows(self, panel: PanelFor, order: Order) -> bool:
        family = order.patient.name.split("^")[0]
        return panel.front.shown is not None and family in panel.front.shown.en.split(",")[0]

    def _is_lit(self, panel: PanelFor, lamp: Lamp) -> bool:
        return panel.front.lamps.get(lamp, False)

    def _new_order(self) -> Order:
        self._orders_made += 1
        number = self._orders_made
        patient = Patient(f"P{number:06d}", f"ESSAI{number:06d}^Phantome", "19700101", "O")
        return Order(
            patient,
            accession_number=f"A{number:06d}",
            requested_procedure_description="Thorax de face",
            body_part_examined="CHEST",
        )

    def _look(self, panel: PanelFor, wait_s: float) -> None:
        """At what it shows now, or a moment after it changes."""
        panel.changed.clear()
        self._room.kernel.wait(panel.changed, wait_s)
        self._sleep(SEES_S)

    def _sleep(self, duration_s: float) -> None:
        self._room.kernel.wait(None, duration_s)

    def _sleep_until(self, time_s: float) -> None:
        self._sleep(time_s - self._room.kernel.now_s)
