"""A code of somebody else during a scan, and the power goes when the image has just been stored."""

from collections.abc import Callable

import pytest

from firmware.config_panel import PanelSection
from firmware.events import Event, RowsArrived, Stored
from firmware.index.entry import Entry
from firmware.index.holding import DOUBTED
from firmware.moves import State
from firmware.panel_workflow import SAID, Action
from hal.values import Order, Uid
from tests.node.conftest import World
from tests.peers import wait_until

LOOK_S = 120.0


class CutAfterStoring(Exception):
    """Nobody, the panel least of all, hears that it was stored."""


def reading_a_code(world: World, stored: list[Uid]) -> Callable[[Event], None]:
    """The acquisition's listener: a code of nobody at the first rows, the cut at the end."""
    tell = world.node.tell

    def listener(event: Event) -> None:
        if isinstance(event, Stored):
            stored.append(event.sop_instance_uid)
            raise CutAfterStoring
        if isinstance(event, RowsArrived) and SAID[Action.SAY_DOUBT] not in world.panel.shown:
            world.node._codes.put("NOBODYS")
            said = SAID[Action.SAY_DOUBT]
            wait_until(lambda: said in world.panel.shown, "the code is said to be another's")
        tell(event)

    return listener


def test_the_image_is_held_from_the_moment_it_is_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = PanelSection(look_s=LOOK_S)
    world.config = world.config.model_copy(update={"panel": panel})
    world.open_archive()
    world.start()
    stored: list[Uid] = []
    with monkeypatch.context() as patched:
        patched.setattr(world.node.acquisition, "listener", reading_a_code(world, stored))
        world.press()
        wait_until(lambda: bool(stored), "it is stored")
        world.stop_node()
    world.devices.close()
    world.open_devices()
    world.start()
    world.clock.sleep(10 * LOOK_S)
    (uid,) = stored
    wait_until(lambda: verdict(world, uid) == "timed out", "the look is over")
    assert world.standing(uid).state is State.HELD
    assert world.standing(uid).last_error == DOUBTED
    assert world.in_archive() == set()
    world.release(uid)
    wait_until(lambda: world.in_archive() == {uid}, "a person let it go")


def test_the_image_is_held_though_the_power_went_before_its_row_was_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[Uid] = []

    def cut(_: Order, entry: Entry, *__: object) -> None:
        published.append(entry.sop_instance_uid)
        raise CutAfterStoring

    world.open_archive()
    world.start()
    with monkeypatch.context() as patched:
        patched.setattr(world.node.acquisition, "listener", reading_a_code(world, []))
        patched.setattr(world.node.acquisition, "_record", cut)
        world.press()
        wait_until(lambda: bool(published), "it is published")
        world.stop_node()
    world.devices.close()
    world.open_devices()
    world.start()
    (uid,) = published
    assert world.standing(uid).state is State.HELD
    assert world.standing(uid).last_error == DOUBTED
    world.release(uid)
    wait_until(lambda: world.in_archive() == {uid}, "a person let it go")


def verdict(world: World, uid: Uid) -> str:
    (row,) = world.node._database().rows("SELECT verdict FROM looked_at WHERE instance = ?", (uid,))
    return str(row["verdict"])
