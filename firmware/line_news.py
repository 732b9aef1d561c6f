"""What became of images on their way, for the technician: between two patients, and once.

A message hides the patient whom the next press would decide about, so the first press after it only
takes it away. What an archive does is no reason for that in the middle of an examination, nor at
each try while it is away; meanwhile the network lamp says it.
"""

from dataclasses import dataclass, field
from typing import Any

from hal.clock import Clock
from hal.errors import Sentence

TOLD_AGAIN_S = 3600.0  # who comes on duty meanwhile reads once why the lamp is out
WAITING_MAX = 8  # nobody reads more of them in the morning; log and queue have them all
TOLD_MAX = 64  # of sentences that name an image there is no end

News = tuple[str, Sentence]
"""Of which destination, and what."""


@dataclass(frozen=True)
class Told:
    at_s: float
    passes: bool


@dataclass
class LineNews:
    clock: Clock
    _waiting: dict[News, bool] = field(default_factory=dict, init=False)
    """In the order they came; whether it is over once an image comes through."""
    _told: dict[News, Told] = field(default_factory=dict, init=False)
    """The newest last."""

    def hear(self, destination: str, sentence: Sentence, *, passes: bool = False) -> None:
        news = (destination, sentence)
        told = self._told.get(news)
        if told is None or self.clock.monotonic_s() >= told.at_s + TOLD_AGAIN_S:
            self._waiting[news] = passes
            _keep_newest(self._waiting, WAITING_MAX)

    def came_through(self, destination: str) -> frozenset[Sentence]:
        """An image did: what was told of this destination and is true no longer."""
        over = {one[1] for one, told in self._told.items() if one[0] == destination and told.passes}
        self._told = {one: told for one, told in self._told.items() if one[0] != destination}
        for news in [one for one, passes in self._waiting.items() if passes]:
            if news[0] == destination:
                del self._waiting[news]
        return frozenset(over - {sentence for _, sentence in self._told})

    @property
    def waits(self) -> bool:
        """Something does, to be told."""
        return bool(self._waiting)

    def take(self) -> Sentence:
        """The next one, where one waits; it counts as told."""
        news = next(iter(self._waiting))
        self._told.pop(news, None)
        self._told[news] = Told(self.clock.monotonic_s(), self._waiting.pop(news))
        _keep_newest(self._told, TOLD_MAX)
        return news[1]


def _keep_newest(known: dict[News, Any], count_max: int) -> None:
    while len(known) > count_max:
        del known[next(iter(known))]
