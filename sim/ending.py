"""How a world ends: nothing fails any more, and all that waits has to get through.

Then the node is stopped, its power is cut, and what it said has to be there at one more start.
"""

from typing import Protocol

from sim.checker.checker import AT_THE_END, Checker
from sim.checker.index import OpenRow, open_requests, open_rows
from sim.disk import AllOrNothing
from sim.kernel import FOR_EVER, Kernel
from sim.node_life import NodeLife, Remains

DAY_S = 86_400.0
LOOK_S = 1800.0
START_MAX_S = DAY_S
DRAIN_MAX_S = 14 * DAY_S
"""The longest pauses of firmware: 6 h between two tries, a day after a refusal, and 64 times
`commitment_silence_s` until a question is put again."""
HELD = "held"
GETS_THROUGH = "what waits gets through once all works again"


class Ended(Protocol):
    """The world, for its last days."""

    @property
    def kernel(self) -> Kernel: ...

    @property
    def checker(self) -> Checker: ...

    @property
    def life(self) -> NodeLife | None: ...

    @property
    def kept_plate(self) -> int | None:
        """Whose image the cassette reader keeps."""

    def end_supply(self) -> None:
        """No life begins by itself any more."""

    def begin(self, remains: Remains) -> NodeLife: ...


class Ending:
    def __init__(self, world: Ended) -> None:
        self._world = world
        self._kernel = world.kernel
        self._checker = world.checker

    def run(self) -> None:
        """A task of the world, once everything is healed."""
        life = self._started() and self._drained()
        if life is None:
            return
        self._look(life)
        self._world.end_supply()
        self._stop(life)
        last = self._world.begin(life.left_by(AllOrNothing(survives=False)))
        if not self._kernel.wait(last.ready, START_MAX_S):
            self._checker.violate("the node starts", f"not after its end: {last.start_failure}")
            return
        self._look(last)
        self._stop(last)

    def _started(self) -> NodeLife | None:
        until_s = self._kernel.now_s + START_MAX_S
        while self._kernel.now_s < until_s:
            life = self._world.life
            if life is not None and life.is_started:
                return life
            self._kernel.wait(None, LOOK_S)
        self._checker.violate("the node starts", "not within a day of all being well")
        return None

    def _drained(self) -> NodeLife | None:
        """The life in which everything got through. One may end by itself meanwhile."""
        until_s = self._kernel.now_s + DRAIN_MAX_S
        rows: list[OpenRow] = []
        is_corrected = False
        while self._kernel.now_s < until_s:
            life = self._world.life
            if life is not None and life.is_started:
                rows = self._checker.can_get_through(open_rows(life.folder))
                is_corrected = not self._checker.can_be_corrected(open_requests(life.folder))
                if not rows and is_corrected and self._reader_is_empty():
                    self._checker.known.seen.drained += 1
                    return life
                if any(state == HELD for _, _, state, _ in rows):
                    life.release_held()
            self._kernel.wait(None, LOOK_S)
        if not rows and not is_corrected:
            self._checker.violate(GETS_THROUGH, "a correction waits")
            return None
        if not rows:
            kept = f"the reader keeps plate {self._world.kept_plate}"
            self._checker.violate(GETS_THROUGH, kept)
            return None
        uid, destination, state, _ = rows[0]
        detail = f"{len(rows)} images wait, {uid} is {state} at {destination}"
        self._checker.violate(GETS_THROUGH, detail)
        return None

    def _reader_is_empty(self) -> bool:
        """Or keeps what the node must not call durable: its file was reached by a fault."""
        kept = self._world.kept_plate
        return kept is None or self._checker.is_harmed(kept)

    def _look(self, life: NodeLife) -> None:
        self._checker.look(life.disk, life.folder, AT_THE_END, whole=True)
        self._checker.power_off(life.shore.lock_waits)

    def _stop(self, life: NodeLife) -> None:
        life.begin_to_stop()
        self._kernel.wait(life.life.over, FOR_EVER)
