"""What the technician sees and may rely on."""

import queue
from dataclasses import replace
from typing import Generic, TypeVar

import pytest

from firmware.events import (
    CommitmentDenied,
    Event,
    FilmFound,
    NotSent,
    Rejected,
    ScanFailed,
    SeenBefore,
    Sent,
    Stored,
    WorkerFailed,
)
from firmware.panel_screens import SENTENCES
from firmware.panel_sentences import (
    REJECTED,
    REJECTED_ON_ITS_WAY,
    REJECTED_PERHAPS_LATE,
    REJECTED_TOO_LATE,
)
from firmware.panel_times import PanelTimes
from firmware.panel_worker import (
    ORDERS_S,
    CancelFlag,
    LookOrdered,
    PanelWorker,
    ScanEnd,
    ScanOrdered,
)
from firmware.panel_workflow import SAID, Action, Reason, State
from firmware.plate_events import PlateTrouble
from hal.errors import ConfigError, NodeError, Sentence
from hal.panel import Button, ButtonPress, Lamp, Screen, Sound
from hal.values import Order, Patient, Priority, Uid
from tests.fakes import CountingEntropy, FakeClock

T = TypeVar("T")
ORDERS = tuple(Order(Patient(str(number), f"NOM{number}^P")) for number in range(2))
SCANNING = SENTENCES[State.SCANNING]
WHY = Sentence("why", "pourquoi")
TIMES = PanelTimes(look_s=120.0, confirm_s=180.0, examination_s=900.0)
UID = Uid("2.25.7")
A_STORED = Stored(UID, "p", 10, 8, "00", 1.0, 0.1)


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


@pytest.fixture
def front() -> Front:
    return Front()


def test_it_begins_with_the_first_order_and_ready(front: Front) -> None:
    assert "NOM0 P" in front.display.fr
    assert front.panel.lit == {Lamp.READY}


def test_scan_confirms_the_order_on_the_display(front: Front) -> None:
    front.press(Button.NEXT)
    assert "NOM1 P" in front.display.fr
    front.press(Button.SCAN)
    assert front.ordered() is None
    assert "Est-ce NOM1 P" in front.display.fr
    front.press(Button.SCAN)
    assert front.ordered() == ORDERS[1]
    assert front.panel.shown[-1] == (SCANNING, frozenset({Lamp.WORKING}))


HIDING: tuple[Event, ...] = (
    Sent(UID, "A", 1.0, warning="B007H"),
    NotSent(UID, "A", WHY, will_retry=True),
    CommitmentDenied(UID, "A", WHY),
    WorkerFailed("forwarder", WHY),
)


@pytest.mark.parametrize("event", HIDING, ids=lambda event: type(event).__name__)
def test_scan_confirms_nobody_who_is_not_on_the_display(front: Front, event: Event) -> None:
    front.press(Button.SCAN)
    front.hear(event)
    front.press(Button.SCAN)
    assert front.ordered() is None
    assert "NOM0 P" in front.display.fr
    front.press(Button.SCAN)
    assert front.ordered() == ORDERS[0]


def test_the_next_view_is_of_the_patient_who_was_confirmed(front: Front) -> None:
    front.scan()
    front.end(A_STORED)
    assert front.ordered() == ORDERS[0]
    front.press(Button.SCAN)
    assert front.ordered() == ORDERS[0]
    assert front.look() == LookOrdered(Action.ACCEPT_AND_SCAN, UID)


def test_a_confirmation_does_not_outlive_a_pause(front: Front) -> None:
    front.scan()
    front.end(A_STORED)
    front.ordered()
    front.press(Button.NEXT)
    front.wait(TIMES.confirm_s)
    assert "NOM0 P" in front.display.fr
    assert front.state is State.CONFIRMING
    front.wait(TIMES.confirm_s)
    assert front.state is State.CHOOSING


def test_a_press_after_the_pause_means_nothing_that_is_over(front: Front) -> None:
    front.scan()
    front.end(A_STORED)
    front.press(Button.NEXT)
    front.ordered()
    front.clock.sleep(TIMES.confirm_s)
    front.panel.presses.append(ButtonPress(Button.SCAN, pressed_s=front.clock.monotonic_s()))
    front.worker.step()
    assert front.ordered() is None


