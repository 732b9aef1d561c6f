"""What each press means in each state of the panel. Pure: states in, actions out.

The order on the display is the one that a SCAN press confirms; a scan carries the order it was
started with, whatever is chosen meanwhile. A press that makes no sense here is answered.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto

from hal.errors import Sentence
from hal.panel import Button
from hal.values import Order, Patient, Priority


class State(Enum):
    CHOOSING = auto()
    SCANNING = auto()


class Done(Enum):
    """What acquisition says when it has ended."""

    SCAN_DONE = auto()
    SCAN_FAILED = auto()


class Action(Enum):
    SCAN = auto()
    SCAN_URGENT = auto()
    NEXT_ORDER = auto()
    PREVIOUS_ORDER = auto()
    CANCEL_SCAN = auto()
    SHOW_ORDER = auto()
    SAY_SCANNING = auto()
    SAY_NOTHING_TO_REJECT = auto()
    SAY_SENT_BY_ITSELF = auto()
    KEEP_MESSAGE = auto()


TABLE: dict[tuple[State, Button | Done], tuple[State, Action]] = {
    (State.CHOOSING, Button.SCAN): (State.SCANNING, Action.SCAN),
    (State.CHOOSING, Button.URGENT): (State.SCANNING, Action.SCAN_URGENT),
    (State.CHOOSING, Button.NEXT): (State.CHOOSING, Action.NEXT_ORDER),
    (State.CHOOSING, Button.BACK): (State.CHOOSING, Action.PREVIOUS_ORDER),
    (State.CHOOSING, Button.REJECT): (State.CHOOSING, Action.SAY_NOTHING_TO_REJECT),
    (State.CHOOSING, Button.SEND): (State.CHOOSING, Action.SAY_SENT_BY_ITSELF),
    (State.SCANNING, Button.SCAN): (State.SCANNING, Action.SAY_SCANNING),
    (State.SCANNING, Button.URGENT): (State.SCANNING, Action.SAY_SCANNING),
    (State.SCANNING, Button.NEXT): (State.SCANNING, Action.SAY_SCANNING),
    (State.SCANNING, Button.BACK): (State.SCANNING, Action.SAY_SCANNING),
    (State.SCANNING, Button.REJECT): (State.SCANNING, Action.CANCEL_SCAN),
    (State.SCANNING, Button.SEND): (State.SCANNING, Action.SAY_SENT_BY_ITSELF),
    (State.SCANNING, Done.SCAN_DONE): (State.CHOOSING, Action.KEEP_MESSAGE),
    (State.SCANNING, Done.SCAN_FAILED): (State.CHOOSING, Action.KEEP_MESSAGE),
}

SAID = {
    Action.SAY_SCANNING: Sentence(
        en="A film is being scanned. Wait, or press REJECT to stop it.",
        fr="Un film est en cours de numérisation. Attendez, ou appuyez sur REJETER pour l'arrêter.",
    ),
    Action.SAY_NOTHING_TO_REJECT: Sentence(
        en="Nothing is being scanned: there is nothing to reject.",
        fr="Aucune numérisation en cours : il n'y a rien à rejeter.",
    ),
    Action.SAY_SENT_BY_ITSELF: Sentence(
        en="Images are sent by themselves as soon as they are stored.",
        fr="Les images partent d'elles-mêmes dès qu'elles sont stockées.",
    ),
    Action.CANCEL_SCAN: Sentence(
        en="Stopping the scan ...",
        fr="Arrêt de la numérisation ...",
    ),
}
CHOSEN = Sentence(
    en="{name}, born {birth_date}, {what}. SCAN confirms this patient.",
    fr="{name}, né(e) le {birth_date}, {what}. NUMÉRISER confirme ce patient.",
)
NO_ORDERS = Sentence(
    en="No order for today. Press URGENT to scan without one.",
    fr="Aucune demande pour aujourd'hui. Appuyez sur URGENT pour numériser sans demande.",
)


@dataclass(frozen=True)
class Workflow:
    """The panel's state: which order is shown, and whether a scan is under way."""

    orders: tuple[Order, ...]
    state: State = State.CHOOSING
    position: int = 0

    def feed(self, happened: Button | Done) -> tuple["Workflow", Action]:
        state, action = TABLE[self.state, happened]
        if action is Action.SCAN and not self.orders:
            return self, Action.SHOW_ORDER
        step = {Action.NEXT_ORDER: 1, Action.PREVIOUS_ORDER: -1}.get(action, 0)
        position = (self.position + step) % max(1, len(self.orders))
        return replace(self, state=state, position=position), action

    def with_orders(self, orders: tuple[Order, ...]) -> "Workflow":
        """A newer worklist; the order on the display stays on it where it is still listed."""
        chosen = self.order
        position = orders.index(chosen) if chosen in orders else 0
        return replace(self, orders=orders, position=position)

    @property
    def order(self) -> Order | None:
        return self.orders[self.position] if self.orders else None

    @property
    def sentence(self) -> Sentence:
        """The chosen order, as the display shows it before SCAN confirms it."""
        if self.order is None:
            return NO_ORDERS
        patient = self.order.patient
        return CHOSEN.fill(
            name=spoken_name(patient.name),
            birth_date=written_date(patient.birth_date),
            what=self.order.requested_procedure_description or self.order.body_part_examined,
        )


def urgent_order(provisional_id: str) -> Order:
    """An image that cannot wait for an order: whose it is is said later, by a person."""
    patient = Patient(patient_id=provisional_id, name="INCONNU^URGENCE")
    return Order(patient=patient, priority=Priority.URGENT)


def spoken_name(name: str) -> str:
    """FAMILY^Given^... as people write it: FAMILY Given."""
    return " ".join(part for part in name.split("^")[:2] if part)


def written_date(date: str) -> str:
    return f"{date[6:8]}/{date[4:6]}/{date[:4]}" if len(date) == 8 else "?"
