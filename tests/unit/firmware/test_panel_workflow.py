from itertools import product

import pytest

from firmware.panel_workflow import (
    NO_ORDERS,
    SAID,
    TABLE,
    Action,
    Done,
    State,
    Workflow,
    spoken_name,
    urgent_order,
    written_date,
)
from hal.panel import Button
from hal.values import Order, Patient, Priority

ORDERS = tuple(Order(Patient(str(number), f"NOM{number}^P")) for number in range(3))


@pytest.mark.parametrize(("state", "button"), list(product(State, Button)))
def test_every_press_is_answered_in_every_state(state: State, button: Button) -> None:
    _, action = TABLE[state, button]
    changes_something = action in (
        Action.SCAN,
        Action.SCAN_URGENT,
        Action.NEXT_ORDER,
        Action.PREVIOUS_ORDER,
    )
    assert changes_something or action in SAID


@pytest.mark.parametrize("done", Done)
def test_the_end_of_a_scan_always_frees_the_panel(done: Done) -> None:
    workflow, _ = Workflow(ORDERS).feed(Button.SCAN)
    workflow, _ = workflow.feed(done)
    assert workflow.state is State.CHOOSING


def test_orders_go_round() -> None:
    workflow = Workflow(ORDERS)
    for expected in (1, 2, 0):
        workflow, _ = workflow.feed(Button.NEXT)
        assert workflow.order == ORDERS[expected]
    workflow, _ = workflow.feed(Button.BACK)
    assert workflow.order == ORDERS[2]


def test_the_order_cannot_change_under_a_running_scan() -> None:
    workflow, _ = Workflow(ORDERS).feed(Button.SCAN)
    for button in Button:
        workflow, _ = workflow.feed(button)
        assert workflow.order == ORDERS[0]


def test_without_an_order_scan_explains_itself() -> None:
    workflow, action = Workflow(()).feed(Button.SCAN)
    assert (workflow.state, action) == (State.CHOOSING, Action.SHOW_ORDER)
    assert workflow.sentence == NO_ORDERS


def test_urgent_needs_no_order_and_says_that_nobody_is_confirmed() -> None:
    _, action = Workflow(()).feed(Button.URGENT)
    assert action is Action.SCAN_URGENT
    order = urgent_order("URG1")
    assert order.priority is Priority.URGENT
    assert order.patient.name.startswith("INCONNU")


def test_people_read_names_and_dates_their_way() -> None:
    assert spoken_name("EXEMPLE^Éléonore^^^") == "EXEMPLE Éléonore"
    assert written_date("19620314") == "14/03/1962"
    assert written_date("") == "?"
