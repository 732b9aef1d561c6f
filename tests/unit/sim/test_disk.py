"""What was synced is there after a power cut, and what was not need not be."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from hal.errors import Sentence, StorageFailed, StorageFull, StorageInUse
from sim.disk import AllOrNothing, Effect, ModelDisk, ShortWrite, SyncLied

NOTHING = AllOrNothing(survives=False)
EVERYTHING = AllOrNothing(survives=True)
FAULT = StorageFailed(Sentence("fault", "panne"))


@dataclass
class Torn:
    """Names survive; of the bytes `kept` do."""

    kept: int
    length: bool

    def name_survives(self) -> bool:
        return True

    def bytes_survive(self, unsynced_bytes: int) -> int:
        return min(self.kept, unsynced_bytes)

    def length_survives(self) -> bool:
        return self.length


@pytest.fixture
def disk() -> ModelDisk:
    made = ModelDisk()
    made.make_folders(["a/b"])
    return made


def written(disk: ModelDisk, path: str, data: bytes, *, sync: bool) -> None:
    with disk.create(path) as file:
        file.write(data)
        if sync:
            file.sync()


def content(disk: ModelDisk, path: str) -> bytes:
    with disk.open(path) as file:
        return file.read()


def test_a_file_without_its_folders_sync_has_no_name(disk: ModelDisk) -> None:
    written(disk, "a/b/f", b"data", sync=True)
    assert disk.crash(NOTHING).size_bytes("a/b/f") is None
    assert content(disk.crash(EVERYTHING), "a/b/f") == b"data"


def test_a_name_without_its_files_sync_has_no_bytes(disk: ModelDisk) -> None:
    written(disk, "a/b/f", b"data", sync=False)
    disk.sync_folder("a/b")
    assert content(disk.crash(NOTHING), "a/b/f") == b""
    assert content(disk.crash(Torn(2, length=False)), "a/b/f") == b"da"
    assert content(disk.crash(Torn(2, length=True)), "a/b/f") == b"da\0\0"


def test_both_synced_is_durable(disk: ModelDisk) -> None:
    written(disk, "a/b/f.part", b"data", sync=True)
    disk.rename("a/b/f.part", "a/b/f")
    disk.sync_folder("a/b")
    left = disk.crash(NOTHING)
    assert left.names("a/b") == ["f"]
    assert content(left, "a/b/f") == b"data"


def test_a_rename_in_one_folder_is_whole_or_did_not_happen(disk: ModelDisk) -> None:
    written(disk, "a/b/old", b"data", sync=True)
    disk.sync_folder("a/b")
    disk.rename("a/b/old", "a/b/new")
    assert disk.names("a/b") == ["new"]
    assert disk.crash(NOTHING).names("a/b") == ["old"]
    assert disk.crash(EVERYTHING).names("a/b") == ["new"]


def test_a_rename_between_folders_needs_both_synced(disk: ModelDisk) -> None:
    written(disk, "a/b/f", b"data", sync=True)
    disk.sync_folder("a/b")
    disk.rename("a/b/f", "a/f")
    disk.sync_folder("a/b")
    assert disk.crash(NOTHING).names("a/b") == []
    assert disk.crash(NOTHING).names("a") == [], "gone from one, not yet in the other"


def test_a_removal_comes_undone(disk: ModelDisk) -> None:
    written(disk, "a/b/f", b"data", sync=True)
    disk.sync_folder("a/b")
    disk.remove("a/b/f")
    assert disk.names("a/b") == []
    assert content(disk.crash(NOTHING), "a/b/f") == b"data"


def test_a_failed_sync_is_final_and_its_bytes_are_lost_whatever_follows(disk: ModelDisk) -> None:
    def fail_once(effect: Effect) -> None:
        if effect[0] == "sync":
            disk.before = lambda _: None
            raise FAULT

    with disk.create("a/b/f") as file:
        file.write(b"data")
        disk.before = fail_once
        with pytest.raises(StorageFailed):
            file.sync()
        with pytest.raises(StorageFailed):
            file.sync()
        with pytest.raises(StorageFailed):
            file.write(b"more")
    disk.sync_folder("a/b")
    assert content(disk, "a/b/f") == b"data", "the cache still shows it"
    assert content(disk.crash(EVERYTHING), "a/b/f") == b"\0\0\0\0"


def test_the_cache_outlives_a_killed_process_and_not_the_power(disk: ModelDisk) -> None:
    written(disk, "a/b/f", b"data", sync=False)
    disk.lock()
    next_one = disk.killed()
    next_one.lock()
    assert content(next_one, "a/b/f") == b"data"
    assert next_one.crash(NOTHING).size_bytes("a/b/f") is None
    with pytest.raises(StorageInUse):
        disk.lock()


def test_a_full_disk_takes_what_fits_and_says_so(disk: ModelDisk) -> None:
    disk.capacity_bytes = 6
    with disk.create("a/b/f") as file:
        file.write(b"data")
        with pytest.raises(StorageFull):
            file.write(b"more")
    assert content(disk, "a/b/f") == b"datamo"
    assert disk.free_bytes() == 0


def test_rot_is_silent(disk: ModelDisk) -> None:
    written(disk, "a/b/f", b"data", sync=True)
    disk.rot("a/b/f", 0)
    assert content(disk, "a/b/f") == b"eata"


def fails_at(what: str, error: Exception) -> Callable[[Effect], None]:
    def before(effect: Effect) -> None:
        if effect[0] == what:
            raise error

    return before


def test_a_short_write_leaves_half_and_fails_for_good(disk: ModelDisk) -> None:
    disk.before = fails_at("write", ShortWrite(FAULT.sentence))
    with disk.create("a/b/f") as file:
        with pytest.raises(StorageFailed):
            file.write(b"12345678")
        disk.before = lambda _: None
        with pytest.raises(StorageFailed):
            file.sync()
    assert disk.size_bytes("a/b/f") == 4


@pytest.mark.parametrize("what", ["sync", "sync_folder"])
def test_a_sync_that_lies_says_success_and_keeps_nothing(disk: ModelDisk, what: str) -> None:
    disk.before = fails_at(what, SyncLied())
    written(disk, "a/b/f", b"content", sync=True)
    disk.sync_folder("a/b")
    left = disk.crash(NOTHING)
    assert left.size_bytes("a/b/f") in (None, 0)


def test_what_else_lies_on_the_disk_takes_room_too(disk: ModelDisk) -> None:
    disk.capacity_bytes = 10
    disk.elsewhere_bytes = lambda: 7
    assert disk.free_bytes() == 3
    with disk.create("a/b/f") as file, pytest.raises(StorageFull):
        file.write(b"1234")
    assert disk.size_bytes("a/b/f") == 3


def test_what_is_not_there_is_a_storage_failure(disk: ModelDisk) -> None:
    for action in (
        lambda: disk.names("nowhere"),
        lambda: disk.rename("a/b/none", "a/b/f"),
        lambda: disk.create("nowhere/f").__enter__(),
        lambda: disk.open("a/b/none").__enter__(),
    ):
        with pytest.raises(StorageFailed):
            action()
    written(disk, "a/b/f", b"", sync=False)
    with pytest.raises(StorageFailed):
        disk.create("a/b/f").__enter__()
