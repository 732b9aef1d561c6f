"""The worker may be killed anywhere: it ends the same."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from sqlite3 import Connection

import pytest

from firmware.index.database import Database
from firmware.store import superseded_path
from hal.values import Uid
from sim.disk import AllOrNothing
from tests.unit.dicom.films import ORDER, PATIENT
from tests.unit.firmware.reconciling import (
    STUDY,
    Killed,
    World,
)
from tests.unit.firmware.small_films import PIXELS


@pytest.mark.parametrize(
    ("lives", "cut"),
    [(1, None), (3, None), (1, AllOrNothing(False)), (1, AllOrNothing(True))],
    ids=["killed", "killed again and again", "power cut", "power cut, all survived"],
)
def test_ended_at_each_of_its_effects_it_ends_the_same(
    tmp_path: Path, lives: int, cut: AllOrNothing | None
) -> None:
    """By a kill or a power cut, `lives` times at the same effect: going on is interrupted too."""
    came_to_its_end, effect = False, 0
    while not came_to_its_end:
        world = World(tmp_path / f"{effect}.sqlite3")
        old = ask_for_two(world)
        came_to_its_end = ended_at(world, effect)
        for _ in range(lives - 1):
            world.start_again(cut)
            ended_at(world, effect)
        world.start_again(cut)
        world.work()
        check_end(world, old)
        world.database.close()
        effect += 1
    assert effect > 20


def ended_at(world: World, effect: int) -> bool:
    """One life that ends before its effect of this number; True: it came to its end."""
    count = 0

    def before(_: tuple[str, str]) -> None:
        nonlocal count
        count += 1
        if count > effect:
            raise Killed

    world.disk.before = before
    try:
        world.work()
    except Killed:
        return False
    finally:
        world.disk.before = lambda _: None
    return True


def test_ended_before_each_of_its_transactions_it_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the transaction had never been; the files of before it are there."""
    came_to_its_end, left = False, 0
    while not came_to_its_end:
        world = World(tmp_path / f"{left}.sqlite3")
        old = ask_for_two(world)
        with monkeypatch.context() as patched:
            patched.setattr(world.database, "transaction", last_of(world.database, left))
            try:
                world.work()
                came_to_its_end = True
            except Killed:
                pass
        world.start_again(None)
        world.work()
        check_end(world, old)
        world.database.close()
        left += 1
    assert left > 5


def last_of(database: Database, count: int) -> Callable[[], AbstractContextManager[Connection]]:
    transaction, begun = database.transaction, 0

    def counted() -> AbstractContextManager[Connection]:
        nonlocal begun
        begun += 1
        if begun > count:
            raise Killed
        return transaction()

    return counted


def ask_for_two(world: World) -> list[Uid]:
    old = [world.scan(1), world.scan(2)]
    world.send("NEAR")
    world.desk.reconcile(STUDY, ORDER, "Mme Martin")
    return old


def check_end(world: World, old: list[Uid]) -> None:
    successors = world.successors()
    assert set(successors) == set(old)
    for uid in old:
        new = world.read(successors[uid])
        assert new.PatientID == PATIENT.patient_id
        assert new.PixelData == PIXELS == world.read(uid).PixelData
        assert world.states(uid) == {"FAR": "withdrawn", "NEAR": "sent"}
        assert world.states(successors[uid]) == {"FAR": "queued", "NEAR": "queued"}
        assert world.disk.size_bytes(superseded_path(uid)) is not None
    rows = world.database.rows("SELECT path, size_bytes, sha256, condition FROM instance")
    assert len(rows) == 2 * len(old) + 1  # the note
    for row in rows:
        with world.disk.open(row["path"]) as file:
            assert hashlib.sha256(file.read()).hexdigest() == row["sha256"]
    assert sorted(row["condition"] for row in rows) == ["good"] * 3 + ["superseded"] * 2
    (note,) = world.database.rows("SELECT note FROM reconciliation WHERE ended_at IS NOT NULL")
    assert world.states(note["note"])["NEAR"] == "queued"
