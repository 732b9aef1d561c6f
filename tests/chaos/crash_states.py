"""Every state that a power cut can leave behind, from the log of a recording disk.

Between two flushes a disk may have kept any of the writes it was given, in any order. So for
each such window: none of them, each prefix, seeded subsets, only the last, all but the first,
and the last one torn. All that came before the window's flush is there. It does no I/O.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tests.chaos.recording_disk import Entry, Flush, Mark, Write

SUBSETS_A_WINDOW = 3
SECTOR_BYTES = 512


@dataclass(frozen=True, order=True)
class State:
    """Numbers are places in the log."""

    flushed: int
    """Every write before this place is kept."""
    kept: tuple[int, ...]
    torn: int | None
    """One more, its first half only."""
    seen: int
    """The cut: marks before this place were made."""

    def __str__(self) -> str:
        torn = "" if self.torn is None else f"+torn:{self.torn}"
        kept = ",".join(str(place) for place in self.kept)
        return f"flushed:{self.flushed}+kept:{kept}{torn}@{self.seen}"


def parse_state(text: str) -> State:
    """The inverse of `str`: a violation is replayed by it."""
    parts, _, seen = text.partition("@")
    named = dict(part.split(":") for part in parts.split("+"))
    kept = tuple(int(place) for place in named["kept"].split(",") if place)
    torn = int(named["torn"]) if "torn" in named else None
    return State(int(named["flushed"]), kept, torn, int(seen))


def crash_states(log: Sequence[Entry], superblock: int, seed: int) -> list[State]:
    """All of them, each once. A write over the byte `superblock` is not torn."""
    chance = random.Random(seed)
    found = {
        state
        for start, end in _windows(log)
        for state in _states_of_window(log, start, end, chance)
        if not _tears(log, state, superblock)
    }
    return sorted(found, key=str)


def sample(states: Sequence[State], count_max: int, seed: int) -> list[State]:
    if len(states) <= count_max:
        return list(states)
    return random.Random(seed).sample(list(states), count_max)


def writes_of(log: Sequence[Entry], state: State) -> Iterator[Write]:
    """In the order in which the disk got them."""
    yield from (entry for entry in log[: state.flushed] if isinstance(entry, Write))
    for place in sorted({*state.kept, *(() if state.torn is None else (state.torn,))}):
        entry = log[place]
        assert isinstance(entry, Write)
        if place != state.torn:
            yield entry
        else:
            half_bytes = len(entry.data) // 2 // SECTOR_BYTES * SECTOR_BYTES
            yield Write(entry.offset, entry.data[:half_bytes])


def marks_seen(log: Sequence[Entry], state: State) -> list[Mark]:
    return [entry for entry in log[: state.seen] if isinstance(entry, Mark)]


def _tears(log: Sequence[Entry], state: State, superblock: int) -> bool:
    entry = None if state.torn is None else log[state.torn]
    return isinstance(entry, Write) and 0 <= superblock - entry.offset < len(entry.data)


def _windows(log: Sequence[Entry]) -> Iterator[tuple[int, int]]:
    """(start, end): log[start:end] lies between two flushes."""
    start = 0
    for place, entry in enumerate(log):
        if isinstance(entry, Flush):
            yield start, place
            start = place + 1
    yield start, len(log)


def _states_of_window(
    log: Sequence[Entry], start: int, end: int, chance: random.Random
) -> Iterator[State]:
    """A promise is hardest to keep when the cut comes late (`end`); a claim is hardest to
    justify when it comes early (right behind the last write that was kept)."""
    writes = [place for place in range(start, end) if isinstance(log[place], Write)]
    yield State(start, (), None, start)
    yield State(start, (), None, end)
    for number, place in enumerate(writes):
        yield State(start, tuple(writes[: number + 1]), None, place + 1)
        yield State(start, tuple(writes[:number]), place, place + 1)
    yield State(start, tuple(writes), None, end)
    if len(writes) > 1:
        yield State(start, (writes[-1],), None, end)
        yield State(start, tuple(writes[1:]), None, end)
        yield from (_subset(start, end, writes, chance) for _ in range(SUBSETS_A_WINDOW))


def _subset(start: int, end: int, writes: Iterable[int], chance: random.Random) -> State:
    return State(start, tuple(place for place in writes if chance.random() < 0.5), None, end)
