"""The table of the panel, and the few things that it cannot say."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from firmware.panel_codes import is_of, orders_of
from firmware.panel_document import DOCUMENT, document
from firmware.panel_screens import DONE, KEYS, NO_ORDERS, screen_of, with_message
from firmware.panel_workflow import (
    AFTER_URGENT,
    NO_SCAN_RUNS,
    REASONS,
    STARTS,
    TABLE,
    Action,
    Happened,
    State,
    Trigger,
    Workflow,
    spoken_name,
    urgent_order,
    written_date,
)
from hal.errors import Sentence
from hal.panel import Button
from hal.values import Issuer, Order, OtherPatientId, Patient, Priority, Uid

INS = OtherPatientId("148115962123431", Issuer("INS"))
ORDERS = tuple(
    Order(
        Patient(f"P{number}", f"NOM{number}^P", f"1960010{number}"), accession_number=f"A{number}"
    )
    for number in range(1, 4)
)
CODES = (Happened.CODE_OF_CHOSEN, Happened.CODE_OF_LISTED, Happened.CODE_UNKNOWN)
SCANNED = (Button.SCAN, Button.SCAN, Happened.SCAN_DONE)
"""To an image that is looked at."""


def after(*happened: Trigger, orders: tuple[Order, ...] = ORDERS) -> Workflow:
    workflow = Workflow(orders)
    for each in happened:
        workflow, action = workflow.feed(each)
        if action is Action.SCAN_URGENT:
            workflow = replace(workflow, urgent=urgent_order("URG1"))
        if each is Happened.SCAN_DONE:
            workflow = replace(workflow, image=Uid("2.25.1"), rows=10)
    return workflow


@pytest.mark.parametrize(("state", "trigger"), list(product(State, (*Button, *CODES))))
def test_every_press_and_code_is_answered_in_every_state(state: State, trigger: Trigger) -> None:
    assert TABLE[state, trigger][1] is not Action.KEEP_MESSAGE


def test_a_scan_ends_and_only_a_scan() -> None:
    ends = {Happened.SCAN_DONE, Happened.SEEN_BEFORE, Happened.SCAN_FAILED}
    assert {state for state, trigger in TABLE if trigger in ends} == set(State) - NO_SCAN_RUNS
    for state in set(State) - NO_SCAN_RUNS:
        assert all(TABLE[state, end][0] in NO_SCAN_RUNS for end in ends)


def test_no_scan_of_an_order_but_of_a_patient_just_confirmed() -> None:
    starts = {key for key, (_, action) in TABLE.items() if action in STARTS - {Action.SCAN_URGENT}}
    assert starts == {
        (State.CONFIRMING, Button.SCAN),
        (State.IN_EXAMINATION, Button.SCAN),
        (State.LOOKING, Button.SCAN),
    }
    into = {key[0] for key, (state, _) in TABLE.items() if state is State.IN_EXAMINATION}
    assert into <= {State.LOOKING, State.REJECTING, State.IN_EXAMINATION}


def test_after_urgent_nothing_leads_straight_to_a_scan() -> None:
    workflow = after(Button.URGENT, Happened.SCAN_DONE)
    for button in set(Button) - {Button.URGENT}:
        state, action = workflow.outcome(button) or (None, None)
        assert action not in STARTS
        assert state in (State.CHOOSING, State.LOOKING, State.REJECTING)
    assert set(AFTER_URGENT) <= set(TABLE)


def reached(start: State, triggers: Iterable[Trigger]) -> set[State]:
    found, new = {start}, {start}
    while new:
        new = {
            outcome[0]
            for state in new
            for each in triggers
            if (outcome := TABLE.get((state, each)))
        } - found
        found |= new
    return found


@pytest.mark.parametrize("state", NO_SCAN_RUNS)
def test_presses_lead_from_everywhere_to_a_scan(state: State) -> None:
    assert State.SCANNING in reached(state, set(Button) - {Button.URGENT})


def test_a_code_of_somebody_else_stops() -> None:
    for before in ((Button.SCAN,), SCANNED, (*SCANNED, Button.NEXT)):
        stopped = after(*before, Happened.CODE_OF_LISTED)
        assert stopped.state in (State.STOPPED, State.DOUBTED)
        stopped, _ = stopped.feed(Button.SCAN)
        assert stopped.state in (State.STOPPED, State.DOUBTED)
    during = after(*SCANNED[:2], Happened.CODE_UNKNOWN, Happened.SCAN_DONE)
    assert during.state is State.DOUBTED
    assert screen_of(during).stops


@pytest.mark.parametrize("state", [State.DOUBTED, State.SEEN_BEFORE])
def test_an_image_that_waits_is_left_by_a_decision_alone(state: State) -> None:
    leaves = {
        trigger: outcome for (at, trigger), outcome in TABLE.items() if at is state != outcome[0]
    }
    assert leaves == {
        Button.REJECT: (State.CHOOSING, Action.REJECT_WRONG_PATIENT),
        Button.SEND: (State.CHOOSING, Action.ACCEPT_AND_CLOSE),
        Button.URGENT: (State.SCANNING, Action.SCAN_URGENT),
    }


def test_a_film_of_another_patient_stops_with_both_and_the_time() -> None:
    for during in ((), (Happened.CODE_UNKNOWN,)):
        stopped = after(*SCANNED[:2], *during, Happened.SEEN_BEFORE)
        assert stopped.state is State.SEEN_BEFORE
        screen = screen_of(replace(stopped, other="AUTRE A", before="10:12"))
        assert screen.stops
        for said in ("NOM1 P", "AUTRE A", "10:12"):
            assert said in screen.message.en
            assert said in screen.message.fr
    assert after(Button.URGENT, Happened.SEEN_BEFORE).state is State.LOOKING


def test_after_a_pause_the_patient_is_asked_for_again() -> None:
    assert after(*SCANNED, Button.NEXT, Happened.PAUSE_OVER).state is State.CONFIRMING
    assert after(*SCANNED, Happened.PAUSE_OVER).state is State.CONFIRMING


def test_orders_go_round() -> None:
    workflow = Workflow(ORDERS)
    for expected in (1, 2, 0):
        workflow, _ = workflow.feed(Button.NEXT)
        assert workflow.order == ORDERS[expected]
    workflow, _ = workflow.feed(Button.BACK)
    assert workflow.order == ORDERS[2]


def test_reasons_go_round_and_begin_anew() -> None:
    workflow = after(*SCANNED, Button.REJECT)
    for reason in (*REASONS[1:], REASONS[0]):
        workflow, _ = workflow.feed(Button.NEXT)
        assert workflow.reason is reason
    again, _ = after(*SCANNED, Button.REJECT, Button.NEXT, Button.SEND).feed(Button.REJECT)
    assert again.reason is REASONS[0]


def test_the_order_cannot_change_under_a_scan_or_a_look() -> None:
    for state in (State.SCANNING, State.LOOKING, State.CONFIRMING):
        workflow = replace(Workflow(ORDERS), state=state).with_orders(ORDERS[1:])
        assert workflow.order == ORDERS[0]
    assert Workflow(ORDERS).with_orders(ORDERS[1:]).order == ORDERS[1]


def test_an_order_that_is_done_comes_last() -> None:
    workflow = Workflow(ORDERS).ended(ORDERS[0])
    assert workflow.order == ORDERS[1]
    assert workflow.with_orders(ORDERS).orders == (*ORDERS[1:], ORDERS[0])


def test_an_order_that_is_done_says_so_wherever_it_is_chosen() -> None:
    workflow = Workflow(()).with_orders(ORDERS, examined=frozenset(ORDERS[1:]))
    assert workflow.orders == (ORDERS[0], *ORDERS[1:])
    assert "done" not in screen_of(workflow).message.en
    chosen = workflow.choose(ORDERS[1])
    assert screen_of(chosen).heading == DONE
    for state in (State.CHOOSING, State.CONFIRMING):
        message = screen_of(replace(chosen, state=state)).message
        assert " (done today)" in message.en
        assert " (fait ce jour)" in message.fr


def test_orders_that_are_old_say_so_as_long_as_one_chooses() -> None:
    age = Sentence(en="of 10:42", fr="de 10:42")
    for orders in (ORDERS, ()):
        old = Workflow(()).with_orders(orders, examined=frozenset(ORDERS), age=age)
        heading = screen_of(old).heading
        assert heading == Sentence(en="Orders of 10:42", fr="Demandes de 10:42")
        over_it = with_message(old, Sentence("away", "absent"), None)
        assert over_it.heading == heading
        again = screen_of(old.with_orders(orders)).heading
        assert again != heading
        assert again is not None


def test_without_an_order_scan_explains_itself() -> None:
    workflow, action = Workflow(()).feed(Button.SCAN)
    assert (workflow.state, action) == (State.CHOOSING, Action.SHOW)
    assert screen_of(workflow).message == NO_ORDERS


@pytest.mark.parametrize("state", State)
def test_each_state_has_a_screen_in_both_languages(state: State) -> None:
    screen = screen_of(replace(after(*SCANNED), state=state, other="AUTRE A"))
    if state not in (State.SCANNING, State.DOUBTED_SCAN):
        assert "NOM1 P" in screen.message.en
        assert "NOM1 P" in screen.message.fr
    assert screen.message.en != screen.message.fr
    assert {button for button, _ in KEYS[state]} <= set(Button)


def test_urgent_needs_no_order_and_says_that_nobody_is_confirmed() -> None:
    _, action = Workflow(()).feed(Button.URGENT)
    assert action is Action.SCAN_URGENT
    order = urgent_order("URG1")
    assert order.priority is Priority.URGENT
    assert order.patient.name.startswith("INCONNU")


def test_a_code_is_an_orders_by_its_numbers_or_its_patients() -> None:
    with_ins = replace(ORDERS[0], patient=replace(ORDERS[0].patient, other_ids=(INS,)))
    for code in ("A1", "p1", "1 48 11 59 621 234 31"):
        assert is_of(code, with_ins)
    assert not is_of("", with_ins)
    again = replace(ORDERS[0], accession_number="A9")
    assert orders_of("P1", (*ORDERS, again)) == (ORDERS[0], again)
    other = replace(ORDERS[1], accession_number="A1")
    assert orders_of("A1", (*ORDERS, other)) == (), "two patients: it says nothing"


def test_people_read_names_and_dates_their_way() -> None:
    assert spoken_name("EXEMPLE^Éléonore^^^") == "EXEMPLE Éléonore"
    assert spoken_name("YAMADA^Tarou=山田^太郎=やまだ^たろう") == "YAMADA Tarou"
    assert spoken_name("^=山田^太郎") == "山田 太郎"
    assert written_date("19620314") == "14/03/1962"
    assert written_date("") == "?"


def test_the_document_is_drawn_from_these_tables() -> None:
    written = (Path(__file__).parents[3] / DOCUMENT).read_text("utf-8")
    assert written == document(), "python -m firmware.panel_document"
