"""Asking the cassette reader: a request, its answer, and asking again if the line lost either."""

from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from drivers.cassette_sentences import SILENT, error_of
from drivers.wire.cassette_bodies import Malformed, body_of, message_of
from drivers.wire.cassette_frames import SEQUENCES, Frame, FrameReader
from drivers.wire.cassette_messages import Eject, Erase, Error, Load, Message, Request, Working
from hal.clock import Clock
from hal.errors import DeviceUnavailable

ANSWER_S = 2.0
SLOW_S: dict[type[Request], float] = {Load: 30.0, Eject: 30.0, Erase: 120.0}
"""Things move. A reader that is at it says so each second, so the first silence is short too."""
TRIES_MAX = 6
WORKING_S_MAX = 600.0  # for one request, however often the reader says that it is at it

Answer = TypeVar("Answer", bound=Message)
Numbered = tuple[int, Message]
"""(sequence, message)"""


class ReaderLine(Protocol):
    """Where the reader's bytes come and go. Raises DeviceUnavailable when it is gone."""

    @property
    def bytes_per_s(self) -> float | None:
        """None: faster than matters."""

    def write(self, data: bytes) -> None: ...

    def read(self, timeout_s: float) -> bytes:
        """What came; empty after `timeout_s`."""

    def close(self) -> None: ...


@dataclass
class CassetteSession:
    line: ReaderLine
    clock: Clock
    sequence: int
    frames: FrameReader = field(default_factory=FrameReader, init=False)
    _behind: list[Numbered] = field(default_factory=list, init=False)
    """What came at once with an answer and after it: samples that would be asked for again."""

    def ask(self, request: Request, expected: type[Answer]) -> Answer:
        """Raises what the reader answers with, or DeviceUnavailable."""
        self.sequence = (self.sequence + 1) % SEQUENCES
        for _ in range(TRIES_MAX):
            self.tell(request, self.sequence)
            if (answer := self._answer(request, expected)) is not None:
                return answer
        raise self.given_up()

    def given_up(self) -> DeviceUnavailable:
        """What to raise. The next use opens the line anew: this one may hang for ever."""
        self.line.close()
        return DeviceUnavailable(SILENT)

    def tell(self, request: Request, sequence: int) -> None:
        kind, body = body_of(request)
        # The zero before it ends whatever noise stands on the line.
        self.line.write(b"\0" + Frame(kind, sequence, body).to_bytes())

    def hear(self, timeout_s: float) -> list[Numbered]:
        """What came whole; what did not is counted in `frames.dropped`."""
        if self._behind:
            heard, self._behind = self._behind, []
            return heard
        heard = []
        for frame in self.frames.feed(self.line.read(timeout_s)):
            try:
                heard.append((frame.sequence, message_of(frame.kind, frame.body)))
            except Malformed:
                self.frames.dropped += 1
        return heard

    def _answer(self, request: Request, expected: type[Answer]) -> Answer | None:
        """None: silence, and time to ask again."""
        began_s = self.clock.monotonic_s()
        until_s = began_s + SLOW_S.get(type(request), ANSWER_S)
        while (left_s := until_s - self.clock.monotonic_s()) > 0.0:
            heard = self.hear(left_s)
            for place, (sequence, message) in enumerate(heard, 1):
                if sequence != self.sequence:
                    continue
                if isinstance(message, expected):
                    self._behind = heard[place:]
                    return message
                if isinstance(message, Error):
                    raise error_of(message.code, message.detail)
                if isinstance(message, Working):
                    longest_s = began_s + WORKING_S_MAX
                    until_s = min(longest_s, self.clock.monotonic_s() + ANSWER_S)
        return None
