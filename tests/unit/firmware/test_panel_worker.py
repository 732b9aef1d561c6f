"""What the technician sees and may rely on: orders, confirmations, looks."""

import pytest

from firmware.events import (
    Event,
    Rejected,
    WorkerFailed,
)
from firmware.panel_sentences import (
    REJECTED,
    REJECTED_ON_ITS_WAY,
    REJECTED_PERHAPS_LATE,
    REJECTED_TOO_LATE,
)
from firmware.panel_worker import (
    ORDERS_S,
    LookOrdered,
)
from firmware.panel_workflow import Action, Reason, State
from hal.errors import ConfigError, Sentence
from hal.panel import Button, ButtonPress, Lamp
from tests.unit.firmware.panel_front import (
    A_STORED,
    HIDING,
    ORDERS,
    SCANNING,
    TIMES,
    UID,
    Front,
    listed,
)


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
    front.hear(WorkerFailed("forwarder", Sentence("failed", "en panne")))
    assert front.display.fr == "en panne"
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
