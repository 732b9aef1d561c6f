"""The rows of one image from the cassette reader, whatever the line does to them on the way."""

import zlib
from collections.abc import Generator
from dataclasses import dataclass, field

from drivers.cassette_sentences import NOT_UNDERSTOOD, WRONG_SUM, error_of
from drivers.cassette_session import CassetteSession
from drivers.wire.cassette_assembly import Assembly
from drivers.wire.cassette_bodies import MISSING_MAX
from drivers.wire.cassette_frames import SAMPLES_BYTES_MAX
from drivers.wire.cassette_messages import (
    Credit,
    Error,
    Message,
    Missing,
    Read,
    ReadEnd,
    Reading,
    Samples,
    Working,
)
from hal.cassette_reader import PlateGeometry, PlateRequest
from hal.errors import DeviceMisbehaved
from hal.film_scanner import RowBlock

WINDOW_SEGMENTS = 64  # under way at once; 2 MiB at the longest segment
SEGMENT_BYTES_MIN = 256
FRAME_S = 0.1  # on a slow UART a frame is no longer than that: what noise costs is one frame
SILENCE_S = 0.25  # then what is missing is asked for again
GIVE_UP_S = 15.0  # without one whole frame: the reader speaks every 2 s
JUDGED_FRAMES = 16  # after so many, segments are made shorter if too many were lost
LOST_SHARE_MAX = 0.5  # of those that came: at a third of all, halves carry more


