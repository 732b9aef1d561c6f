"""Trouble that is no power cut: the index gone, a bit rotten, the disk full. On the model disk."""

from collections.abc import Callable
from pathlib import Path

from firmware.acquisition import HEADER_BYTES_MAX
from firmware.retrieval import REFUSED_S
from tests.chaos import workload
from tests.chaos.explore import scratch
from tests.chaos.invariants import (
    Violation,
    recovered,
    the_archive_has_the_same_bytes,
    violations,
    what_is_sent_was_accepted,
)
from tests.chaos.model import World
from tests.chaos.node_under_test import running
from tests.unit.dicom.test_returned import data_set_of

ROTTEN_BYTE = 3000  # in the pixels: a file's head is looked at anyway
UNDISTURBED = "a scan that nothing disturbs is stored"
RESTORED = "what is restored is what was stored"
ROOM_BYTES = HEADER_BYTES_MAX + 40_000  # as much as is asked for ahead of a film, and for a few


def the_index_is_lost(folder: Path) -> list[Violation]:
    """Files are the truth: whatever was called stored is adopted again."""
    world = World(folder)
    workload.run(world.site, world.outside, evicting=False)
    for file in folder.glob("index*"):
        file.unlink()
    return recovered(world.site, world.outside.known)


def a_file_rots_before_it_is_sent(folder: Path) -> list[Violation]:
    """It is not sent, and the others are."""
    world = World(folder)
    with running(world.site, world.outside, 1) as node:
        node.scan(1)
        node.scan(2)
        paths = [row["path"] for row in node.rows("SELECT path FROM instance ORDER BY stored_at")]
        if len(paths) != 2:
            return [Violation(UNDISTURBED, f"{len(paths)} of 2 were")]
        if world.disk.size_bytes(paths[0]) is None:
            return [Violation(UNDISTURBED, f"{paths[0]} is not there")]
        world.disk.rot(paths[0], ROTTEN_BYTE)
        node.drain()
        known = world.outside.known
        found = [
            *the_archive_has_the_same_bytes(node, known),
            *what_is_sent_was_accepted(node, known),
        ]
        if len(known.received) != 1:
            found.append(f"{len(known.received)} images reached the archive")
    return [Violation("what rots is not sent", detail) for detail in found]


def the_disk_is_full(folder: Path) -> list[Violation]:
    """The film that has no room is refused; what is stored is not harmed; room makes it well."""
    world = World(folder)
    with running(world.site, world.outside, 1) as node:
        node.scan(1)
        world.disk.capacity_bytes -= world.disk.free_bytes() - ROOM_BYTES
        while node.scan(2):
            pass
        found = violations(node, world.outside.known)
        world.disk.capacity_bytes *= 100
    return found or recovered(world.site, world.outside.known)


def an_archive_gives_back_another_image(folder: Path) -> list[Violation]:
    """One bit of it is. It is not put in the place of the one that was lost; the right one is."""
    world = World(folder)
    with running(world.site, world.outside, 1) as node:
        node.scan(1)
        node.drain()
        ((path,),) = node.rows("SELECT path FROM instance")
        with world.disk.open(path) as file:
            whole = file.read()
        world.disk.remove(path)
        node.step("scrub")
        right = data_set_of(whole)
        node.archive.gives_back = right[:-1] + bytes([right[-1] ^ 1])
        node.step("retrieval")
        if world.disk.size_bytes(path) is not None:
            return [Violation(RESTORED, f"{path} is what the archive gave, and not what was lost")]
        node.archive.gives_back = right
        node.clock.sleep(REFUSED_S)
        node.step("retrieval")
        if world.disk.size_bytes(path) is None:
            return [Violation(RESTORED, f"{path} was given back whole, and is not there")]
        return violations(node, world.outside.known)


SCENARIOS: tuple[Callable[[Path], list[Violation]], ...] = (
    the_index_is_lost,
    a_file_rots_before_it_is_sent,
    the_disk_is_full,
    an_archive_gives_back_another_image,
)


def run(scenario: Callable[[Path], list[Violation]]) -> list[Violation]:
    with scratch() as folder:
        return scenario(folder / "mount")
