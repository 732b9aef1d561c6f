"""Reads the worklist, so that the panel never waits for the network, and keeps it for bad days."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import Protocol, runtime_checkable

from firmware.index.scheduled import KEPT, Reading, Scheduled
from firmware.ins import InsPlacement, placed
from firmware.runtime import Channel
from hal.archive import LeavesOut, Worklist
from hal.clock import Clock
from hal.errors import NodeError, PeerRetryable, Sentence
from hal.values import Order

READ_S = 60.0  # a new order is on the display before the patient is in the room
WORKLIST = "worklist"
FIRST_WAIT_S = 1.0  # a start shows its orders at once where there are any, and goes on without
AT_TIME = Sentence(en="of {when}", fr="de {when}")
OF_DAY = Sentence(en="of {when}", fr="du {when}")
Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class OrdersKept:
    orders: tuple[Order, ...]
    """Still to do, as the worklist has them."""
    as_of: datetime | None
    """When the worklist last said so; None: never, or too long ago to be believed."""
    trouble: Sentence | None = None
    """Why it could not be read now, or what it holds that could not be used."""
    done: tuple[Order, ...] = ()
    """Listed still, and already examined here."""
    away_at: datetime | None = None
    """When the worklist could not be read; None: `as_of` is as new as can be."""


@dataclass
class WorklistWorker:
    worklist: Worklist
    scheduled: Scheduled
    clock: Clock
    panel: Channel[OrdersKept]
    ins: InsPlacement = InsPlacement.AS_ORDERED
    _reading: Reading = field(default=Reading(), init=False)
    _has_begun: bool = field(default=False, init=False)
    _is_away: bool = field(default=False, init=False)
    _shown: OrdersKept | None = field(default=None, init=False)

    def step(self) -> float:
        """Before the first question, which may take minutes, what the last life left is shown."""
        if not self._has_begun:
            self._has_begun = True
            self._reading = self.scheduled.last()
            if self._reading.at is not None:
                self._show(None, self.clock.now())
        try:
            orders = tuple(placed(order, self.ins) for order in self.worklist.orders())
        except NodeError as error:
            self._show(error.sentence, self.clock.now())
            self._confirm()
            return READ_S
        self._is_away = False
        self._reading = Reading(orders, self.clock.now())
        left_out = self.worklist.left_out() if isinstance(self.worklist, LeavesOut) else ()
        self._show(left_out[0] if left_out else None)
        self.scheduled.keep(orders)  # last: a full disk hides no order
        return READ_S

    def _confirm(self) -> None:
        """Once each time that the RIS goes away: it may stay so for days, and over a restart."""
        if not self._is_away and self._reading.at is not None:
            self.scheduled.confirm(self._reading.at)
        self._is_away = True

    def _show(self, trouble: Sentence | None, away_at: datetime | None = None) -> None:
        """What says nothing new but that it is as it was wakes nobody."""
        reading = self._reading
        if reading.at and self.clock.now() - reading.at > KEPT:
            reading = Reading()
        done = {key_of(order) for order in self.scheduled.done()}
        kept = OrdersKept(
            orders=tuple(order for order in reading.orders if key_of(order) not in done),
            as_of=reading.at,
            trouble=trouble,
            done=tuple(order for order in reading.orders if key_of(order) in done),
            away_at=away_at,
        )
        if self._shown is None or replace(kept, as_of=self._shown.as_of) != self._shown:
            self._shown = kept
            self.panel.put(kept)


def key_of(order: Order) -> Key:
    """What makes two entries the same step, whatever was corrected in between."""
    return (
        order.patient.patient_id,  # a RIS can give two people one study
        order.study_instance_uid,
        order.accession_number,
        order.scheduled_procedure_step_id,
    )


@runtime_checkable
class Listing(Protocol):
    """A worklist that knows more of its orders than the orders say."""

    @property
    def done(self) -> frozenset[Order]: ...

    @property
    def age(self) -> Sentence | None:
        """Of all of them, "of 10:42", while the RIS cannot be asked; None: they are of now."""


@dataclass
class PanelOrders:
    """The kept orders, as a worklist to ask: at once, and each trouble is raised once."""

    kept: Channel[OrdersKept]
    zone: tzinfo = UTC
    done: frozenset[Order] = field(default=frozenset(), init=False)
    age: Sentence | None = field(default=None, init=False)
    _orders: tuple[Order, ...] = field(default=(), init=False)
    _trouble: Sentence | None = field(default=None, init=False)
    _as_of: datetime | None = field(default=None, init=False)
    _wait_s: float = field(default=FIRST_WAIT_S, init=False)

    def orders(self) -> tuple[Order, ...]:
        """Raises PeerRetryable; the next call gives the orders that there are all the same."""
        before = self._trouble
        while (kept := self.kept.take(self._wait_s)) is not None:
            # Last, and never gone: a patient comes back for one more film, and whoever finds no
            # order of theirs takes another's.
            self._orders = (*kept.orders, *kept.done)
            self._trouble, self._wait_s = kept.trouble, 0.0
            self._as_of = kept.as_of
            self.done, self.age = frozenset(kept.done), self._age_of(kept)
        self._wait_s = 0.0
        if self._trouble is not None and self._trouble != before:
            raise PeerRetryable(self._dated(self._trouble))
        return self._orders

    def _age_of(self, kept: OrdersKept) -> Sentence | None:
        if kept.as_of is None or kept.away_at is None:
            return None
        at, now = (one.astimezone(self.zone) for one in (kept.as_of, kept.away_at))
        if at.date() == now.date():
            return AT_TIME.fill(when=f"{at:%H:%M}")
        return OF_DAY.fill(when=f"{at:%d/%m}")

    def _dated(self, trouble: Sentence) -> Sentence:
        """With how old the orders are: somebody may have called one off since."""
        if self._as_of is None:
            return trouble
        time = f"{self._as_of.astimezone(self.zone):%H:%M, %d/%m}"
        return Sentence(
            en=f"Orders as of {time}. {trouble.en}", fr=f"Demandes de {time}. {trouble.fr}"
        )
