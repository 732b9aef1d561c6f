"""A panel's worker with nothing behind it: what is pressed, heard and shown."""

import queue
from typing import Generic, TypeVar

from firmware.events import (
    Event,
    FileDamaged,
    QueueTrouble,
    Stored,
    WorkerFailed,
)
from firmware.panel_screens import SENTENCES
from firmware.panel_times import PanelTimes
from firmware.panel_worker import (
    ORDERS_S,
    CancelFlag,
    LookOrdered,
    PanelWorker,
    ScanEnd,
    ScanOrdered,
)
from firmware.panel_workflow import State
from hal.errors import NodeError, Sentence
from hal.panel import Button, ButtonPress, Lamp, Screen, Sound
from hal.values import Order, Patient, Uid
from tests.fakes import CountingEntropy, FakeClock

T = TypeVar("T")
ORDERS = tuple(Order(Patient(str(number), f"NOM{number}^P")) for number in range(2))
SCANNING = SENTENCES[State.SCANNING]
WHY = Sentence("why", "pourquoi")
TIMES = PanelTimes(look_s=120.0, confirm_s=180.0, examination_s=900.0)
UID = Uid("2.25.7")
A_STORED = Stored(UID, "p", 10, 8, "00", 1.0, 0.1)

HIDING: tuple[Event, ...] = (
    FileDamaged(UID, "rotten"),
    QueueTrouble(1, 0, WHY),
    WorkerFailed("forwarder", WHY),
)
"""What is shown over an order, so that SCAN confirms nobody."""


class Channel(Generic[T]):
    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[T] = queue.SimpleQueue()

    def put(self, item: T) -> None:
        self._queue.put(item)

    def take(self, timeout_s: float) -> T | None:
        return None if self._queue.empty() else self._queue.get()


class Panel:
    """`broken`: the display fails, once."""

    def __init__(self) -> None:
        self.presses: list[ButtonPress] = []
        self.shown: list[tuple[Sentence, frozenset[Lamp]]] = []
        self.screens: list[Screen] = []
        self.lit: set[Lamp] = set()
        self.sounds: list[Sound] = []
        self.broken = False

    def next_press(self, timeout_s: float) -> ButtonPress | None:
        return self.presses.pop(0) if self.presses else None

    def show(self, screen: Screen) -> None:
        if self.broken:
            self.broken = False
            raise OSError
        self.shown.append((screen.message, frozenset(self.lit)))
        self.screens.append(screen)

    def light(self, lamp: Lamp, on: bool) -> None:
        (self.lit.add if on else self.lit.discard)(lamp)

    def sound(self, sound: Sound) -> None:
        self.sounds.append(sound)


class Front:
    def __init__(self, orders: tuple[Order, ...] = ORDERS) -> None:
        self.panel = Panel()
        self.events: Channel[Event] = Channel()
        self.ends: Channel[ScanEnd] = Channel()
        self.scans: Channel[ScanOrdered] = Channel()
        self.looks: Channel[LookOrdered] = Channel()
        self.codes: Channel[str] = Channel()
        self.cancel = CancelFlag()
        self.clock = FakeClock()
        self.listed: tuple[Order, ...] | NodeError = orders
        self.readings_asked = 0
        self.done = frozenset[Order]()
        self.age: Sentence | None = None
        self.worker = PanelWorker(
            self.panel,
            self.clock,
            self.events,
            self.ends,
            self.scans,
            self.cancel,
            self,
            CountingEntropy(),
            self.looks,
            self.codes,
            TIMES,
            self.read_worklist,
        )
        self.worker.step()

    def orders(self) -> tuple[Order, ...]:
        """As the worklist that the panel reads."""
        if isinstance(self.listed, NodeError):
            raise self.listed
        return self.listed

    def read_worklist(self) -> None:
        self.readings_asked += 1

    def press(self, button: Button) -> None:
        self.panel.presses.append(ButtonPress(button))
        self.worker.step()

    def scan(self) -> None:
        """The order on the display: chosen, and confirmed."""
        self.press(Button.SCAN)
        self.press(Button.SCAN)

    def read(self, code: str) -> None:
        self.codes.put(code)
        self.worker.step()

    def wait(self, time_s: float) -> None:
        self.clock.sleep(time_s)
        self.worker.step()

    def look(self) -> LookOrdered | None:
        return self.looks.take(0.0)

    @property
    def state(self) -> State:
        return self.worker.workflow.state

    def hear(self, event: Event) -> None:
        self.events.put(event)
        self.worker.step()

    def end(self, end: ScanEnd) -> None:
        self.ends.put(end)
        self.worker.step()

    def ordered(self) -> Order | None:
        scan = self.scans.take(0.0)
        return scan and scan.order

    @property
    def display(self) -> Sentence:
        return self.panel.shown[-1][0]


def listed(panel: Front, orders: tuple[Order, ...] | NodeError) -> None:
    panel.listed = orders
    panel.clock.sleep(ORDERS_S)
    panel.worker.step()
