"""Every kind of fault strikes where it says, raises what the driver there would, and is counted."""

from functools import partial
from random import Random

import pytest

from hal.errors import (
    DeviceMisbehaved,
    DeviceNeedsOperator,
    DeviceUnavailable,
    PeerRetryable,
    ScanCancelled,
    StorageFailed,
)
from sim.disk import ShortWrite, SyncLied
from sim.fault_errors import (
    ERRORS,
    FrameSpoilt,
    NotErasedBefore,
    PressLost,
    PressTwice,
    RowsEnd,
    RowsSkipped,
)
from sim.faults import SPECS, Call, Fault
from sim.kernel import Kernel
from sim.mischief import DAY_S, Mischief, Trigger
from sim.trace import Trace

ENDS_OF_LIVES = {Fault.CUT, Fault.KILL, Fault.RESTART}
CALLS_MAX = 100_000
RAISES: dict[Fault, type[Exception]] = {
    Fault.FILE_IO: StorageFailed,
    Fault.FILE_SYNC: StorageFailed,
    Fault.FOLDER_SYNC: StorageFailed,
    Fault.FILE_READ: StorageFailed,
    Fault.SHORT_WRITE: ShortWrite,
    Fault.INDEX_IO: StorageFailed,
    Fault.INDEX_SYNC: StorageFailed,
    Fault.SYNC_LIES: SyncLied,
    Fault.UNPLUGGED: DeviceUnavailable,
    Fault.COVER: DeviceNeedsOperator,
    Fault.LAMP: DeviceMisbehaved,
    Fault.JAM: DeviceMisbehaved,
    Fault.NAK: DeviceMisbehaved,
    Fault.ROWS_SHORT: RowsEnd,
    Fault.ROWS_LOST: RowsSkipped,
    Fault.STOPPED_THERE: ScanCancelled,
    Fault.PRESS_LOST: PressLost,
    Fault.PRESS_TWICE: PressTwice,
    Fault.PANEL: DeviceUnavailable,
    Fault.WORKLIST_AWAY: PeerRetryable,
    Fault.READER_AWAY: DeviceUnavailable,
    Fault.READER_NOISE: FrameSpoilt,
    Fault.PLATE_USED: NotErasedBefore,
}


class World:
    """Just enough of one: what a kind does beyond raising is noted."""

    def __init__(self, *kinds: Fault, seed: int = 1) -> None:
        self.kernel = Kernel(Random(seed), Trace())
        self.begun: list[Fault] = []
        self.ended: list[Fault] = []
        self.mischief = Mischief(
            self.kernel,
            kinds,
            lambda name: Random(f"{seed} {name}"),
            dict.fromkeys(kinds, self._begin),
            {kind: partial(self.ended.append, kind) for kind in kinds},
        )

    def _begin(self, trigger: Trigger, _: str) -> None:
        self.begun.append(trigger.kind)

    def call(self, call: Call) -> None:
        strike = self.mischief.strikes.get(call)
        if strike is not None:
            strike("")

    def calls_until_it_raises(self, call: Call) -> tuple[int, Exception]:
        for number in range(CALLS_MAX):
            try:
                self.call(call)
            except Exception as error:  # noqa: BLE001 -- asserted on
                return number, error
        raise AssertionError(f"{call} never failed")


def by_call() -> list[tuple[Fault, Call]]:
    return [(kind, call) for kind in ERRORS for call in SPECS[kind].calls]


def test_every_kind_is_described() -> None:
    assert set(SPECS) | ENDS_OF_LIVES == set(Fault)
    assert set(ERRORS) == set(RAISES)


@pytest.mark.parametrize(("kind", "call"), by_call(), ids=str)
def test_a_kind_strikes_at_its_calls_and_is_counted(kind: Fault, call: Call) -> None:
    world = World(kind)
    _, error = world.calls_until_it_raises(call)
    assert type(error) is RAISES[kind]
    assert world.mischief.struck == {kind.value: 1}
    assert world.begun == [kind]


@pytest.mark.parametrize("kind", [kind for kind, spec in SPECS.items() if spec.days])
def test_a_kind_strikes_by_time(kind: Fault) -> None:
    world = World(kind)
    world.kernel.run(200 * DAY_S)
    often = world.mischief.struck[kind.value]
    assert 200 / (max(SPECS[kind].days) + SPECS[kind].lasts_s[1] / DAY_S) / 3 < often
    assert often < 200 / min(SPECS[kind].days) * 3


def test_one_in_so_many_calls_fails_on_average() -> None:
    world = World(Fault.NAK)
    count = 0
    for _ in range(20_000):
        try:
            world.call(("scanner", "scan"))
        except DeviceMisbehaved:
            count += 1
    low, high = min(SPECS[Fault.NAK].every), max(SPECS[Fault.NAK].every)
    assert 20_000 / high / 1.5 < count < 20_000 / low * 1.5


def test_a_fault_that_lasts_is_there_at_every_call_until_its_time_is_over() -> None:
    world = World(Fault.UNPLUGGED)
    world.calls_until_it_raises(("scanner", "rows"))
    with pytest.raises(DeviceUnavailable):
        world.call(("scanner", "identify"))
    world.kernel.run(SPECS[Fault.UNPLUGGED].lasts_s[1])
    assert world.ended == [Fault.UNPLUGGED]
    world.call(("scanner", "identify"))


def test_a_person_puts_it_right_before() -> None:
    world = World(Fault.COVER)
    world.calls_until_it_raises(("scanner", "rows"))
    world.mischief.mend(Fault.COVER)
    assert world.ended == [Fault.COVER]


def test_one_kinds_draws_do_not_shift_anothers() -> None:
    call = ("scanner", "scan")
    alone, _ = World(Fault.NAK).calls_until_it_raises(call)
    beside, _ = World(Fault.NAK, Fault.FILE_IO, Fault.CLOCK_STEP).calls_until_it_raises(call)
    assert alone == beside


def test_what_is_not_enabled_never_strikes() -> None:
    world = World(Fault.CLOCK_STEP)
    assert world.mischief.strikes == {}
    world.mischief.begin(Fault.NO_BATTERY)
    assert world.mischief.struck == {}


def test_all_ends_for_good() -> None:
    world = World(*SPECS)
    world.calls_until_it_raises(("scanner", "rows"))
    world.kernel.run(30 * DAY_S)
    world.mischief.end()
    before = dict(world.mischief.struck)
    world.kernel.run(200 * DAY_S)
    world.mischief.begin(Fault.NO_BATTERY)
    for spec in SPECS.values():
        for call in spec.calls:
            world.call(call)
    assert world.mischief.struck == before
    assert {kind for kind in world.begun if SPECS[kind].lasts_s[1]} == set(world.ended)
