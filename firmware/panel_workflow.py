"""What each press, code and event means in each state of the panel. Pure: states in, actions out.

A scan carries the order that was confirmed, whatever is chosen or listed meanwhile. Every press is
answered in every state; docs/panel.md is drawn from these tables.
"""

from dataclasses import dataclass, replace
from enum import Enum

from hal.errors import Sentence
from hal.panel import Button
from hal.values import Order, Patient, Priority, Uid


class State(Enum):
    CHOOSING = "choosing an order"
    CONFIRMING = "confirming the patient"
    """Whom do you see?"""
    SCANNING = "scanning"
    DOUBTED_SCAN = "scanning, doubted"
    """A code of somebody else was read meanwhile."""
    LOOKING = "looking at the image"
    REJECTING = "choosing a reason"
    IN_EXAMINATION = "next view"
    """The patient is confirmed, and the examination open."""
    STOPPED = "stopped"
    """A code of somebody else: it must be acknowledged."""
    DOUBTED = "stopped, image waits"
    """The same with an image, which goes nowhere until a person has decided."""
    SEEN_BEFORE = "same film, image waits"
    """Under another patient then: the image was stored held, and a person decides."""


class Happened(Enum):
    SCAN_DONE = "image stored"
    SEEN_BEFORE = "image stored, film known as another's"
    SCAN_FAILED = "scan failed"
    CODE_OF_CHOSEN = "code of this patient"
    CODE_OF_LISTED = "code of another order"
    CODE_UNKNOWN = "unknown code"
    LOOK_OVER = "look_s over"
    PAUSE_OVER = "confirm_s over"
    EXAMINATION_OVER = "examination_s over"


class Action(Enum):
    SHOW = "shown again"
    KEEP_MESSAGE = "why it failed is shown"
    SCAN = "scan"
    SCAN_URGENT = "scan without an order"
    CANCEL_SCAN = "stop the scan"
    NEXT_ORDER = "next order"
    PREVIOUS_ORDER = "order before"
    CHOOSE_CODED = "choose the code's order"
    NEXT_REASON = "next reason"
    PREVIOUS_REASON = "reason before"
    LOOK = "wait for a look"
    ACCEPT = "accept"
    ACCEPT_AND_SCAN = "accept, scan the next view"
    ACCEPT_AND_CLOSE = "accept, end the examination"
    CLOSE = "end the examination"
    LET_GO = "it goes by itself"
    REJECT = "reject"
    REJECT_WRONG_PATIENT = "reject: wrong patient"
    STOP = "both names"
    DOUBT = "hold the image, both names"
    SAY_SCANNING = "said: a scan runs"
    SAY_NOTHING_TO_REJECT = "said: nothing to reject"
    SAY_NOTHING_TO_SEND = "said: nothing to send"
    SAY_ACCEPTED_ALREADY = "said: accepted already"
    SAY_UNKNOWN = "said: no such order"
    SAY_DOUBT = "said: another's code"


Trigger = Button | Happened
Row = dict[Trigger, tuple[State, Action]]
_S, _B, _H, _A = State, Button, Happened, Action
URGENT_NOW = (_S.SCANNING, _A.SCAN_URGENT)
TO_CHOOSING = (_S.CHOOSING, _A.SHOW)
STOP = (_S.STOPPED, _A.STOP)
DOUBT = (_S.DOUBTED, _A.DOUBT)


def _scanning(state: State, done: tuple[State, Action], failed: State) -> Row:
    said = (state, _A.SAY_SCANNING)
    return {
        _B.SCAN: said,
        _B.NEXT: said,
        _B.BACK: said,
        _B.REJECT: (state, _A.CANCEL_SCAN),
        _B.URGENT: said,
        _B.SEND: said,
        _H.CODE_OF_CHOSEN: said,
        _H.CODE_OF_LISTED: (_S.DOUBTED_SCAN, _A.SAY_DOUBT),
        _H.CODE_UNKNOWN: (_S.DOUBTED_SCAN, _A.SAY_DOUBT),
        _H.SCAN_DONE: done,
        _H.SEEN_BEFORE: (_S.SEEN_BEFORE, _A.STOP),
        _H.SCAN_FAILED: (failed, _A.KEEP_MESSAGE),
    }