def test_next_accepts_no_image_that_a_message_hides(front: Front) -> None:
    front.scan()
    front.end(A_STORED)
    front.hear(NotSent(UID, "A", Sentence("away", "absente"), will_retry=True))
    assert front.display.fr == "absente"
    front.press(Button.NEXT)
    assert (front.look(), front.state) == (None, State.LOOKING)
    assert "Image stockée" in front.display.fr
    front.press(Button.NEXT)
    assert front.look() == LookOrdered(Action.ACCEPT, UID)


def test_next_accepts_no_image_before_it_could_be_read(front: Front) -> None:
    front.scan()
    front.end(A_STORED)
    front.panel.presses.append(ButtonPress(Button.NEXT, pressed_s=front.clock.monotonic_s()))
    front.worker.step()
    assert (front.look(), front.state) == (None, State.LOOKING)


def test_next_goes_through_the_orders_as_fast_as_anybody_presses(front: Front) -> None:
    for _ in range(len(ORDERS) - 1):
        front.panel.presses.append(ButtonPress(Button.NEXT, pressed_s=front.clock.monotonic_s()))
        front.worker.step()
    assert front.worker.workflow.order == ORDERS[-1]


def test_an_unknown_code_has_the_worklist_read_at_once(front: Front) -> None:
    front.read("0")
    assert front.readings_asked == 0
    front.press(Button.BACK)
    front.read("not on the list")
    assert front.readings_asked == 1
    front.press(Button.SCAN)  # the order is on the display again
    front.press(Button.SCAN)
    front.read("nor this")
    assert (front.readings_asked, front.state) == (2, State.STOPPED)


def test_the_age_of_the_orders_comes_and_goes_with_the_ris(front: Front) -> None:
    front.age = Sentence(en="of 10:42", fr="de 10:42")
    front.wait(ORDERS_S)
    assert front.panel.screens[-1].heading == Sentence("Orders of 10:42", "Demandes de 10:42")
    shown = len(front.panel.screens)
    front.wait(ORDERS_S)
    assert len(front.panel.screens) == shown, "it is not drawn again for nothing"
    front.age = None
    front.wait(ORDERS_S)
    assert front.panel.screens[-1].heading == Sentence("Orders", "Demandes")


def test_what_was_done_before_a_restart_is_marked(front: Front) -> None:
    front.done = frozenset(ORDERS[:1])
    front.wait(ORDERS_S)
    assert "(fait ce jour)" in front.display.fr
    assert front.worker.workflow.order == ORDERS[0]


def test_nobody_looks_and_the_image_goes_by_itself(front: Front) -> None:
    front.scan()
    front.end(A_STORED)
    front.wait(TIMES.look_s)
    assert front.state is State.IN_EXAMINATION
    assert front.look() is None, "its due time has come"


def test_a_rejected_image_has_a_reason(front: Front) -> None:
    front.scan()
    front.end(A_STORED)
    front.press(Button.REJECT)
    front.press(Button.NEXT)
    front.press(Button.REJECT)
    assert front.look() == LookOrdered(Action.REJECT, UID, Reason.MOTION)
    assert front.state is State.IN_EXAMINATION
    front.hear(Rejected(UID, "motion", was_sent=False))
    assert front.display == REJECTED
    front.hear(Rejected(UID, "motion", was_sent=False, is_being_sent=True))
    assert front.display == REJECTED_ON_ITS_WAY
    front.hear(Rejected(UID, "motion", was_sent=True))
    assert front.display == REJECTED_TOO_LATE
    front.hear(Rejected(UID, "motion", was_sent=False, may_have_come=True))
    assert front.display == REJECTED_PERHAPS_LATE


def test_a_code_chooses_and_another_stops_with_both_names(front: Front) -> None:
    front.read("1")
    assert front.state is State.CONFIRMING
    assert "NOM1 P" in front.display.fr
    front.read("0")
    assert front.state is State.STOPPED
    assert "NOM1 P" in front.display.fr
    assert "NOM0 P" in front.display.fr
    front.press(Button.SCAN)
    assert front.ordered() is None
    front.press(Button.BACK)
    assert front.state is State.CHOOSING


def test_a_number_of_two_people_confirms_neither() -> None:
    """One's accession number, and the other's own: the wristband may be the other's."""
    one, other = replace(ORDERS[0], accession_number="1"), ORDERS[1]
    front = Front((one, other))
    front.press(Button.SCAN)
    assert front.state is State.CONFIRMING
    front.read("1")
    assert front.state is State.STOPPED
    assert "NOM1 P" in front.display.fr
    front.read("1")
    assert front.state is State.STOPPED
    front.press(Button.SCAN)
    assert front.ordered() is None


