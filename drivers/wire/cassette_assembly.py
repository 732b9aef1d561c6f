"""A plate's image from the segments that came: in order, each sample once, whatever the line did.

Pure. It holds a window of whole rows, never the image: segments that came early wait in it, what
is missing between them is told, and rows are taken out from the front.
"""

from dataclasses import dataclass, field

from drivers.wire.cassette_messages import Samples

BYTES_A_SAMPLE = 2


@dataclass
class Assembly:
    columns: int
    rows: int
    window_rows: int
    """How much may be under way: memory is this many rows."""
    from_row: int = 0
    received: int = field(init=False)
    """Every sample below it has come."""
    taken_rows: int = field(init=False)
    """Rows below it were taken out."""
    _ring: bytearray = field(init=False)
    _early: list[tuple[int, int]] = field(default_factory=list, init=False)
    """(first, behind) of what came beyond `received`: in order, apart from each other."""

    def __post_init__(self) -> None:
        self.window_rows = max(1, min(self.window_rows, self.rows - self.from_row))
        self.received = self.from_row * self.columns
        self.taken_rows = self.from_row
        self._ring = bytearray(self.window_rows * self.columns * BYTES_A_SAMPLE)

    @property
    def samples(self) -> int:
        return self.columns * self.rows

    @property
    def until(self) -> int:
        """Samples below it have a place."""
        return min(self.samples, (self.taken_rows + self.window_rows) * self.columns)

    @property
    def furthest(self) -> int:
        """Behind the last sample that came."""
        return self._early[-1][1] if self._early else self.received

    def put(self, segment: Samples) -> bool:
        """False: nothing in it was new, or it has no place."""
        first, behind = segment.first_sample, segment.first_sample + len(segment.samples) // 2
        start, end = max(first, self.received), min(behind, self.until)
        if start >= end:
            return False
        offset = (start - first) * BYTES_A_SAMPLE
        self._lay(start, memoryview(segment.samples)[offset:][: (end - start) * BYTES_A_SAMPLE])
        return self._merge(start, end)

    def missing(self, pieces_max: int) -> tuple[tuple[int, int], ...]:
        """(first sample, samples) of what did not come below `furthest`."""
        gaps, at = [], self.received
        for first, behind in self._early[:pieces_max]:
            gaps.append((at, first - at))
            at = behind
        return tuple(gaps)

    def take(self) -> tuple[int, memoryview] | None:
        """(first row, samples) of the next whole rows, valid until the next `put`; None: none."""
        begins = self.taken_rows
        place = begins % self.window_rows
        ends = min(self.received // self.columns, begins + self.window_rows - place)
        if ends <= begins:
            return None
        row_bytes = self.columns * BYTES_A_SAMPLE
        self.taken_rows = ends
        view = memoryview(self._ring)[place * row_bytes : (place + ends - begins) * row_bytes]
        return begins, view

    def _lay(self, start: int, data: memoryview) -> None:
        at = start * BYTES_A_SAMPLE % len(self._ring)
        head = min(len(data), len(self._ring) - at)
        self._ring[at : at + head] = data[:head]
        self._ring[: len(data) - head] = data[head:]

    def _merge(self, start: int, end: int) -> bool:
        if not self._early and start == self.received:
            self.received = end
            return True
        if any(first <= start and end <= behind for first, behind in self._early):
            return False
        spans: list[tuple[int, int]] = []
        for first, behind in sorted([*self._early, (start, end)]):
            if spans and first <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(behind, spans[-1][1]))
            else:
                spans.append((first, behind))
        if spans[0][0] == self.received:
            self.received = spans.pop(0)[1]
        self._early = spans
        return True