def segment_bytes(line_bytes_per_s: float | None) -> int:
    """The longest segment that is worth its loss on this line."""
    if line_bytes_per_s is None:
        return SAMPLES_BYTES_MAX
    return max(SEGMENT_BYTES_MIN, min(SAMPLES_BYTES_MAX, int(line_bytes_per_s * FRAME_S) // 2 * 2))


@dataclass
class Segments:
    """How long they are on this line, as it turns out to be; for all transfers of one plate."""

    length_bytes: int
    _came: int = field(default=0, init=False)
    _lost: int = field(default=0, init=False)

    def judge(self, came: int, lost: int) -> bool:
        """True: they are to be shorter from now on."""
        self._came, self._lost = self._came + came, self._lost + lost
        if self._came + self._lost < JUDGED_FRAMES:
            return False
        too_many = self._lost > LOST_SHARE_MAX * self._came
        self._came, self._lost = 0, 0
        if not too_many or self.length_bytes == SEGMENT_BYTES_MIN:
            return False
        self.length_bytes = max(SEGMENT_BYTES_MIN, self.length_bytes // 4 * 2)
        return True


@dataclass
class Transfer:
    session: CassetteSession
    request: PlateRequest
    geometry: PlateGeometry
    segments: Segments
    from_row: int
    until_row: int
    _assembly: Assembly = field(init=False)
    _end: ReadEnd | None = field(default=None, init=False)
    _credited: int = field(default=0, init=False)
    _heard_s: float = field(default=0.0, init=False)
    """When the last whole frame came."""
    _asked_s: float = field(default=0.0, init=False)
    """When what is missing was last asked for after silence, or was not missing yet."""
    _came: int = field(default=0, init=False)
    """Segments, since the line was last judged."""
    _dropped_before: int = field(default=0, init=False)

    def rows(self) -> Generator[RowBlock, None, None]:
        """Raises DeviceUnavailable, DeviceMisbehaved: the reader keeps the image."""
        self._assembly = self._new_assembly()
        self._begin_at_received()
        crc32 = 0
        while True:
            while (block := self._assembly.take()) is not None:
                first_row, samples = block
                crc32 = zlib.crc32(samples, crc32)
                rows = len(samples) // (2 * self.geometry.columns)
                yield RowBlock(first_row, rows, samples)
            if self._assembly.taken_rows == self.until_row < self.geometry.rows:
                return  # a look at some rows: nothing says that they are right but their frames
            if self._end is not None:
                return self._check(self._end, crc32)
            self._grant()
            self._listen()

    def _new_assembly(self) -> Assembly:
        row_bytes = 2 * self.geometry.columns
        window_rows = max(2, WINDOW_SEGMENTS * self.segments.length_bytes // row_bytes)
        return Assembly(self.geometry.columns, self.until_row, window_rows, self.from_row)

    def _begin_at_received(self) -> None:
        """READ once more: from what has come, in segments as long as they are now."""
        assembly, request = self._assembly, self.request
        self.session.ask(
            Read(
                request.read,
                assembly.received,
                request.pitch_um,
                request.gain_thousandths,
                self.segments.length_bytes,
                assembly.until,
            ),
            Reading,
        )
        self._credited = assembly.until
        self._heard_s = self._asked_s = self.session.clock.monotonic_s()
        # What was lost meanwhile had the length of before.
        self._came, self._dropped_before = 0, self.session.frames.dropped
        if assembly.received == assembly.samples:
            self._credit()

    def _listen(self) -> None:
        heard = self.session.hear(SILENCE_S)
        now_s = self.session.clock.monotonic_s()
        if heard:
            self._heard_s = self._asked_s = now_s
        elif now_s - self._heard_s > GIVE_UP_S:
            raise self.session.given_up()
        elif now_s - self._asked_s >= SILENCE_S:
            self._asked_s = now_s
            self._ask_again()
        gaps: list[tuple[int, int]] = []
        for _, message in heard:
            self._take_in(message, gaps)
        self._ask_for(gaps)
        self._judge_line()

    def _take_in(self, message: Message, gaps: list[tuple[int, int]]) -> None:
        match message:
            case Samples(read=self.request.read):
                self._came += 1
                behind = self._assembly.furthest
                if message.first_sample > behind:
                    gaps.append((behind, message.first_sample - behind))
                self._assembly.put(message)
            case ReadEnd(read=self.request.read):
                if self._assembly.received == self._assembly.samples:
                    self._end = message
            case Working():
                self._credit()
            case Error():
                raise error_of(message.code, message.detail)
            case _:
                pass  # an answer that was asked for twice

    def _grant(self) -> None:
        """A place for more, when half the window is free again; and the end, when all has come."""
        assembly = self._assembly
        half = assembly.window_rows * self.geometry.columns // 2
        is_all = assembly.received == assembly.samples
        if assembly.until - self._credited >= half or (is_all and self._credited >= 0):
            self._credit()
            if is_all:
                self._credited = -1  # said once; again after silence

    def _credit(self) -> None:
        assembly = self._assembly
        self._credited = assembly.until
        credit = Credit(self.request.read, assembly.received, assembly.until)
        self.session.tell(credit, self.session.sequence)

    def _ask_again(self) -> None:
        assembly = self._assembly
        if assembly.received == assembly.samples:
            self._begin_at_received()  # READ_END was lost
            return
        self._credit()
        gaps = list(assembly.missing(WINDOW_SEGMENTS))
        after = min(assembly.until - assembly.furthest, self.segments.length_bytes // 2)
        self._ask_for(gaps or [(assembly.furthest, after)])

    def _ask_for(self, gaps: list[tuple[int, int]]) -> None:
        for at in range(0, len(gaps), MISSING_MAX):
            missing = Missing(self.request.read, tuple(gaps[at : at + MISSING_MAX]))
            self.session.tell(missing, self.session.sequence)

    def _judge_line(self) -> None:
        came, dropped = self._came, self.session.frames.dropped
        lost = dropped - self._dropped_before
        self._came, self._dropped_before = 0, dropped
        if self.segments.judge(came, lost):
            self._begin_at_received()

    def _check(self, end: ReadEnd, crc32: int) -> None:
        if end.samples != self.geometry.samples:
            detail = f"{end.samples} samples, {self.geometry.samples} announced"
            raise DeviceMisbehaved(NOT_UNDERSTOOD.fill(detail=detail))
        if self.from_row == 0 and end.crc32 != crc32:
            raise DeviceMisbehaved(WRONG_SUM)
