"""The debouncer under any switching: what is a press, what is not, and when it is said."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.wire.debounce import BOUNCE_S, HOLDS_S, REPEAT_AFTER_S, Debouncer, Edge, PanelEvent
from hal.panel import Button, ButtonPress

SHORT_S = min([*HOLDS_S.values(), REPEAT_AFTER_S])
buttons = st.sampled_from(Button)
spikes_s = st.floats(1e-6, BOUNCE_S * 0.99)
any_edges = st.lists(
    st.tuples(buttons, st.booleans(), st.floats(-0.5, 3.0)), max_size=60
)  # negative steps: edges of two threads come out of order


def played(edges: list[Edge], until_s: float) -> list[PanelEvent]:
    debouncer = Debouncer()
    events = [event for edge in edges for event in debouncer.feed(edge)]
    return events + debouncer.advance(until_s)


@given(buttons, st.lists(st.tuples(spikes_s, st.floats(BOUNCE_S, 1.0)), max_size=30))
def test_noise_shorter_than_the_bounce_time_is_no_press(
    button: Button, noise: list[tuple[float, float]]
) -> None:
    edges, now_s = [], 0.0
    for spike_s, rest_s in noise:
        edges += [Edge(button, True, now_s), Edge(button, False, now_s + spike_s)]
        now_s += spike_s + rest_s
    assert played(edges, now_s + 60.0) == []


@given(
    buttons,
    st.lists(spikes_s, max_size=10),
    st.floats(BOUNCE_S * 1.01, SHORT_S - 0.3),
    st.lists(spikes_s, max_size=10),
)
def test_a_bouncing_press_is_one_press_from_when_it_closed(
    button: Button, closing: list[float], held_s: float, opening: list[float]
) -> None:
    now_s, level, edges = 5.0, False, []
    for step_s in closing * 2:  # an even number of bounces, then it closes
        level = not level
        edges.append(Edge(button, level, now_s))
        now_s += step_s
    closed_s = now_s
    edges.append(Edge(button, True, closed_s))
    now_s += held_s
    for step_s in [0.0, *opening, *opening]:
        edges.append(Edge(button, not edges[-1].down, now_s))
        now_s += step_s
    (press,) = played(edges, now_s + 60.0)
    assert isinstance(press, ButtonPress)
    assert press.button is button
    assert press.pressed_s == closed_s


@given(st.lists(st.tuples(buttons, st.floats(BOUNCE_S * 1.01, SHORT_S * 0.99)), max_size=20))
def test_each_clean_press_is_one_press(presses: list[tuple[Button, float]]) -> None:
    edges, now_s = [], 0.0
    for button, held_s in presses:
        edges += [Edge(button, True, now_s), Edge(button, False, now_s + held_s)]
        now_s += held_s + 0.1
    events = played(edges, now_s)
    assert [event.button for event in events] == [button for button, _ in presses]


@given(any_edges)
def test_times_never_go_back_and_nothing_is_due_in_the_past(
    steps: list[tuple[Button, bool, float]],
) -> None:
    debouncer, now_s, latest_s, said_s = Debouncer(), 0.0, 0.0, 0.0
    for button, down, step_s in steps:
        now_s += step_s
        latest_s = max(latest_s, now_s)
        for event in debouncer.feed(Edge(button, down, now_s)):
            if isinstance(event, ButtonPress) and event.pressed_s is not None:
                reached_s = event.pressed_s + (event.held_s if event.button in HOLDS_S else 0.0)
                assert reached_s >= said_s - BOUNCE_S
                assert reached_s <= latest_s
                said_s = max(said_s, reached_s)
        due_s = debouncer.due_s()
        assert due_s is None or due_s > latest_s


@given(any_edges)
def test_it_says_no_more_than_edges_and_time_allow(
    steps: list[tuple[Button, bool, float]],
) -> None:
    """A press for each edge down at most, and one repeat, hold or stuck for each look at it."""
    debouncer, now_s = Debouncer(), 0.0
    for button, down, step_s in steps:
        now_s += step_s
        assert len(debouncer.feed(Edge(button, down, now_s))) <= 3 * len(Button)


@given(any_edges, st.lists(st.floats(0.0, 1.0), max_size=20))
def test_looking_in_between_changes_no_press(
    steps: list[tuple[Button, bool, float]], looks: list[float]
) -> None:
    def presses(with_looks: bool) -> list[ButtonPress]:
        debouncer, now_s, events = Debouncer(), 0.0, list[PanelEvent]()
        for number, (button, down, step_s) in enumerate(steps):
            if with_looks and number < len(looks) and step_s > 0:
                events += debouncer.advance(now_s + looks[number] * step_s)
            now_s += step_s
            events += debouncer.feed(Edge(button, down, now_s))
        events += debouncer.advance(now_s + 0.5)
        return [
            event
            for event in events
            if isinstance(event, ButtonPress) and (event.held_s == 0.0 or event.button in HOLDS_S)
        ]

    assert presses(True) == presses(False)