def test_a_patients_own_number_may_stand_in_two_of_their_orders(front: Front) -> None:
    second = replace(ORDERS[0], patient=replace(ORDERS[0].patient, sex="F"), accession_number="A2")
    listed(front, (*ORDERS, second))
    front.press(Button.SCAN)
    front.read("0")
    assert front.state is State.CONFIRMING


def test_two_people_of_one_name_and_birth_date_are_told_apart() -> None:
    one, other = (Order(Patient(number, "NOM^P", "19700101")) for number in ("42", "43"))
    front = Front((one,))
    assert "42" not in front.display.fr
    listed(front, (other, one))
    assert "NOM P (42)" in front.display.fr
    front.press(Button.NEXT)
    assert "NOM P (43)" in front.display.fr


def test_another_person_of_the_same_name_in_their_place_is_shown() -> None:
    one, other = (Order(Patient(number, "NOM^P", "19700101")) for number in ("42", "43"))
    front = Front((one,))
    listed(front, (other,))
    patient = front.panel.screens[-1].patient
    assert patient is not None
    assert patient.patient_id == "43"


def test_a_code_in_a_scan_holds_its_image(front: Front) -> None:
    front.scan()
    assert not front.cancel.doubts(ORDERS[0])
    front.read("1")
    assert front.cancel.doubts(ORDERS[0]), "the image is stored held"
    assert not front.cancel.doubts(ORDERS[1])
    front.end(A_STORED)
    assert front.look() == LookOrdered(Action.DOUBT, UID)
    front.press(Button.NEXT)
    assert front.state is State.DOUBTED
    front.press(Button.REJECT)
    assert front.look() == LookOrdered(Action.REJECT_WRONG_PATIENT, UID, Reason.WRONG_PATIENT)
    front.scan()
    assert not front.cancel.doubts(ORDERS[0]), "it was of the scan before"


def test_a_film_known_as_anothers_waits_for_a_person(front: Front) -> None:
    front.scan()
    front.end(replace(A_STORED, seen_before=SeenBefore("10:12, 23/11", "AUTRE^A")))
    assert front.state is State.SEEN_BEFORE
    assert front.panel.sounds[-1] is Sound.STOP
    for said in ("NOM0 P", "AUTRE A", "10:12, 23/11"):
        assert said in front.display.fr
    assert front.look() is None, "it was stored held"
    front.clock.sleep(TIMES.examination_s)
    front.press(Button.NEXT)
    assert front.state is State.SEEN_BEFORE
    front.press(Button.SEND)
    assert front.look() == LookOrdered(Action.ACCEPT_AND_CLOSE, UID)


def test_the_film_after_an_urgent_one_is_confirmed_anew(front: Front) -> None:
    front.press(Button.SCAN)
    front.press(Button.URGENT)
    assert front.ordered() is not None
    front.end(A_STORED)
    front.press(Button.SCAN)
    assert front.ordered() is None
    assert front.state is State.CHOOSING
    assert "NOM0 P" in front.display.fr


def test_send_ends_the_examination(front: Front) -> None:
    front.scan()
    front.end(A_STORED)
    front.press(Button.SEND)
    assert front.look() == LookOrdered(Action.ACCEPT_AND_CLOSE, UID)
    assert "NOM1 P" in front.display.fr


def test_urgent_waits_for_no_display(front: Front) -> None:
    front.hear(HIDING[0])
    front.press(Button.URGENT)
    order = front.ordered()
    assert order is not None
    assert order.priority is Priority.URGENT


def test_a_stored_image_is_said_with_its_lamps(front: Front) -> None:
    front.scan()
    front.end(A_STORED)
    assert front.display.en.startswith("Image stored (10 rows): NOM0 P")
    assert front.panel.shown[-1][1] == {Lamp.READY}
    assert front.state is State.LOOKING


def test_a_scan_that_failed_is_said_with_its_lamps(front: Front) -> None:
    front.scan()
    front.end(ScanFailed(WHY))
    assert front.panel.shown[-1] == (WHY, frozenset({Lamp.READY, Lamp.FAULT}))
    assert front.state is State.CONFIRMING


def test_a_new_scan_puts_the_fault_lamp_out(front: Front) -> None:
    front.scan()
    front.end(ScanFailed(WHY))
    front.press(Button.URGENT)
    assert Lamp.FAULT not in front.panel.lit


