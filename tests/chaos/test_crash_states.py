"""The list of states itself, from logs written by hand."""

from tests.chaos.crash_states import State, crash_states, marks_seen, parse_state, writes_of
from tests.chaos.recording_disk import Entry, Flush, Mark, Write

ACKNOWLEDGED = Mark("stored", "1.2.3")
NO_SUPERBLOCK = 1 << 40
LOG: list[Entry] = [
    Write(0, b"a" * 1024),  # 0
    Flush(),
    Write(4096, b"b" * 1024),  # 2
    Write(8192, b"c" * 2048),  # 3
    Write(12288, b"d" * 512),  # 4
    ACKNOWLEDGED,  # 5
    Flush(),
]


def kept(state: State) -> list[int]:
    return [write.offset for write in writes_of(LOG, state)]


def test_a_window_has_none_each_prefix_the_last_and_all_but_the_first() -> None:
    states = crash_states(LOG, NO_SUPERBLOCK, seed=1)
    windows = {state.kept for state in states if state.flushed == 2 and state.torn is None}
    assert {(), (2,), (2, 3), (2, 3, 4), (4,), (3, 4)} <= windows
    assert len(states) == len(set(states))


def test_what_was_flushed_is_in_every_state_of_a_later_window() -> None:
    for state in crash_states(LOG, NO_SUPERBLOCK, seed=1):
        if state.flushed >= 2:
            assert kept(state)[0] == 0


def test_a_promise_is_known_from_its_place_on() -> None:
    late = State(2, (), None, 6)
    assert late in crash_states(LOG, NO_SUPERBLOCK, seed=1), "the hardest: promised, and lost"
    assert marks_seen(LOG, late) == [ACKNOWLEDGED]
    assert marks_seen(LOG, State(2, (2, 3), None, 4)) == []


def test_a_torn_write_keeps_its_first_sectors_and_a_superblock_is_never_torn() -> None:
    torn = State(2, (2,), 3, 4)
    assert torn in crash_states(LOG, NO_SUPERBLOCK, seed=1)
    assert list(writes_of(LOG, torn))[-1] == Write(8192, b"c" * 1024)
    assert torn not in crash_states(LOG, 8192 + 100, seed=1)


def test_a_state_is_replayed_from_its_text() -> None:
    for state in crash_states(LOG, NO_SUPERBLOCK, seed=3):
        assert parse_state(str(state)) == state
