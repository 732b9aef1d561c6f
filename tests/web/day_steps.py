"""Steps of days in a film room: who plays them has a browser's hands or a panel's.

tests/web/day_proof.py looks at what came of them, tests/web/days.py makes days of both. Every text
is what the technician reads, in French. Nothing here waits by sleeping.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from hal.panel import Button, Lamp
from hal.values import Order
from sim.drawer_faults import Fault
from sim.played_reader import Contents, Holding
from tests.peers import wait_until
from tests.web.day_kit import Day, plate_id

WAIT_S = 40.0  # for what takes milliseconds: only a failing test waits so long


class Hands(Protocol):
    day: Day

    def press(self, button: Button) -> None: ...

    def read_code(self, code: str) -> None: ...

    def turn(self, fault: Fault, on: bool) -> None: ...

    def lay(self, order: Order) -> None:
        """The next film of its envelope."""

    def lift(self) -> None:
        """What is on the glass is taken away."""

    def put_in(self, order: Order) -> None:
        """The cassette of its envelope, into the reader."""

    def sees(self, text: str) -> None:
        """Waits until it stands on the display; AssertionError after WAIT_S."""

    def lamp_is(self, lamp: Lamp, on: bool) -> bool: ...

    def hurry(self) -> None:
        """Have what waits for its next try tried now."""

    def reconcile(self, order: Order) -> None:
        """Give the only urgent study to this order."""

    def picture(self, name: str) -> None: ...


class Step(Protocol):
    def do(self, hands: Hands) -> None: ...


@dataclass(frozen=True)
class Sees:
    text: str
    lamps: Mapping[Lamp, bool] = field(default_factory=dict)
    picture: str = ""

    def do(self, hands: Hands) -> None:
        hands.sees(self.text)
        for lamp, on in self.lamps.items():
            wait_until(lambda: hands.lamp_is(lamp, on), f"{lamp} {on}", WAIT_S)  # noqa: B023 -- at once
        if self.picture:
            hands.picture(self.picture)


@dataclass(frozen=True)
class Press:
    button: Button
    then: Sees

    def do(self, hands: Hands) -> None:
        hands.press(self.button)
        self.then.do(hands)


@dataclass(frozen=True)
class Read:
    code: str
    then: Sees

    def do(self, hands: Hands) -> None:
        hands.read_code(self.code)
        self.then.do(hands)


@dataclass(frozen=True)
class Lay:
    order: Order
    number: int = 1

    def do(self, hands: Hands) -> None:
        for _ in range(2):
            if hands.day.drawer.laid != (self.order.accession_number, self.number):
                hands.lay(self.order)
        assert hands.day.drawer.laid == (self.order.accession_number, self.number)


class Lift:
    def do(self, hands: Hands) -> None:
        hands.lift()
        assert hands.day.drawer.is_glass_empty


@dataclass(frozen=True)
class PutIn:
    order: Order

    def do(self, hands: Hands) -> None:
        hands.put_in(self.order)
        assert in_reader(hands.day) == held_of(self.order, Holding.CASSETTE)


def in_reader(day: Day) -> Contents:
    assert day.drawer.reader is not None
    return day.drawer.reader.contents


def held_of(order: Order, holding: Holding) -> Contents:
    return Contents(holding, plate_id(order), order.accession_number)


@dataclass(frozen=True)
class Turn:
    fault: Fault
    on: bool

    def do(self, hands: Hands) -> None:
        hands.turn(self.fault, self.on)


class Hurry:
    def do(self, hands: Hands) -> None:
        hands.hurry()


@dataclass(frozen=True)
class Reconcile:
    order: Order

    def do(self, hands: Hands) -> None:
        hands.reconcile(self.order)