def _waits_for_a_decision(state: State) -> Row:
    shown = (state, _A.SHOW)
    return {
        _B.SCAN: shown,
        _B.NEXT: shown,
        _B.BACK: shown,
        _B.REJECT: (_S.CHOOSING, _A.REJECT_WRONG_PATIENT),
        _B.URGENT: URGENT_NOW,
        _B.SEND: (_S.CHOOSING, _A.ACCEPT_AND_CLOSE),
        _H.CODE_OF_CHOSEN: shown,
        _H.CODE_OF_LISTED: shown,
        _H.CODE_UNKNOWN: shown,
    }


ROWS: dict[State, Row] = {
    _S.CHOOSING: {
        _B.SCAN: (_S.CONFIRMING, _A.SHOW),
        _B.NEXT: (_S.CHOOSING, _A.NEXT_ORDER),
        _B.BACK: (_S.CHOOSING, _A.PREVIOUS_ORDER),
        _B.REJECT: (_S.CHOOSING, _A.SAY_NOTHING_TO_REJECT),
        _B.URGENT: URGENT_NOW,
        _B.SEND: (_S.CHOOSING, _A.SAY_NOTHING_TO_SEND),
        _H.CODE_OF_CHOSEN: (_S.CONFIRMING, _A.SHOW),
        _H.CODE_OF_LISTED: (_S.CONFIRMING, _A.CHOOSE_CODED),
        _H.CODE_UNKNOWN: (_S.CHOOSING, _A.SAY_UNKNOWN),
    },
    _S.CONFIRMING: {
        _B.SCAN: (_S.SCANNING, _A.SCAN),
        _B.NEXT: (_S.CHOOSING, _A.NEXT_ORDER),
        _B.BACK: TO_CHOOSING,
        _B.REJECT: TO_CHOOSING,
        _B.URGENT: URGENT_NOW,
        _B.SEND: (_S.CONFIRMING, _A.SAY_NOTHING_TO_SEND),
        _H.CODE_OF_CHOSEN: (_S.CONFIRMING, _A.SHOW),
        _H.CODE_OF_LISTED: STOP,
        _H.CODE_UNKNOWN: STOP,
        _H.PAUSE_OVER: TO_CHOOSING,
    },
    _S.SCANNING: _scanning(_S.SCANNING, (_S.LOOKING, _A.LOOK), _S.CONFIRMING),
    _S.DOUBTED_SCAN: _scanning(_S.DOUBTED_SCAN, DOUBT, _S.STOPPED),
    _S.LOOKING: {
        _B.SCAN: (_S.SCANNING, _A.ACCEPT_AND_SCAN),
        _B.NEXT: (_S.IN_EXAMINATION, _A.ACCEPT),
        _B.BACK: (_S.LOOKING, _A.SHOW),
        _B.REJECT: (_S.REJECTING, _A.SHOW),
        _B.URGENT: URGENT_NOW,
        _B.SEND: (_S.CHOOSING, _A.ACCEPT_AND_CLOSE),
        _H.CODE_OF_CHOSEN: (_S.LOOKING, _A.SHOW),
        _H.CODE_OF_LISTED: DOUBT,
        _H.CODE_UNKNOWN: DOUBT,
        _H.LOOK_OVER: (_S.IN_EXAMINATION, _A.LET_GO),
        _H.PAUSE_OVER: (_S.CONFIRMING, _A.LET_GO),
        _H.EXAMINATION_OVER: (_S.CHOOSING, _A.LET_GO),
    },
    _S.REJECTING: {
        _B.SCAN: (_S.IN_EXAMINATION, _A.REJECT),
        _B.NEXT: (_S.REJECTING, _A.NEXT_REASON),
        _B.BACK: (_S.REJECTING, _A.PREVIOUS_REASON),
        _B.REJECT: (_S.IN_EXAMINATION, _A.REJECT),
        _B.URGENT: URGENT_NOW,
        _B.SEND: (_S.LOOKING, _A.SHOW),
        _H.CODE_OF_CHOSEN: (_S.REJECTING, _A.SHOW),
        _H.CODE_OF_LISTED: DOUBT,
        _H.CODE_UNKNOWN: DOUBT,
        _H.LOOK_OVER: (_S.IN_EXAMINATION, _A.LET_GO),
        _H.PAUSE_OVER: (_S.CONFIRMING, _A.LET_GO),
        _H.EXAMINATION_OVER: (_S.CHOOSING, _A.LET_GO),
    },
    _S.IN_EXAMINATION: {
        _B.SCAN: (_S.SCANNING, _A.SCAN),
        _B.NEXT: (_S.CHOOSING, _A.NEXT_ORDER),
        _B.BACK: TO_CHOOSING,
        _B.REJECT: (_S.IN_EXAMINATION, _A.SAY_ACCEPTED_ALREADY),
        _B.URGENT: URGENT_NOW,
        _B.SEND: (_S.CHOOSING, _A.CLOSE),
        _H.CODE_OF_CHOSEN: (_S.IN_EXAMINATION, _A.SHOW),
        _H.CODE_OF_LISTED: STOP,
        _H.CODE_UNKNOWN: STOP,
        _H.PAUSE_OVER: (_S.CONFIRMING, _A.SHOW),
        _H.EXAMINATION_OVER: TO_CHOOSING,
    },
    _S.STOPPED: {
        _B.SCAN: (_S.STOPPED, _A.SHOW),
        _B.NEXT: TO_CHOOSING,
        _B.BACK: TO_CHOOSING,
        _B.REJECT: TO_CHOOSING,
        _B.URGENT: URGENT_NOW,
        _B.SEND: TO_CHOOSING,
        _H.CODE_OF_CHOSEN: (_S.CONFIRMING, _A.SHOW),
        _H.CODE_OF_LISTED: STOP,
        _H.CODE_UNKNOWN: STOP,
    },
    _S.DOUBTED: _waits_for_a_decision(_S.DOUBTED),
    _S.SEEN_BEFORE: _waits_for_a_decision(_S.SEEN_BEFORE),
}
TABLE: dict[tuple[State, Trigger], tuple[State, Action]] = {
    (state, trigger): outcome for state, row in ROWS.items() for trigger, outcome in row.items()
}
_BACK_TO_CHOOSING: dict[State, Row] = {
    # The film on the glass is the earlier patient's again: nothing leads straight to a scan.
    # An urgent image is nobody's yet, so its film cannot be another's.
    _S.SCANNING: {
        _H.SCAN_FAILED: (_S.CHOOSING, _A.KEEP_MESSAGE),
        _H.SEEN_BEFORE: (_S.LOOKING, _A.LOOK),
    },
    _S.LOOKING: {
        _B.SCAN: (_S.CHOOSING, _A.ACCEPT_AND_CLOSE),
        _B.NEXT: (_S.CHOOSING, _A.ACCEPT_AND_CLOSE),
    },
    _S.REJECTING: {
        _B.SCAN: (_S.CHOOSING, _A.REJECT),
        _B.REJECT: (_S.CHOOSING, _A.REJECT),
    },
}
_OVER = (_H.LOOK_OVER, _H.PAUSE_OVER, _H.EXAMINATION_OVER)
_CODES = (_H.CODE_OF_CHOSEN, _H.CODE_OF_LISTED, _H.CODE_UNKNOWN)
AFTER_URGENT: dict[tuple[State, Trigger], tuple[State, Action]] = {
    **{(state, key): to for state, row in _BACK_TO_CHOOSING.items() for key, to in row.items()},
    **{
        (state, over): (_S.CHOOSING, _A.LET_GO)
        for state in (_S.LOOKING, _S.REJECTING)
        for over in _OVER
    },
    # Whose it is nobody knows yet, so no code can be another's.
    **{(_S.SCANNING, code): (_S.SCANNING, _A.SAY_SCANNING) for code in _CODES},
    **{(state, code): (state, _A.SHOW) for state in (_S.LOOKING, _S.REJECTING) for code in _CODES},
}
"""What is different while the last scan was URGENT."""

