"""What happened in a simulated world, in order: the last of it in words, all of it as one digest.

Two runs with the same digest did the same things at the same times in the same order. Nothing
that differs between two processes may get in here: no addresses, no paths, no real time.
"""

import hashlib
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

LAST_MAX = 400  # enough to see how a life came to where it broke; a year has a million
LINES_A_HASH = 512  # hashed together: a call of the hash for each line would cost more than it


@dataclass(frozen=True, slots=True)
class Line:
    at_s: float
    """Since the world began."""
    lane: str
    """Who: technician, panel, scanner, disk, index, archive, node, kernel."""
    what: str
    detail: str

    def __str__(self) -> str:
        day, second = divmod(self.at_s, 86_400.0)
        hour, second = divmod(second, 3600.0)
        minute, second = divmod(second, 60.0)
        when = f"day {day:.0f} {hour:02.0f}:{minute:02.0f}:{second:06.3f}"
        return f"{when}  {self.lane:<10} {self.what} {self.detail}".rstrip()


class Trace:
    """`lines_max` None keeps every line, to draw a life from."""

    def __init__(self, lines_max: int | None = LAST_MAX) -> None:
        self._lines: deque[tuple[float, str, str, str]] = deque(maxlen=lines_max)
        self._digest = hashlib.blake2b(digest_size=16)
        self._unhashed: list[str] = []
        self.count = 0

    def add(self, at_s: float, lane: str, what: str, detail: str = "") -> None:
        self._lines.append((at_s, lane, what, detail))
        self._unhashed.append(f"{at_s!r} {lane} {what} {detail}\n")
        self.count += 1
        if len(self._unhashed) >= LINES_A_HASH:
            self._hash()

    def digest(self) -> str:
        self._hash()
        return self._digest.hexdigest()

    def lines(self) -> Iterable[Line]:
        return (Line(*fields) for fields in self._lines)

    def _hash(self) -> None:
        self._digest.update("".join(self._unhashed).encode("utf-8"))
        self._unhashed.clear()
