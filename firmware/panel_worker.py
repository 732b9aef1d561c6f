"""The panel's worker: presses in, lamps and sentences out; acquisition is told what to scan."""

import math
from dataclasses import dataclass, field

from firmware.duplicates import OTHER_CONTENT
from firmware.events import (
    Adopted,
    ArrayChanged,
    CalibrationIgnored,
    CertificateEnds,
    CommitmentDenied,
    CommitmentNotTaken,
    Compared,
    Event,
    FellBack,
    FetchedBack,
    FileDamaged,
    FilmFound,
    NotFetchedBack,
    NotSent,
    QueueTrouble,
    Recovered,
    SaidDuplicate,
    ScanFailed,
    Sent,
    SpaceLow,
    Stored,
    WorkerFailed,
)
from firmware.panel_faults import PanelFaults, Trouble
from firmware.panel_sentences import (
    COMES_BACK,
    CROOKED,
    CUT_SHORT,
    DAMAGED,
    FELL_BACK,
    FILES_MISSING,
    FOUND,
    NOT_RESTORED,
    OTHER_SCANNER,
    PUT_OFF,
    REACHES_EDGE,
    RECOVERED,
    RESTORED,
    RESTORED_BUT,
    SCANNING,
    SENT,
    SENT_WITH_WARNING,
    SPACE_LOW,
    STORED,
)
from firmware.panel_workflow import SAID, Action, Done, State, Workflow, urgent_order
from firmware.runtime import Channel
from firmware.steady_panel import SteadyPanel
from hal.archive import Worklist
from hal.clock import Clock, Entropy
from hal.errors import NodeError, Sentence
from hal.panel import Button, ButtonPress, Lamp, Panel, Screen
from hal.values import Order, Uid

ORDERS_S = 1.0  # what the worklist worker found is on the display at once
PRESS_WAIT_S = 0.05  # from an event to its lamp: below what a person notices
READ_MIN_S = 0.25  # nobody reads a name and presses sooner (simple reaction time: 0.2 s)
PRESS_AGE_MAX_S = 5.0  # whoever pressed has seen no answer for longer, and may have gone on
CROOKED_DEG = 3.0  # more than a careful hand leaves, and enough to see


ScanEnd = Stored | ScanFailed


@dataclass(frozen=True)
class ScanOrdered:
    order: Order