STARTS = frozenset({_A.SCAN, _A.SCAN_URGENT, _A.ACCEPT_AND_SCAN})
LOOKS = frozenset(
    {
        _A.ACCEPT,
        _A.ACCEPT_AND_SCAN,
        _A.ACCEPT_AND_CLOSE,
        _A.CLOSE,
        _A.REJECT,
        _A.REJECT_WRONG_PATIENT,
        _A.DOUBT,
    }
)
"""Decisions that the index has to know."""
DECIDES = frozenset({_B.SCAN, _B.REJECT, _B.SEND})
"""They mean the patient or the image on the display: only where it could be read."""
NO_SCAN_RUNS = frozenset(State) - {_S.SCANNING, _S.DOUBTED_SCAN}


class Reason(Enum):
    """Why an image is rejected; the value stands in the index and on the trail."""

    POSITIONING = "positioning"
    MOTION = "motion"
    DENSITY = "exposure or density"
    ARTEFACT = "artefact"
    WRONG_VIEW = "wrong view"
    WRONG_PATIENT = "wrong patient"
    OTHER = "other"


REASONS = tuple(Reason)


@dataclass(frozen=True)
class Workflow:
    """The panel's state; the order that is chosen stays, whatever a newer worklist says."""

    orders: tuple[Order, ...]
    state: State = State.CHOOSING
    position: int = 0
    urgent: Order | None = None
    """The provisional identity of the scan that runs or was the last."""
    image: Uid | None = None
    """That is looked at."""
    rows: int = 0
    reason: Reason = Reason.POSITIONING
    matches: int = 1
    """So many orders the code found."""
    other: str = ""
    """Whose code was read instead, or the code itself; under whom the film was scanned before."""
    before: str = ""
    """When the film was scanned before, as people say it."""
    done: frozenset[Order] = frozenset()
    """Examined today: listed last, and said to be."""
    age: Sentence | None = None
    """Of the orders, while the worklist cannot be read."""

    def outcome(self, happened: Trigger) -> tuple[State, Action] | None:
        """None: time that means nothing here, or the end of a scan that does not run."""
        key = (self.state, happened)
        if self.urgent is not None and key in AFTER_URGENT:
            return AFTER_URGENT[key]
        return TABLE.get(key)

    def decides(self, button: Button) -> bool:
        """NEXT too, where it accepts an image."""
        outcome = self.outcome(button)
        return button in DECIDES or (outcome is not None and outcome[1] in LOOKS)

    def feed(self, happened: Trigger) -> tuple["Workflow", Action]:
        state, action = self.outcome(happened) or (self.state, Action.KEEP_MESSAGE)
        if self.state is State.CHOOSING and state is State.CONFIRMING and self.order is None:
            return self, Action.SHOW
        step = {Action.NEXT_ORDER: 1, Action.PREVIOUS_ORDER: -1}.get(action, 0)
        step_reason = {Action.NEXT_REASON: 1, Action.PREVIOUS_REASON: -1}.get(action, 0)
        after = replace(
            self,
            state=state,
            position=(self.position + step) % max(1, len(self.orders)),
            reason=REASONS[(REASONS.index(self.reason) + step_reason) % len(REASONS)],
        )
        if state is State.REJECTING and self.state is not State.REJECTING:
            after = replace(after, reason=Reason.POSITIONING)
        if state is State.CHOOSING:
            after = replace(after, matches=1)
        if state in (State.CHOOSING, State.CONFIRMING) or action in (_A.SCAN, _A.ACCEPT_AND_SCAN):
            after = replace(after, urgent=None)
        return after, action

    def choose(self, order: Order) -> "Workflow":
        return replace(self, position=self.orders.index(order))

    def with_orders(
        self,
        orders: tuple[Order, ...],
        examined: frozenset[Order] = frozenset(),
        age: Sentence | None = None,
    ) -> "Workflow":
        """A newer worklist; the order on the display stays on it where it is still listed, and is
        kept where it is being worked on."""
        chosen, done = self.order, self.done | examined
        listed = tuple(sorted(orders, key=lambda order: order in done))
        if chosen is not None and chosen not in listed and self.state is not State.CHOOSING:
            listed = (chosen, *listed)
        position = listed.index(chosen) if chosen in listed else 0
        return replace(self, orders=listed, position=position, done=done, age=age)

    def ended(self, order: Order) -> "Workflow":
        """Its examination: the next one that is not done is on the display."""
        done = self.done | {order}
        left = [one for one in self.orders[self.position :] + self.orders if one not in done]
        marked = replace(self, done=done)
        return marked.choose(left[0]) if left else marked

    @property
    def order(self) -> Order | None:
        """On the worklist, whatever URGENT did meanwhile."""
        return self.orders[self.position] if self.orders else None

    @property
    def subject(self) -> Order | None:
        """Whose image is scanned or looked at."""
        return self.urgent or self.order


