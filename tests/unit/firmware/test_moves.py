"""The promises, as properties of the table of moves."""

from itertools import product

import pytest

from firmware.moves import MOVES, Happened, ImpossibleMove, State, after


def test_only_an_accepting_response_makes_it_sent() -> None:
    into_sent = {happened for (state, happened), to in MOVES.items() if to is State.SENT}
    from_sending = {h for (s, h), to in MOVES.items() if s is State.SENDING and to is State.SENT}
    assert from_sending == {Happened.ACCEPTED}
    assert into_sent - {Happened.ACCEPTED} == {
        Happened.SAME_CONTENT,
        Happened.NOT_LISTED,
        Happened.COMMITMENT_NOT_TAKEN,
        Happened.COMMITMENT_SILENT,
    }


def test_a_duplicate_is_sent_only_when_the_same_bytes_are_found_there() -> None:
    assert {h for (s, h), to in MOVES.items() if s is State.UNPROVEN and to is State.SENT} == {
        Happened.SAME_CONTENT
    }
    assert after(State.UNPROVEN, Happened.OTHER_CONTENT) is State.HELD
    assert not [h for (s, h) in MOVES if s is State.UNPROVEN_AWAITING and after(s, h) is State.SENT]


def test_only_the_archives_commitment_makes_it_committed() -> None:
    assert {key for key, to in MOVES.items() if to is State.COMMITTED} == {
        (State.AWAITING, Happened.COMMITTED),
        (State.UNPROVEN_AWAITING, Happened.COMMITTED),
    }


def test_nothing_leaves_the_two_ends_and_everything_else_can_get_to_the_good_one() -> None:
    assert not [state for state, _ in MOVES if state in (State.COMMITTED, State.WITHDRAWN)]
    reach = {State.COMMITTED}
    for _ in State:
        reach |= {state for (state, _), to in MOVES.items() if to in reach}
    assert reach == set(State) - {State.WITHDRAWN}


@pytest.mark.parametrize(
    ("state", "happened"), [pair for pair in product(State, Happened) if pair not in MOVES]
)
def test_a_move_outside_the_table_is_a_bug_and_says_so(state: State, happened: Happened) -> None:
    with pytest.raises(ImpossibleMove, match=happened.value):
        after(state, happened)