@dataclass
class CancelFlag:
    """Raised by the panel, read by acquisition between two blocks of rows."""

    raised: bool = False


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
    workflow: Workflow = field(default=Workflow(()), init=False)
    _orders_due_s: float = field(default=-math.inf, init=False)
    _shown: Sentence | None = field(default=None, init=False)
    _stored: tuple[Uid, Sentence | None] | None = field(default=None, init=False)
    """The last image, and the sentence that called it stored."""
    _faults: PanelFaults = field(init=False)
    _front: SteadyPanel = field(init=False)

    def __post_init__(self) -> None:
        self._front = SteadyPanel(self.panel, self.clock)
        self._faults = PanelFaults(self._front)

    def step(self) -> float:
        self._front.renew()
        self._read_orders()
        if self._shown is None:
            self._front.light(Lamp.READY, True)
            self._show(self.workflow.sentence)
        if press := self._front.next_press(PRESS_WAIT_S):
            self._take_press(press)
        while (event := self.events.take(0.0)) is not None:
            self._hear(event)
        while (end := self.scan_ends.take(0.0)) is not None:
            self._end_scan(end)
        return 0.0

    def _read_orders(self) -> None:
        """A worklist that cannot be read is said, and the orders that were there stay."""
        if self.clock.monotonic_s() < self._orders_due_s:
            return
        self._orders_due_s = self.clock.monotonic_s() + ORDERS_S
        try:
            orders = self.worklist.orders()
        except NodeError as error:
            self._show(error.sentence)
            return
        shows_order = self._shown == self.workflow.sentence
        self.workflow = self.workflow.with_orders(orders)
        if shows_order and self._shown != self.workflow.sentence:
            self._show(self.workflow.sentence)

    def _take_press(self, press: ButtonPress) -> None:
        hidden = self._hides_the_order() or self._was_unread(press)
        starts = press.button in (Button.SCAN, Button.URGENT)
        if (press.button is Button.SCAN and hidden) or (starts and self._waited_too_long(press)):
            self._show(self.workflow.sentence)
        else:
            self._act(*self.workflow.feed(press.button))

    def _hides_the_order(self) -> bool:
        """A message came over it: a SCAN press now would confirm a patient whom nobody sees."""
        choosing = self.workflow.state is State.CHOOSING
        return choosing and self._shown != self.workflow.sentence

    def _was_unread(self, press: ButtonPress) -> bool:
        """Pressed before this order could be read: another one was on the display, or none."""
        choosing = self.workflow.state is State.CHOOSING
        early = press.pressed_s is not None and press.pressed_s < self._front.shown_s + READ_MIN_S
        return choosing and early

    def _waited_too_long(self, press: ButtonPress) -> bool:
        """Another film may lie on the glass by now."""
        if press.pressed_s is None or self.workflow.state is not State.CHOOSING:
            return False
        return self.clock.monotonic_s() > press.pressed_s + PRESS_AGE_MAX_S

    def _act(self, workflow: Workflow, action: Action) -> None:
        self.workflow = workflow
        match action:
            case Action.SCAN | Action.SCAN_URGENT:
                self._order_scan(action)
            case Action.NEXT_ORDER | Action.PREVIOUS_ORDER | Action.SHOW_ORDER:
                self._show(workflow.sentence)
            case Action.KEEP_MESSAGE:
                pass
            case _:
                self.cancel.raised = self.cancel.raised or action is Action.CANCEL_SCAN
                self._show(SAID[action])

    def _order_scan(self, action: Action) -> None:
        order = self.workflow.order
        if action is Action.SCAN_URGENT or order is None:
            order = urgent_order(self._provisional_id())
        self.cancel.raised = False
        # First: a panel that fails below must not wait for the end of a scan that never began.
        self.scans.put(ScanOrdered(order))
        self._faults.film_taken_up()
        self._front.light(Lamp.READY, False)
        self._front.light(Lamp.WORKING, True)
        self._show(SCANNING)

    def _provisional_id(self) -> str:
        """The day for people, and chance: a clock without a battery repeats itself."""
        return f"URG{self.clock.now():%Y%m%d}{self.entropy.random_bytes(3).hex().upper()}"

    def _hear(self, event: Event) -> None:
        match event:
            case FilmFound():
                self._show(_found(event))
            case Sent():
                self._front.light(Lamp.NETWORK, True)
                self._say_sent(event.sop_instance_uid, SENT_WITH_WARNING if event.warning else None)
            case Compared():
                self._front.light(Lamp.NETWORK, event.same)
                self._say_sent(event.sop_instance_uid, None if event.same else OTHER_CONTENT)
            case FellBack():
                self._front.light(Lamp.NETWORK, False)
                names = {"destination": event.destination, "fallback": event.fallback}
                self._show(FELL_BACK.fill(**names))
            case QueueTrouble():
                self._faults.set(Trouble.QUEUE, event.in_trouble)
                self._show(event.sentence)
            case CertificateEnds():
                self._show(event.sentence)
            case NotSent() | SaidDuplicate() | CommitmentNotTaken() | CommitmentDenied():
                self._front.light(Lamp.NETWORK, False)
                self._show(event.sentence)
            case CalibrationIgnored():
                self._show(OTHER_SCANNER)
            case Recovered():
                self._faults.set(Trouble.FILM, bool(event.cut_short))
                self._faults.set(Trouble.IMAGES, bool(event.missing))
                if event.put_off:
                    self._faults.set(Trouble.SPACE, True)
                self._show(_recovered(event))
            case Adopted():
                self._faults.set(Trouble.SPACE, event.left > 0)
                self._show(RECOVERED.fill(count=len(event.adopted) + len(event.kept_aside)))
            case FileDamaged() | FetchedBack() | NotFetchedBack():
                self._hear_of_image(event)
            case SpaceLow():
                self._faults.set(Trouble.SPACE, True)
                self._show(SPACE_LOW.fill(free_mib=event.free_bytes // 2**20))
            case ArrayChanged():
                self._faults.set(Trouble.ARRAY, event.in_trouble)
                self._show(event.sentence)
            case WorkerFailed():
                self._faults.set(Trouble.WORKER, True)
                self._show(event.sentence)
            case _:
                pass

    def _say_sent(self, uid: Uid, caution: Sentence | None) -> None:
        """Good news only of the film that the display calls stored: over anything else it would be
        taken for a word about the last film, which may have to be scanned again."""
        if caution is not None:
            self._show(caution)
        elif self._stored == (uid, self._shown):
            self._show(SENT)

    def _hear_of_image(self, event: FileDamaged | FetchedBack | NotFetchedBack) -> None:
        uid = event.sop_instance_uid
        match event:
            case FileDamaged():
                self._faults.set(Trouble.IMAGES, True)
                self._show((COMES_BACK if event.comes_back else DAMAGED).fill(uid=uid))
            case FetchedBack():
                self._faults.set(Trouble.IMAGES, event.lost_left > 0)
                self._show(restored(event))
            case NotFetchedBack():
                if event.is_lost:
                    self._faults.set(Trouble.IMAGES, True)
                self._show(not_restored(event))

    def _end_scan(self, end: ScanEnd) -> None:
        self._front.light(Lamp.WORKING, False)
        self._front.light(Lamp.READY, True)
        if isinstance(end, Stored):
            self._act(*self.workflow.feed(Done.SCAN_DONE))
            self._show(STORED.fill(rows=end.rows))
            self._stored = (end.sop_instance_uid, self._shown)
        else:
            self._act(*self.workflow.feed(Done.SCAN_FAILED))
            self._faults.set(Trouble.FILM, True)
            self._show(end.sentence)

    def _show(self, sentence: Sentence) -> None:
        self._shown = sentence
        self._front.show(Screen(sentence))


def restored(event: FetchedBack) -> Sentence:
    sentence = RESTORED_BUT if event.lost_left else RESTORED
    return sentence.fill(uid=event.sop_instance_uid, count=event.lost_left)


def not_restored(event: NotFetchedBack) -> Sentence:
    uid, why = event.sop_instance_uid, event.sentence
    return Sentence(
        en=NOT_RESTORED.en.format(uid=uid, why=why.en),
        fr=NOT_RESTORED.fr.format(uid=uid, why=why.fr),
    )


def _recovered(event: Recovered) -> Sentence:
    """The worst of it first: the display has room for one."""
    if event.missing:
        return FILES_MISSING.fill(count=len(event.missing))
    if event.cut_short:
        return CUT_SHORT
    if event.put_off:
        return PUT_OFF.fill(count=len(event.put_off))
    return RECOVERED.fill(count=len(event.adopted) + len(event.kept_aside))


def _found(event: FilmFound) -> Sentence:
    if event.reaches_edge:
        return REACHES_EDGE
    if event.tilt_deg is not None and abs(event.tilt_deg) >= CROOKED_DEG:
        return CROOKED.fill(tilt_deg=abs(event.tilt_deg))
    return FOUND.fill(
        film_size=f"{event.film_size} " if event.film_size else "",
        columns=event.columns,
        rows=event.rows,
        resolution_dpi=event.resolution_dpi,
    )
