"""Whose image it is: codes, two people of one name, what is held until a person says."""

from dataclasses import replace

from firmware.events import (
    SeenBefore,
)
from firmware.panel_worker import (
    LookOrdered,
)
from firmware.panel_workflow import Action, Reason, State
from hal.panel import Button, Sound
from hal.values import Order, Patient
from tests.unit.firmware.panel_front import (
    A_STORED,
    ORDERS,
    TIMES,
    UID,
    Front,
    listed,
)


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


def test_two_unknown_patients_at_the_same_moment_are_two(front: Front) -> None:
    patients = set()
    for _ in range(2):
        front.press(Button.URGENT)
        ordered = front.ordered()
        assert ordered is not None
        patients.add(ordered.patient.patient_id)
        front.end(A_STORED)
    assert len(patients) == 2
