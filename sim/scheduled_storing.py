"""What a simulated archive does with an image that is sent to it, and what it answers."""

import hashlib
from dataclasses import dataclass

from drivers.dicom_address import Timeouts
from hal.values import Uid
from sim.received_film import read_film
from sim.scheduled_memory import Body
from sim.scheduled_state import ArchiveState

SUCCESS = 0x0000
DUPLICATE = 0x0111
PASSING = (0xA700, 0x0110, 0x0213)
LASTING = (0xA900, 0xC000, 0x0122, 0x0124)
WARNINGS = (0xB000, 0xB006, 0xB007)
"""PS3.4 table B.2-1, PS3.7 annex C."""
PATIENCE_S = Timeouts().response_s
"""The node's own: what comes later has not come."""


@dataclass(frozen=True)
class Answer:
    status: int | None
    """None: none comes, and the line is over."""
    after_s: float = 0.0


BROKEN = Answer(None)
SILENT = Answer(None, PATIENCE_S)


class Storing:
    def __init__(self, state: ArchiveState) -> None:
        self._state = state
        self._refused: dict[Uid, int] = {}

    def receive(self, uid: Uid, content: bytes, now_s: float) -> Answer:
        """An image that the node began to send."""
        state, habits = self._state, self._state.habits
        state.memory.offered[uid] = now_s
        if state.falls("breaks", habits.breaks_chance):
            return BROKEN
        if uid not in state.memory.bodies and state.falls("has another", habits.has_another_chance):
            self._have_another(uid, content, now_s)
        body = state.memory.came(uid, content, now_s)
        if state.falls("half open", habits.half_open_chance):
            if state.dice.of("half open").random() < 0.5:
                self._keep(uid, body, content)
            return SILENT
        status = self._refusal(uid)
        if status is None:
            status = self._take(uid, body, content, now_s)
            if state.falls("loses response", habits.loses_response_chance):
                return BROKEN
        return self._in_time(status)

    def forgive(self) -> None:
        """Whatever was wrong with them for it, it takes them now."""
        self._refused.clear()

    def _in_time(self, status: int) -> Answer:
        after_s = self._state.spread_s("response", self._state.habits.response_s)
        return SILENT if after_s >= PATIENCE_S else Answer(status, after_s)

    def _refusal(self, uid: Uid) -> int | None:
        state, habits = self._state, self._state.habits
        if state.falls("refuses for good", habits.refuses_for_good_chance):
            self._refused.setdefault(uid, state.dice.of("refuses for good").choice(LASTING))
        if uid in self._refused:
            return self._refused[uid]
        if state.falls("refuses", habits.refuses_chance):
            return state.dice.of("refuses").choice(PASSING)
        return None

    def _take(self, uid: Uid, body: Body, content: bytes, now_s: float) -> int:
        state, habits = self._state, self._state.habits
        held = state.memory.held.get(uid)
        if held is not None:
            other = held.sha256 != body.sha256
            return DUPLICATE if other or habits.says_duplicate else SUCCESS
        if state.falls("drops", habits.drops_chance):
            state.memory.was_lost(uid, now_s)
            state.say("drops it", uid)
        else:
            self._keep(uid, body, content)
        warns = state.falls("warns", habits.warns_chance)
        return state.dice.of("warns").choice(WARNINGS) if warns else SUCCESS

    def _have_another(self, uid: Uid, content: bytes, now_s: float) -> None:
        """The same film, other bytes: nothing but a comparison could tell."""
        other = bytearray(content)
        other[-1] ^= 1
        body = Body(hashlib.sha256(other).hexdigest(), len(other), read_film(other), now_s)
        self._keep(uid, body, bytes(other))
        self._state.memory.foreign[uid] = body

    def _keep(self, uid: Uid, body: Body, content: bytes) -> None:
        """The first body under a UID stays: an archive overwrites nothing."""
        if uid not in self._state.memory.held:
            self._state.memory.held[uid] = body
            self._state.shelf.put(uid, content)
