"""What a node does in a day, in a tenth of a second: the same for every disk it is tried on."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress

from firmware.panel_workflow import Action
from hal.errors import NodeError
from tests.chaos.node_under_test import NodeUnderTest, Site, running
from tests.chaos.outside import Outside

Step = Callable[[NodeUnderTest], object]


def _archive_breaks_off(node: NodeUnderTest) -> None:
    node.archive.answers_max = 1
    node.step("forwarder")
    node.archive.answers_max = 1_000_000


def _asked_in_vain(node: NodeUnderTest) -> None:
    """The report comes much later: what the index says meanwhile is in many crash states."""
    node.archive.says_nothing = True
    node.step("commitment")
    node.archive.says_nothing = False


def _checkpoint(node: NodeUnderTest) -> None:
    """SQLite does so by itself every 1000 pages: here a day is shorter. Then too, nobody hears
    of its failure: the log goes on growing until one succeeds.

    From here on the log is written over and no longer grows, so that its fdatasync makes nothing
    durable but itself: while it grows, ext4 commits all names with it and hides a missing fsync.
    """
    with suppress(sqlite3.Error):
        node.rows("PRAGMA wal_checkpoint(PASSIVE)")


def _evict(node: NodeUnderTest) -> None:
    node.evict()


LIVES: tuple[tuple[Step, ...], ...] = (
    (
        lambda node: node.scan(1),
        lambda node: node.look(Action.ACCEPT),
        lambda node: node.scan(2),
        lambda node: node.look(Action.ACCEPT),
        _archive_breaks_off,
        _asked_in_vain,
        _checkpoint,
        lambda node: node.scan(3, cut_short=True),
        lambda node: node.scan(3),
        lambda node: node.look(Action.REJECT),
        lambda node: node.clock.sleep(30.0),
        lambda node: node.step("commitment"),
        lambda node: node.step("forwarder"),
    ),
    (
        lambda node: node.scan(4),
        _checkpoint,
        lambda node: node.step("commitment"),
        _evict,
        lambda node: node.scan(5),
        lambda node: node.look(Action.ACCEPT),
        lambda node: node.step("forwarder"),
        lambda node: node.step("commitment"),
    ),
)
"""Between two lives the node is stopped and started, so that its index is closed and opened."""


def run(site: Site, world: Outside, *, evicting: bool = True) -> None:
    for life, steps in enumerate(LIVES, start=1):
        with running(site, world, life) as node:
            for step in steps:
                if evicting or step is not _evict:
                    step(node)


def run_to_the_end(site: Site, world: Outside) -> None:
    """A node that cannot start says so, and that is an answer; whatever else it raises is not."""
    try:
        run(site, world)
    except NodeError:
        pass
    except Exception as error:  # noqa: BLE001 -- a bug, whatever it is, is what is looked for
        world.bugs.append(repr(error))
