"""What the panel says of what happened, and its lamps."""

import pytest

from firmware.events import (
    FilmFound,
    NotSent,
    ScanFailed,
    Sent,
    WorkerFailed,
)
from firmware.panel_worker import (
    LookOrdered,
)
from firmware.panel_workflow import SAID, Action, State
from firmware.plate_events import PlateTrouble
from hal.panel import Button, Lamp
from hal.values import Priority
from tests.unit.firmware.panel_front import (
    A_STORED,
    HIDING,
    ORDERS,
    UID,
    WHY,
    Front,
)


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


@pytest.mark.parametrize("looked_at", [False, True])
def test_over_a_message_each_key_says_what_it_does(front: Front, looked_at: bool) -> None:
    if looked_at:
        front.scan()
        front.end(A_STORED)
    keys = dict(front.panel.screens[-1].keys)
    front.hear(HIDING[0])
    over_it = dict(front.panel.screens[-1].keys)
    goes_on = {button for button, does in over_it.items() if does.fr == "continuer"}
    assert goes_on == (set(keys) if looked_at else {Button.SCAN})
    assert {
        one: does for one, does in over_it.items() if one not in goes_on
    }.items() <= keys.items()
    state = front.state
    for button in goes_on:
        front.hear(HIDING[0])
        front.press(button)
        assert (front.state, front.look()) == (state, None)
        assert dict(front.panel.screens[-1].keys) == keys


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


def test_a_plate_that_was_not_erased_is_said_over_its_stored_image() -> None:
    front = Front()
    front.scan()
    front.ends.put(A_STORED)
    front.events.put(PlateTrouble("P-00017", WHY))
    front.worker.step()
    assert front.panel.shown[-1][0] == WHY
    assert front.worker.workflow.state is State.LOOKING
