"""What faults do to the world beyond the errors that calls get: to the disk, the clock, the orders.

Each fault has its own chance, which its trigger brings along.
"""

from collections.abc import Callable

from hal.storage_array import ArrayState
from sim.faults import MIB, Fault
from sim.kernel import Kernel
from sim.kernel_runtime import BEGAN
from sim.mischief import DAY_S, Trigger
from sim.node_life import NodeLife, Outside

SLOW_S = (0.1, 60.0)  # a drive's own retries, up to the bus's reset
STEP_S = 3600.0
YEARS_MAX = 20
YEAR_S = 365.25 * DAY_S
NO_BATTERY_S = -BEGAN.timestamp()  # the clock begins at 1970
FULL_LEAVES = (0, 100_000, 2 * MIB, 2 * MIB + 600_000)
"""Bytes: none, less than a film with its transaction, the store's reserve, and just above what
it asks for before a film is fed."""


class Surroundings:
    def __init__(
        self, kernel: Kernel, outside: Outside, life: Callable[[], NodeLife | None]
    ) -> None:
        self.harmed: set[str] = set()
        """Files that rotted on both legs, or of which an fsync lied: they may be lost."""
        self.begins: dict[Fault, Callable[[Trigger, str], None]] = {
            Fault.DISK_FULL: self._fill_up,
            Fault.SPACE_LOW: self._make_short,
            Fault.DISK_SLOW: self._wait,
            Fault.ROT_BOTH: self._rot,
            Fault.SYNC_LIES: self._lie,
            Fault.CLOCK_STEP: self._step,
            Fault.CLOCK_YEARS: self._set_wrong,
            Fault.NO_BATTERY: self._begin_in_1970,
            Fault.WORKLIST_CHANGES: self._change_orders,
            Fault.ARRAY: self._lose_leg,
        }
        self.ends: dict[Fault, Callable[[], None]] = {
            Fault.DISK_FULL: self._make_room,
            Fault.SPACE_LOW: self._make_room,
            Fault.CLOCK_YEARS: self._set_right,
            Fault.NO_BATTERY: self._set_right,
            Fault.ARRAY: self._mirror_again,
        }
        self._kernel = kernel
        self._outside = outside
        self._life = life

    def heal(self) -> None:
        self._make_room()
        self._set_right()

    def _fill_up(self, trigger: Trigger, _: str) -> None:
        self._leave_free(trigger.chance.choice(FULL_LEAVES))

    def _make_short(self, trigger: Trigger, _: str) -> None:
        """Between the reserve with a film's room and what starts eviction."""
        life = self._life()
        if life is not None:
            below_bytes = life.evict_below_bytes
            self._leave_free(int(trigger.chance.uniform(2.6 * MIB, max(2.7 * MIB, below_bytes))))

    def _leave_free(self, free_bytes: int) -> None:
        life = self._life()
        if life is not None:
            taken_bytes = life.disk.free_bytes() - free_bytes
            self._outside.others_bytes = max(0, self._outside.others_bytes + taken_bytes)

    def _make_room(self) -> None:
        self._outside.others_bytes = 0

    def _wait(self, trigger: Trigger, _: str) -> None:
        self._kernel.wait(None, trigger.chance.uniform(*SLOW_S))

    def _rot(self, trigger: Trigger, _: str) -> None:
        """Of an image that is whole and lies there; one that rots before is another fault."""
        life = self._life()
        paths = [path for path in life.disk.paths if path.endswith(".dcm")] if life else []
        if life is not None and paths:
            path = trigger.chance.choice(paths)
            self.harmed.add(path)
            size_bytes = life.disk.size_bytes(path)
            if not size_bytes:
                return  # an fsync lied, and a cut took all of it
            life.disk.rot(path, trigger.chance.randrange(size_bytes))
            self._kernel.say("disk", "rots", path)

    def _lie(self, _: Trigger, path: str) -> None:
        """Of a file, or of the names in a folder."""
        self.harmed.add(path.removesuffix(".part"))
        life = self._life()
        if life is not None:
            self.harmed.update(each for each in life.disk.paths if each.startswith(f"{path}/"))

    def _step(self, trigger: Trigger, _: str) -> None:
        self._outside.wall.offset_s = trigger.chance.uniform(-STEP_S, STEP_S)

    def _set_wrong(self, trigger: Trigger, _: str) -> None:
        self._outside.wall.offset_s = trigger.chance.uniform(-YEARS_MAX, YEARS_MAX) * YEAR_S

    def _begin_in_1970(self, _: Trigger, __: str) -> None:
        self._outside.wall.offset_s = NO_BATTERY_S - self._kernel.now_s

    def _set_right(self) -> None:
        self._outside.wall.offset_s = 0.0

    def _change_orders(self, trigger: Trigger, _: str) -> None:
        """Another order of the orders; one of them is done elsewhere, or comes again."""
        book, chance = self._outside.book, trigger.chance
        orders = list(book.written)
        chance.shuffle(orders)
        book.orders = tuple(orders[: chance.randint(max(0, len(orders) - 1), len(orders))])

    def _lose_leg(self, trigger: Trigger, _: str) -> None:
        if self._outside.array is not None:
            state = trigger.chance.choice((ArrayState.DEGRADED, ArrayState.REBUILDING))
            self._outside.array.state = state

    def _mirror_again(self) -> None:
        if self._outside.array is not None:
            self._outside.array.state = ArrayState.HEALTHY
