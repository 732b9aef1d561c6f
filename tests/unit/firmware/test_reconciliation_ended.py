"""The worker may be killed anywhere: it ends the same."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from sqlite3 import Connection

import pytest

from firmware.index.database import Database
from firmware.store import superseded_path
from hal.errors import Sentence, StorageFailed
from hal.values import Uid
from sim.disk import AllOrNothing
from tests.unit.dicom.films import ORDER, PATIENT
from tests.unit.firmware.reconciling import (
    STUDY,
    Killed,
    World,
)
from tests.unit.firmware.small_films import PIXELS

WHY = Sentence("It failed.", "Échec.")


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


def test_a_successor_that_was_evicted_before_it_was_proven_is_fetched_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seed 40899: adopted at a start, sent, committed and evicted, while the disk failed to read
    the original; the correction looked for a file that was not there, for ever."""
    old = ask_for_two(world)
    with monkeypatch.context() as patched:
        patched.setattr(world.corrections, "record", killed)
        with pytest.raises(Killed):
            world.work()
    world.start_again(None)
    (row,) = world.database.rows(
        "SELECT sop_instance_uid, path FROM instance"
        " JOIN correction ON successor = sop_instance_uid WHERE correction.instance = ?",
        (old[0],),
    )
    world.database.connection.execute(
        "UPDATE instance SET condition = 'evicted' WHERE sop_instance_uid = ?",
        (row["sop_instance_uid"],),
    )
    world.disk.rename(row["path"], "elsewhere")
    world.work()
    assert [one["instance"] for one in world.database.rows("SELECT instance FROM fetch")] == [
        row["sop_instance_uid"]
    ]
    world.disk.rename("elsewhere", row["path"])
    world.database.connection.execute(
        "UPDATE instance SET condition = 'good' WHERE condition = 'evicted'"
    )
    world.work()
    check_end(world, old)


def killed(*_: object) -> bool:
    raise Killed


def test_a_file_that_could_not_be_put_aside_is_so_at_the_next_step(world: World) -> None:
    """Seed 40960: the row named the new place, and the note was looked for there until a start."""
    old = ask_for_two(world)
    failing = {superseded_path(uid) for uid in old}

    def before(effect: tuple[str, str]) -> None:
        if effect[0] == "rename" and effect[1] in failing:
            failing.remove(effect[1])
            raise StorageFailed(WHY)

    world.disk.before = before
    for _ in old:
        with pytest.raises(StorageFailed):
            world.work()
    world.work()
    check_end(world, old)
    for uid in old:
        assert world.disk.size_bytes(superseded_path(uid)) is not None
