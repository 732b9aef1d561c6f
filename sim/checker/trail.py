"""The trail: every entry follows from the one before, and every head that was told is in it."""

import hashlib
import json
from collections.abc import Iterator

from sim.checker.index import Entry
from sim.checker.known import Known

FIRST = "0" * 64


class TrailChecks:
    def __init__(self, known: Known) -> None:
        self._known = known
        self._told: dict[int, str] = {}
        """seq -> hash of heads not yet found again."""
        self._checked: tuple[int, str] = (0, FIRST)
        """Up to here; what stands before it is held by its hash."""

    @property
    def next_seq(self) -> int:
        """The last that was checked is looked at once more: it may be another one now."""
        return self._checked[0]

    def told(self, seq: int, digest: str) -> None:
        if seq:
            self._told[seq] = digest

    def broken(self, entries: list[Entry]) -> Iterator[str]:
        yield from self._chain(entries)
        found = {entry[0]: entry[-1] for entry in entries}
        for seq, digest in self._told.items():
            if found.get(seq) != digest:
                yield f"entry {seq} was told to the log and is not in the trail"
        self._known.seen.heads += len(self._told)
        self._told.clear()

    def _chain(self, entries: list[Entry]) -> Iterator[str]:
        seq, digest = self._checked
        rest = iter(entries)
        if (
            seq
            and (again := next(rest, None)) is not None
            and (again[0], again[-1]) != (seq, digest)
        ):
            yield f"entry {seq} is another one than it was"
        if seq and not entries:
            yield f"the trail ended at {seq} and is shorter now"
        for entry in rest:
            if entry[0] != seq + 1:
                yield f"entry {seq + 1} is missing"
            seq, digest = entry[0], _link(digest, entry)
            self._known.seen.trail += 1
            if digest != entry[-1]:
                yield f"entry {seq} was changed, or one before it"
        self._checked = (seq, digest)


def _link(before: str, entry: Entry) -> str:
    """As ARCHITECTURE.md has it: SHA-256 of the JSON list of the hash before and the fields."""
    text = json.dumps([before, *entry[:-1]], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
