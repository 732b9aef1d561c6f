"""Whatever is pressed, read, said or broken, and however long nobody comes: the panel goes on.

No scan of an order that was not on the display just before its SCAN; no decision about an image
that was not shown; and from everywhere a few presses lead to a scan.
"""

from collections import deque
from typing import Generic, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from firmware.events import (
    Event,
    NotSent,
    Rejected,
    RowsArrived,
    ScanFailed,
    SeenBefore,
    Sent,
    Stored,
)
from firmware.panel_times import PanelTimes
from firmware.panel_worker import CancelFlag, LookOrdered, PanelWorker, ScanEnd, ScanOrdered
from firmware.panel_workflow import NO_SCAN_RUNS, Action, State
from hal.errors import DeviceUnavailable, Sentence
from hal.panel import Button, ButtonPress, Lamp, Screen, Sound
from hal.values import Order, Patient, Priority, Uid
from tests.fakes import CountingEntropy, FakeClock

T = TypeVar("T")
TIMES = PanelTimes()
WHY = Sentence("why", "pourquoi")
ORDERS = tuple(
    Order(Patient(f"P{number // 2}", f"NOM{number // 2}^P", "19600101"), f"A{number}")
    for number in range(5)
)
CODES = ("P0", "P1", "P2", "A0", "A3", "A4", "nobody's", "")
PRESSES_MAX = 6  # BACK out of a stop, SCAN, SCAN, and messages that lie over each


class Channel(Generic[T]):
    def __init__(self) -> None:
        self.items: deque[T] = deque()

    def put(self, item: T) -> None:
        self.items.append(item)

    def take(self, timeout_s: float) -> T | None:
        return self.items.popleft() if self.items else None


class Panel:
    def __init__(self) -> None:
        self.presses: deque[tuple[ButtonPress, Screen | None]] = deque()
        """With what was on the display then."""
        self.felt: tuple[Button, Screen | None] | None = None
        self.screen: Screen | None = None
        self.lit: dict[Lamp, bool] = {}
        self.broken = False

    def next_press(self, timeout_s: float) -> ButtonPress | None:
        if not self.presses:
            return None
        press, seen = self.presses.popleft()
        self.felt = (press.button, seen)
        return press

    def show(self, screen: Screen) -> None:
        self._check()
        self.screen = screen

    def light(self, lamp: Lamp, on: bool) -> None:
        self._check()
        self.lit[lamp] = on

    def sound(self, sound: Sound) -> None:
        self._check()

    def _check(self) -> None:
        if self.broken:
            raise DeviceUnavailable(WHY)


class PanelMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.panel, self.clock = Panel(), FakeClock()
        self.listed = ORDERS
        self.events: Channel[Event] = Channel()
        self.ends: Channel[ScanEnd] = Channel()
        self.scans: Channel[ScanOrdered] = Channel()
        self.looks: Channel[LookOrdered] = Channel()
        self.codes: Channel[str] = Channel()
        self.worker = PanelWorker(
            self.panel,
            self.clock,
            self.events,
            self.ends,
            self.scans,
            CancelFlag(),
            self,
            CountingEntropy(),
            self.looks,
            self.codes,
            TIMES,
        )
        self.scanning: Order | None = None
        self.whose: dict[Uid, Order] = {}
        self.step()

    def orders(self) -> tuple[Order, ...]:
        return self.listed

    @property
    def state(self) -> State:
        return self.worker.workflow.state

    def step(self) -> None:
        """As the runtime: a device that fails is reported, and the worker goes on."""
        try:
            self.worker.step()
        except DeviceUnavailable:
            assert self.panel.broken
        self.judge()

    def finger(self, button: Button, felt_after_s: float = 0.0) -> None:
        self.clock.sleep(1.0)
        press = ButtonPress(button, pressed_s=self.clock.monotonic_s())
        self.panel.presses.append((press, self.panel.screen))
        self.clock.sleep(felt_after_s)
        self.step()

    def judge(self) -> None:
        button, seen = self.panel.felt or (None, None)
        self.panel.felt = None
        patient = seen.patient.patient_id if seen and seen.patient else None
        while ordered := self.scans.take(0.0):
            assert self.scanning is None, "one at a time"
            self.scanning = ordered.order
            if button is Button.URGENT:
                assert ordered.order.priority is Priority.URGENT
                continue
            assert button is Button.SCAN, "no code and no time ever scans"
            assert patient == ordered.order.patient.patient_id, "who was on the display"
            assert seen is not None
            assert not seen.stops
        while look := self.looks.take(0.0):
            if look.action in (Action.REJECT, Action.REJECT_WRONG_PATIENT):
                assert patient == self.whose[look.instance].patient.patient_id

    @rule(button=st.sampled_from(Button))
    def press(self, button: Button) -> None:
        self.finger(button)

    @rule(button=st.sampled_from(Button), age_s=st.sampled_from((0.1, 1.0, 30.0)))
    def press_felt_late(self, button: Button, age_s: float) -> None:
        """The worker was busy: the finger saw what was there before."""
        self.finger(button, age_s)

    @rule(code=st.sampled_from(CODES))
    def read(self, code: str) -> None:
        self.codes.put(code)
        self.step()

    @rule(wait_s=st.sampled_from((1.0, 60.0, TIMES.look_s, TIMES.confirm_s, 1000.0)))
    def nobody_comes(self, wait_s: float) -> None:
        self.clock.sleep(wait_s)
        self.step()

    @rule(listed=st.lists(st.sampled_from(ORDERS), unique=True).map(tuple))
    def worklist_changes(self, listed: tuple[Order, ...]) -> None:
        self.listed = listed
        self.nobody_comes(61.0)

    @precondition(lambda self: self.scanning is not None)
    @rule(good=st.booleans(), seen_before=st.booleans())
    def scan_ends(self, good: bool, seen_before: bool) -> None:
        assert self.scanning is not None
        uid = Uid(f"2.25.{len(self.whose) + 1}")
        if good:
            self.whose[uid] = self.scanning
            before = SeenBefore("10:12", "AUTRE^A") if seen_before else None
            self.ends.put(Stored(uid, "p", 10, 8, "00", 1.0, 0.1, before))
        else:
            self.ends.put(ScanFailed(WHY))
        self.scanning = None
        self.step()

    @rule(kind=st.sampled_from(("sent", "not sent", "rejected", "rows")))
    def hear(self, kind: str) -> None:
        uid = next(reversed(self.whose), Uid("2.25.9"))
        self.events.put(
            {
                "sent": Sent(uid, "A", 1.0),
                "not sent": NotSent(uid, "A", WHY, will_retry=True),
                "rejected": Rejected(uid, "motion", was_sent=False),
                "rows": RowsArrived(5, 10, 100, 1.0),
            }[kind]
        )
        self.step()

    @rule(broken=st.booleans())
    def cable(self, broken: bool) -> None:
        self.panel.broken = broken
        self.step()

    @precondition(lambda self: self.scanning is None)
    @rule()
    def a_person_wants_to_scan(self) -> None:
        self.panel.broken = False
        self.step()
        self.listed = ORDERS
        self.nobody_comes(61.0)
        while self.panel.presses:  # made while the cable was out, and too old by now
            self.step()
        for _ in range(PRESSES_MAX):
            stuck = self.state in (State.STOPPED, State.DOUBTED, State.SEEN_BEFORE)
            leave = Button.BACK if self.state is State.STOPPED else Button.SEND
            self.finger(leave if stuck else Button.SCAN)
            if self.scanning is not None:
                return
        raise AssertionError(f"no scan after {PRESSES_MAX} presses: {self.state}")

    @invariant()
    def the_lamp_says_whether_it_scans(self) -> None:
        if not self.panel.broken:
            self.step()  # what it could not light before
            lit = self.panel.lit.get(Lamp.WORKING, False)
            assert lit is (self.scanning is not None)

    @invariant()
    def it_scans_only_while_a_scan_runs(self) -> None:
        if not self.panel.broken:  # else the scan's end is still to be heard
            assert (self.state in NO_SCAN_RUNS) is (self.scanning is None)


PanelMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
TestPanel = PanelMachine.TestCase
