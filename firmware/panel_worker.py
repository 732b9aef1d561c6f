"""The panel's worker: presses in, lamps and sentences out; acquisition is told what to scan."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from firmware.events import Compared, Event, ScanFailed, Sent, Stored
from firmware.panel_codes import is_of, orders_of, someone_else
from firmware.panel_teller import PanelTeller
from firmware.panel_times import PanelTimes
from firmware.panel_workflow import (
    LOOKS,
    NO_SCAN_RUNS,
    SAID,
    STARTS,
    Action,
    Happened,
    Reason,
    State,
    Workflow,
    spoken_name,
    urgent_order,
)
from firmware.plate_events import PlateTrouble
from firmware.provisional import provisional_id
from firmware.runtime import Channel
from firmware.steady_panel import SteadyPanel
from firmware.worklist_worker import Listing
from hal.archive import Worklist
from hal.clock import Clock, Entropy
from hal.errors import NodeError
from hal.panel import Button, ButtonPress, Panel, Sound
from hal.values import Order, Uid

ORDERS_S = 1.0  # what the worklist worker found is on the display at once
PRESS_WAIT_S = 0.05  # from an event to its lamp: below what a person notices
READ_MIN_S = 0.25  # nobody reads a name and presses sooner (simple reaction time: 0.2 s)
PRESS_AGE_MAX_S = 5.0  # whoever pressed has seen no answer for longer, and may have gone on
CODE_SHOWN_MAX = 32  # of a code that is nobody's
SOUNDS = {
    Action.STOP: Sound.STOP,
    Action.DOUBT: Sound.STOP,
    Action.SAY_DOUBT: Sound.STOP,
    Action.SAY_UNKNOWN: Sound.STOP,
    Action.CHOOSE_CODED: Sound.TAKEN,
    Action.LOOK: Sound.DONE,
}
WRONG = Reason.WRONG_PATIENT
ScanEnd = Stored | ScanFailed


@dataclass(frozen=True)
class ScanOrdered:
    order: Order


@dataclass(frozen=True)
class LookOrdered:
    """What a person decided of an image; `firmware/looks_worker.py` does it."""

    action: Action
    instance: Uid
    reason: Reason | None = None


@dataclass
class CancelFlag:
    """Raised by the panel, read by acquisition between two blocks of rows."""

    raised: bool = False
    doubted: Order | None = None
    """While it is scanned, a code of somebody else was read: its image is stored held."""

    def doubts(self, order: Order) -> bool:
        return self.doubted == order


@dataclass
class PanelWorker:
    panel: Panel
    clock: Clock
    events: Channel[Event]
    scan_ends: Channel[ScanEnd]
    """A channel of its own: no flood of other events may push the end of a scan out."""
    scans: Channel[ScanOrdered]
    cancel: CancelFlag
    worklist: Worklist
    entropy: Entropy
    looks: Channel[LookOrdered]
    codes: Channel[str]
    times: PanelTimes = field(default_factory=PanelTimes)
    read_worklist: Callable[[], None] = lambda: None
    """Now, and not at its next turn: somebody stands here with an order that it does not list."""
    workflow: Workflow = field(default=Workflow(()), init=False)
    _orders_due_s: float = field(default=-math.inf, init=False)
    _touched_s: float = field(default=math.inf, init=False)
    """Since when nobody has pressed, and no scan has ended."""
    _stored_s: float = field(default=math.inf, init=False)
    _front: SteadyPanel = field(init=False)
    _teller: PanelTeller = field(init=False)

    def __post_init__(self) -> None:
        self._front = SteadyPanel(self.panel, self.clock)
        self._teller = PanelTeller(self._front, self.clock)

    def step(self) -> float:
        self._front.renew()
        self._read_orders()
        self._teller.begin(self.workflow)
        press = self._front.next_press(PRESS_WAIT_S)
        self._pass_time()  # first: what a press meant may be over
        if press:
            self._take_press(press)
        while (code := self.codes.take(0.0)) is not None:
            self._take_code(code)
        self._hear_all()
        self._teller.tell_news(self.workflow)
        return 0.0

    def _hear_all(self) -> None:
        """What comes after an image was stored comes by the other channel: it is heard last. Before
        it, the image that it is of is not known yet, and the word of the end covers it for good."""
        later: list[Event] = []
        while (event := self.events.take(0.0)) is not None:
            if isinstance(event, PlateTrouble | Sent | Compared):
                later.append(event)
            else:
                self._teller.hear(self.workflow, event)
        while (end := self.scan_ends.take(0.0)) is not None:
            self._end_scan(end)
        for event in later:
            self._teller.hear(self.workflow, event)

    def _read_orders(self) -> None:
        """A worklist that cannot be read is said, and the orders that were there stay."""
        if self.clock.monotonic_s() < self._orders_due_s:
            return
        self._orders_due_s = self.clock.monotonic_s() + ORDERS_S
        try:
            orders = self.worklist.orders()
        except NodeError as error:
            self._teller.say(self.workflow, error.sentence)
            return
        examined, age = frozenset[Order](), None
        if isinstance(self.worklist, Listing):
            examined, age = self.worklist.done, self.worklist.age
        renewed = self.workflow.with_orders(orders, examined, age)
        if renewed == self.workflow:
            return  # each second, and nearly always
        hidden, before = self._teller.hides(self.workflow), self._teller.screen(self.workflow)
        self.workflow = renewed
        if not hidden and before != self._teller.screen(renewed):
            self._teller.show_state(renewed)

    def _pass_time(self) -> None:
        now_s = self.clock.monotonic_s()
        if now_s >= self._stored_s + self.times.look_s:
            self._elapse(Happened.LOOK_OVER)
        if now_s >= self._touched_s + self.times.examination_s:
            self._elapse(Happened.EXAMINATION_OVER)
        if now_s >= self._touched_s + self.times.confirm_s and self._elapse(Happened.PAUSE_OVER):
            self._touched_s = now_s  # a name that is asked for again is asked for as long

    def _elapse(self, what: Happened) -> bool:
        if self.workflow.outcome(what) is None:
            return False
        self._act(*self.workflow.feed(what))
        return True

    def _take_press(self, press: ButtonPress) -> None:
        self._touched_s = self.clock.monotonic_s()
        idle = self.workflow.state in NO_SCAN_RUNS
        starts = press.button in (Button.SCAN, Button.URGENT)
        hidden = self._teller.hides(self.workflow) or self._was_unread(press)
        unread = hidden and self.workflow.decides(press.button)
        if idle and (unread or (starts and self._waited_too_long(press))):
            self._teller.show_state(self.workflow)
        else:
            self._act(*self.workflow.feed(press.button))

    def _was_unread(self, press: ButtonPress) -> bool:
        """Pressed before this could be read: something else was on the display, or nothing."""
        return press.pressed_s is not None and press.pressed_s < self._front.shown_s + READ_MIN_S

    def _waited_too_long(self, press: ButtonPress) -> bool:
        """Another film may lie on the glass by now."""
        if press.pressed_s is None:
            return False
        return self.clock.monotonic_s() > press.pressed_s + PRESS_AGE_MAX_S

    def _take_code(self, code: str) -> None:
        self._touched_s = self.clock.monotonic_s()
        found, chosen = orders_of(code, self.workflow.orders), self.workflow.order
        happened = Happened.CODE_OF_LISTED if found else Happened.CODE_UNKNOWN
        if self.workflow.state is not State.CHOOSING and chosen is not None and is_of(code, chosen):
            other = someone_else(code, chosen, self.workflow.orders)
            found = (other,) if other else ()
            happened = Happened.CODE_OF_LISTED if other else Happened.CODE_OF_CHOSEN
        if happened is Happened.CODE_UNKNOWN:
            self.read_worklist()
        outcome = self.workflow.outcome(happened)
        if outcome is not None and outcome[1] is Action.CHOOSE_CODED:
            self.workflow = replace(self.workflow.choose(found[0]), matches=len(found))
        elif happened is not Happened.CODE_OF_CHOSEN:
            whose = spoken_name(found[0].patient.name) if found else code[:CODE_SHOWN_MAX]
            self.workflow = replace(self.workflow, other=whose)
        self._act(*self.workflow.feed(happened))

    def _act(self, workflow: Workflow, action: Action) -> None:
        before, self.workflow = self.workflow, workflow
        if action in LOOKS and before.image:
            reason = {Action.REJECT: before.reason, Action.REJECT_WRONG_PATIENT: WRONG}.get(action)
            self.looks.put(LookOrdered(action, before.image, reason))
        ends = action in (Action.ACCEPT_AND_CLOSE, Action.CLOSE) and before.urgent is None
        if ends and before.order is not None:
            self.workflow = self.workflow.ended(before.order)
        if action is Action.SAY_DOUBT:
            self.cancel.doubted = before.subject
        if action in SOUNDS:
            self._front.sound(SOUNDS[action])
        if action in STARTS:
            self._order_scan(action)
        elif action in SAID:
            self.cancel.raised = self.cancel.raised or action is Action.CANCEL_SCAN
            self._teller.say(self.workflow, SAID[action])
        elif action is not Action.KEEP_MESSAGE:
            self._teller.show_state(self.workflow)

    def _order_scan(self, action: Action) -> None:
        order = self.workflow.order
        if action is Action.SCAN_URGENT or order is None:
            chance = self.entropy.random_bytes(3)
            order = urgent_order(provisional_id(self.clock.now(), chance))
            self.workflow = replace(self.workflow, urgent=order)
        self.cancel.raised, self.cancel.doubted = False, None
        # First: a panel that fails below must not wait for the end of a scan that never began.
        self.scans.put(ScanOrdered(order))
        self._teller.scan_begins(self.workflow)

    def _end_scan(self, end: ScanEnd) -> None:
        self._teller.scan_ended()
        self._touched_s = self.clock.monotonic_s()
        if isinstance(end, Stored):
            self._stored_s = self._touched_s
            uid, rows = end.sop_instance_uid, end.rows
            self.workflow = replace(self.workflow, image=uid, rows=rows)
            self._act(*self._look_at(end).feed(_ended_how(end)))
        else:
            self._act(*self.workflow.feed(Happened.SCAN_FAILED))
            self._teller.scan_failed(self.workflow, end.sentence)

    def _look_at(self, stored: Stored) -> Workflow:
        if stored.seen_before is None:
            return self.workflow
        before = stored.seen_before
        return replace(self.workflow, other=spoken_name(before.name), before=before.time)


def _ended_how(stored: Stored) -> Happened:
    return Happened.SCAN_DONE if stored.seen_before is None else Happened.SEEN_BEFORE
