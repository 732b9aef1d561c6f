"""A rejected image that had been corrected: the checker looks for it under every UID it has had."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from firmware.events import Rejected
from hal.values import Uid
from sim.checker.checker import Checker, Circumstances
from sim.checker.decisions import (
    what_was_put_aside_is_not_sent,
    what_was_told_not_sent_is_at_no_archive,
)
from sim.checker.index import read_index
from sim.checker.look import Digests, Look
from sim.kernel import Kernel
from sim.scheduled_memory import ArchiveMemory
from sim.trace import Trace
from tests.unit.firmware.test_reconciliation_rejected import Room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "index.sqlite3")
    yield made
    made.database.close()


def arrives(memory: ArchiveMemory, uid: Uid) -> None:
    """After all that was said."""
    memory.offered[uid] = 1.0
    memory.bodies[uid] = []


def look_at(room: Room, checker: Checker, memory: ArchiveMemory) -> Look:
    return Look(
        disk=room.disk,
        index=read_index(room.path.parent, 0, whole=False),
        known=checker.known,
        archives={"NEAR": memory},
        harmed=(),
        thrown_away=(),
        digests=Digests(),
        found=(),
    )


@pytest.mark.parametrize("may_have_come", [False, True])
def test_what_is_in_its_place_goes_nowhere_either(room: Room, may_have_come: bool) -> None:
    old = room.scan_at_panel(1)
    new = room.corrected(old)
    checker = Checker(Kernel(Random(1), Trace()), {}, Circumstances())
    checker.power_on(room.disk, room.path.parent)
    checker.known.may_reject.add(old)
    checker.hear(Rejected(old, "motion", was_sent=False, may_have_come=may_have_come))
    memory = ArchiveMemory()
    look = look_at(room, checker, memory)
    assert not [*what_was_put_aside_is_not_sent(look)]
    arrives(memory, new)
    assert [new in one for one in what_was_put_aside_is_not_sent(look)] == [True]
    told = [*what_was_told_not_sent_is_at_no_archive(look)]
    assert [new in one for one in told] == ([] if may_have_come else [True])


@pytest.mark.parametrize(("was_sent", "is_being_sent"), [(True, False), (False, True)])
def test_what_was_said_to_be_sent_may_be_there(
    room: Room, was_sent: bool, is_being_sent: bool
) -> None:
    old = room.scan_at_panel(1)
    new = room.corrected(old)
    checker = Checker(Kernel(Random(1), Trace()), {}, Circumstances())
    checker.power_on(room.disk, room.path.parent)
    checker.known.may_reject.add(old)
    checker.hear(Rejected(old, "motion", was_sent=was_sent, is_being_sent=is_being_sent))
    memory = ArchiveMemory()
    arrives(memory, new)
    look = look_at(room, checker, memory)
    assert not [*what_was_put_aside_is_not_sent(look)]
    assert not [*what_was_told_not_sent_is_at_no_archive(look)]