def test_a_good_scan_does_not_put_out_the_fault_lamp_of_another(front: Front) -> None:
    front.scan()
    front.hear(WorkerFailed("forwarder", WHY))
    front.end(A_STORED)
    assert Lamp.FAULT in front.panel.lit


def test_reject_stops_this_scan_and_not_the_next(front: Front) -> None:
    front.scan()
    front.press(Button.REJECT)
    assert front.cancel.raised
    assert front.display == SAID[Action.CANCEL_SCAN]
    front.end(ScanFailed(WHY))
    front.press(Button.URGENT)
    assert not front.cancel.raised


def test_a_display_that_fails_does_not_leave_a_scan_that_never_comes(front: Front) -> None:
    front.press(Button.SCAN)
    front.panel.broken = True
    with pytest.raises(OSError):  # noqa: PT011 -- the runtime's to report
        front.press(Button.SCAN)
    assert front.ordered() == ORDERS[0], "else the panel would wait for its end for ever"


def test_the_network_lamp_follows_the_archives_answers(front: Front) -> None:
    front.hear(Sent(UID, "A", 1.0))
    assert front.panel.lit == {Lamp.READY, Lamp.NETWORK}
    front.hear(NotSent(UID, "A", WHY, will_retry=True))
    assert front.panel.shown[-1] == (WHY, frozenset({Lamp.READY}))


def test_a_film_called_stored_is_still_called_so_once_it_is_sent(front: Front) -> None:
    """Found by the seeded world: no technician ever saw that a film was stored."""
    front.scan()
    front.end(A_STORED)
    front.hear(Sent(UID, "A", 1.0))
    assert front.display.en.startswith("Image stored (10 rows), and received")
    assert front.display.fr.startswith("Image stockée (10 lignes), et reçue")


def test_what_became_of_another_film_is_not_said_over_the_last_one(front: Front) -> None:
    front.scan()
    front.end(A_STORED)
    front.press(Button.SCAN)
    front.scan()
    front.end(ScanFailed(WHY))
    front.hear(Sent(UID, "A", 1.0))
    assert front.display == WHY


def test_a_film_of_no_standard_size_is_said_in_a_clean_sentence(front: Front) -> None:
    front.hear(FilmFound(800, 1000, 100, "", tilt_deg=None, reaches_edge=False))
    assert "  " not in front.display.en + front.display.fr
    front.hear(FilmFound(800, 1000, 100, "24x30 cm", tilt_deg=None, reaches_edge=False))
    assert "Film 24x30 cm found, 800" in front.display.en


def listed(panel: Front, orders: tuple[Order, ...] | NodeError) -> None:
    panel.listed = orders
    panel.clock.sleep(ORDERS_S)
    panel.worker.step()


def test_a_new_order_is_listed_and_the_one_shown_stays() -> None:
    panel = Front(ORDERS[:1])
    listed(panel, ORDERS[::-1])
    assert panel.worker.workflow.order == ORDERS[0]
    assert panel.worker.workflow.orders == ORDERS[::-1]


def test_an_order_that_is_gone_is_not_what_scan_confirms() -> None:
    panel = Front(ORDERS[:1])
    listed(panel, ORDERS[1:])
    assert "NOM1 P" in panel.display.fr
    assert panel.worker.workflow.order == ORDERS[1]


def test_a_worklist_that_cannot_be_read_is_said_and_the_orders_stay() -> None:
    panel = Front(ORDERS)
    listed(panel, ConfigError(Sentence("no list", "pas de liste")))
    assert panel.panel.shown[-1][0].en == "no list"
    assert panel.worker.workflow.orders == ORDERS


def test_two_unknown_patients_at_the_same_moment_are_two(front: Front) -> None:
    patients = set()
    for _ in range(2):
        front.press(Button.URGENT)
        ordered = front.ordered()
        assert ordered is not None
        patients.add(ordered.patient.patient_id)
        front.end(A_STORED)
    assert len(patients) == 2


def test_a_plate_that_was_not_erased_is_said_over_its_stored_image() -> None:
    front = Front()
    front.scan()
    front.ends.put(A_STORED)
    front.events.put(PlateTrouble("P-00017", WHY))
    front.worker.step()
    assert front.panel.shown[-1][0] == WHY
    assert front.worker.workflow.state is State.LOOKING
