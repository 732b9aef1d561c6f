"""The person at the desk, who gives a study to the order that it belongs to, days later.

Looks at the images, as the page has one look, and asks through the firmware's own way in
(`firmware.reconciliation`), as the page and the command do. Power may go in the middle.
"""

from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Protocol

from firmware.reconciliation import Reconciliation, is_same
from hal.values import Order, Uid
from sim.kernel import Kernel
from sim.node_life import NodeLife
from sim.panel_habits import DeskHabits

DAY_S = 86_400.0
LINGERS_S = (10.0, 3600.0)
CALLS_MAX = 150  # a correction of one image has about sixty
ACTOR = "administrator"
STUDIES = "SELECT study_instance_uid FROM study ORDER BY opened_at, study_instance_uid"


class Office(Protocol):
    """What is known and done there."""

    @property
    def kernel(self) -> Kernel: ...

    @property
    def life(self) -> NodeLife | None: ...

    def order_of(self, image: Uid) -> Order | None:
        """Whose film this image shows, to a person who looks at it; None: nobody can say."""

    def choose(self, images: tuple[Uid, ...], order: Order) -> None:
        """Ahead of asking for it."""

    def cut_in(self, calls: int) -> None:
        """Power goes at a call of the node soon."""


@dataclass
class Administrator:
    office: Office
    chance: Random
    habits: DeskHabits

    def work(self) -> None:
        """For ever."""
        while self.habits.days_between_visits:
            rate = 1.0 / (self.habits.days_between_visits * DAY_S)
            self.office.kernel.wait(None, self.chance.expovariate(rate))
            life = self.office.life
            if life is not None and life.is_started:
                life.at_the_desk(ACTOR, partial(self._visit, life))

    def _visit(self, life: NodeLife, work: Reconciliation) -> None:
        for (study,) in life.ask(STUDIES):
            self._look_at(life, work, study)

    def _look_at(self, life: NodeLife, work: Reconciliation, study: Uid) -> None:
        seen, found = work.images(study), work.study(study)
        order = self._order_of_all(seen)
        if found is None or order is None or is_same(found, order):
            return
        if not self._happens(self.habits.does):
            return
        if not found.is_provisional:
            work.mark(study, ACTOR)
        if self._happens(self.habits.lingers):
            life.life.wait(timeout_s=self.chance.uniform(*LINGERS_S))
        self.office.choose(seen, order)
        if self._happens(self.habits.loses_power):
            self.office.cut_in(self.chance.randrange(CALLS_MAX))
        self.office.kernel.say(ACTOR, "reconciles", f"{study}, {len(seen)} images")
        work.reconcile(study, order, ACTOR, seen)
        if not self._happens(self.habits.by_command):
            life.wake("reconciliation")

    def _order_of_all(self, images: tuple[Uid, ...]) -> Order | None:
        """None as well where they belong to several: no request can part a study."""
        orders = {self.office.order_of(image) for image in images}
        return orders.pop() if len(orders) == 1 else None

    def _happens(self, share: float) -> bool:
        return self.chance.random() < share
