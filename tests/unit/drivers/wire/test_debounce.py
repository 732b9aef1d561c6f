"""What each kind of touch comes to."""

from drivers.wire.debounce import (
    BOUNCE_S,
    REPEAT_AFTER_S,
    REPEAT_EVERY_S,
    STUCK_S,
    TOGETHER_S,
    Debouncer,
    Edge,
    Freed,
    PanelEvent,
    Stuck,
)
from hal.panel import Button, ButtonPress


def touched(*edges: tuple[Button, bool, float], until_s: float = 100.0) -> list[PanelEvent]:
    debouncer = Debouncer()
    events = [event for one in edges for event in debouncer.feed(Edge(*one))]
    return events + debouncer.advance(until_s)


def test_a_press_is_said_as_soon_as_it_is_steady() -> None:
    debouncer = Debouncer()
    assert debouncer.feed(Edge(Button.SCAN, True, 1.0)) == []
    assert debouncer.due_s() == 1.0 + BOUNCE_S
    assert debouncer.advance(1.0 + BOUNCE_S / 2) == []
    assert debouncer.advance(1.0 + BOUNCE_S) == [ButtonPress(Button.SCAN, 0.0, 1.0)]


def test_a_touch_of_reject_is_said_when_it_ends_and_a_hold_when_it_is_long_enough() -> None:
    assert touched((Button.REJECT, True, 1.0), (Button.REJECT, False, 1.25)) == [
        ButtonPress(Button.REJECT, 0.25, 1.0)
    ]
    held = touched((Button.REJECT, True, 1.0), (Button.REJECT, False, 5.0))
    assert held == [ButtonPress(Button.REJECT, 1.0, 1.0)]


def test_next_goes_on_while_it_is_held() -> None:
    debouncer = Debouncer()
    debouncer.feed(Edge(Button.NEXT, True, 0.0))
    first = debouncer.advance(0.1)
    again = debouncer.advance(REPEAT_AFTER_S)
    after = debouncer.advance(REPEAT_AFTER_S + REPEAT_EVERY_S)
    debouncer.feed(Edge(Button.NEXT, False, 1.0))
    at_s = REPEAT_AFTER_S + REPEAT_EVERY_S
    assert [*first, *again, *after] == [
        ButtonPress(Button.NEXT, 0.0, 0.0),
        ButtonPress(Button.NEXT, REPEAT_AFTER_S, REPEAT_AFTER_S),
        ButtonPress(Button.NEXT, at_s, at_s),
    ]
    assert debouncer.advance(60.0) == []


def test_whoever_did_not_look_for_a_while_gets_one_repeat() -> None:
    events = touched((Button.NEXT, True, 0.0), until_s=10.0)
    assert len(events) == 2


def test_of_two_buttons_under_one_glove_the_first_counts() -> None:
    events = touched(
        (Button.NEXT, True, 0.0),
        (Button.SCAN, True, TOGETHER_S * 0.9),
        (Button.NEXT, False, 0.2),
        (Button.SCAN, False, 0.2),
    )
    assert events == [ButtonPress(Button.NEXT, 0.0, 0.0)]


def test_a_button_pressed_while_another_is_held_counts() -> None:
    """Else one stuck button would make the panel dead."""
    events = touched(
        (Button.SEND, True, 0.0),
        (Button.SCAN, True, TOGETHER_S * 1.1),
        (Button.SCAN, False, 0.2),
        (Button.SEND, False, 0.3),
    )
    assert [event.button for event in events] == [Button.SEND, Button.SCAN]


def test_a_stuck_button_is_said_once_and_when_it_is_free_again() -> None:
    events = touched((Button.SEND, True, 0.0), (Button.SEND, False, STUCK_S * 3))
    assert events[1:] == [Stuck(Button.SEND), Freed(Button.SEND)]
    assert touched((Button.NEXT, True, 0.0), until_s=STUCK_S + 60)[-1] == Stuck(Button.NEXT)


def test_a_button_that_was_down_at_the_start_is_no_press() -> None:
    debouncer = Debouncer(frozenset({Button.URGENT}), now_s=50.0)
    assert debouncer.advance(50.0 + STUCK_S - 1) == []
    assert debouncer.advance(50.0 + STUCK_S) == [Stuck(Button.URGENT)]
    assert debouncer.feed(Edge(Button.URGENT, False, 70.0)) == []
    assert debouncer.advance(71.0) == [Freed(Button.URGENT)]
    debouncer.feed(Edge(Button.URGENT, True, 72.0))
    assert debouncer.advance(73.0) == [ButtonPress(Button.URGENT, 0.0, 72.0)]
