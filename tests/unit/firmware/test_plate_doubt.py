"""A code of somebody else while a plate is read: its image is held, whatever comes between."""

from dataclasses import replace

import pytest

from firmware.index.catalogue import Catalogue
from firmware.index.examinations import Examinations
from firmware.index.holding import DOUBTED
from firmware.moves import State
from firmware.panel_worker import CancelFlag
from firmware.plate_acquisition import DEVICE
from firmware.recording import Recording
from firmware.routing import everywhere
from hal.errors import (
    DeviceUnavailable,
)
from tests.plate_kit import ORDER, PLATE, Room


class Killed(BaseException):
    """The power went: no handler of ours has a word in it."""


def watched(room: Room, cancel: CancelFlag) -> None:
    """As on a node whose panel has doubts."""
    catalogue = Catalogue(room.database, room.clock, room.entropy)
    room.plates.reading.recording = Recording(
        DEVICE,
        catalogue,
        everywhere("ARCHIVE"),
        Examinations(room.database, room.clock),
        look_s=60.0,
        doubts=cancel.doubts,
    )


def held_because(room: Room) -> str:
    ((state, why),) = room.database.rows("SELECT state, last_error FROM outbox")
    assert state == State.HELD.value
    return str(why)


def cut_while_doubted(room: Room) -> None:
    """The line, after a code of somebody else was read while the plate was."""
    cancel = CancelFlag(doubted=ORDER)
    watched(room, cancel)
    room.line.cut_at_bytes = 50_000
    with pytest.raises(DeviceUnavailable):
        room.scan()
    room.line.mend()
    cancel.doubted = None  # the next SCAN


@pytest.mark.parametrize("restarted", [False, True], ids=["the next scan", "the next start"])
def test_a_doubted_plate_that_the_reader_kept_is_stored_held(room: Room, restarted: bool) -> None:
    cut_while_doubted(room)
    if restarted:
        room.close()
        room.open()
        watched(room, CancelFlag())
    room.plates.settle()
    assert held_because(room) == DOUBTED
    assert room.device.erased


def test_a_doubted_plate_is_held_though_the_power_went_before_its_row(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise Killed

    watched(room, CancelFlag(doubted=ORDER))
    monkeypatch.setattr(room.plates.reading.recording, "record", dies)
    with pytest.raises(Killed):
        room.scan()
    room.close()
    room.open()  # adopts the file
    assert held_because(room) == DOUBTED


def test_what_is_read_again_for_a_next_order_without_a_doubt_is_not_held(room: Room) -> None:
    cut_while_doubted(room)
    room.plates.settle()
    room.device.put_in(replace(PLATE, exposures=2))
    room.scan()
    states = [state for (state,) in room.database.rows("SELECT state FROM outbox ORDER BY rowid")]
    assert states == [State.HELD.value, State.QUEUED.value]
