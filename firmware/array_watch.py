"""Polls the array and says when something changed: the fault lamp and `status` live on this.

It looks only; what is to be done about it is a person's decision (`sapi-node array`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from firmware.array_report import array_report, unreadable_report
from firmware.array_troubles import ALL_WELL, Trouble, TroubleKind, troubles, unreadable
from firmware.events import ArrayChanged, Listener
from hal.errors import NodeError, Sentence
from hal.storage_array import ArrayStatus, StorageArray

Key = tuple[str, tuple[tuple[TroubleKind, str], ...]]
UNKNOWN = "unknown"


@dataclass
class ArrayWatch:
    array: StorageArray
    listener: Listener
    poll_s: float
    keep: Callable[[dict[str, Any]], None] = lambda _: None
    """Stores the last report where `sapi-node status` finds it."""
    _previous: ArrayStatus | None = field(default=None, init=False)
    _told: Key | None = field(default=None, init=False)

    def step(self) -> float:
        try:
            self._compare(self.array.status())
        except NodeError as error:
            found = unreadable(error.sentence)
            self.keep(unreadable_report(found))
            self._tell(UNKNOWN, (found,))
        return self.poll_s

    def _compare(self, status: ArrayStatus) -> None:
        found = troubles(status, self._previous)
        self._previous = status
        self.keep(array_report(status, found))
        self._tell(status.state.value, found)

    def _tell(self, state: str, found: tuple[Trouble, ...]) -> None:
        """Once for each change of what is wrong; rising errors each time they rise."""
        key = (state, tuple((each.kind, each.member) for each in found))
        rising = any(each.kind is TroubleKind.ERRORS_RISING for each in found)
        if key == self._told and not rising:
            return
        healthy_at_first = self._told is None and not found
        self._told = key
        if not healthy_at_first:
            self.listener(ArrayChanged(state, _worst(found), bool(found)))


def _worst(found: tuple[Trouble, ...]) -> Sentence:
    return found[0].sentence if found else ALL_WELL