def urgent_order(provisional_id: str) -> Order:
    """An image that cannot wait for an order: whose it is is said later, by a person."""
    patient = Patient(patient_id=provisional_id, name="INCONNU^URGENCE")
    return Order(patient=patient, priority=Priority.URGENT)


def spoken_name(name: str) -> str:
    """FAMILY^Given^..., of its alphabetic group (PS3.5 6.2.1), as people write it: FAMILY Given."""
    group = next((group for group in name.split("=") if group.strip("^ ")), "")
    return " ".join(part for part in group.split("^")[:2] if part)


def written_date(date: str) -> str:
    return f"{date[6:8]}/{date[4:6]}/{date[:4]}" if len(date) == 8 else "?"


SAID = {
    Action.SAY_SCANNING: Sentence(
        en="A film is being scanned. Wait, or press REJECT to stop it.",
        fr="Un film est en cours de numérisation. Attendez, ou appuyez sur REJETER pour l'arrêter.",
    ),
    Action.SAY_NOTHING_TO_REJECT: Sentence(
        en="There is no image to reject here: nothing is being scanned.",
        fr="Aucune image à rejeter ici : aucune numérisation en cours.",
    ),
    Action.SAY_NOTHING_TO_SEND: Sentence(
        en="No examination is open here. Stored images are sent by themselves.",
        fr="Aucun examen n'est ouvert ici. Les images stockées partent d'elles-mêmes.",
    ),
    Action.SAY_ACCEPTED_ALREADY: Sentence(
        en="The last image was accepted or has gone: it can no longer be rejected here.",
        fr="La dernière image est acceptée ou partie : elle ne peut plus être rejetée ici.",
    ),
    Action.SAY_UNKNOWN: Sentence(
        en="This code belongs to no order of today. The orders are being read again: try the code "
        "once more, or choose with NEXT and BACK.",
        fr="Ce code n'est celui d'aucune demande du jour. Les demandes sont relues : présentez le "
        "code encore une fois, ou choisissez avec SUIVANT et RETOUR.",
    ),
    Action.SAY_DOUBT: Sentence(
        en="That code is not this patient's. The scan goes on, and the image will wait for you.",
        fr="Ce code n'est pas celui de ce patient. La numérisation continue, l'image attendra.",
    ),
    Action.CANCEL_SCAN: Sentence(
        en="Stopping the scan ...",
        fr="Arrêt de la numérisation ...",
    ),
}
