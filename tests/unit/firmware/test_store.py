from pathlib import Path

import pytest
from xxhash import xxh3_128

from drivers.posix_disk import PosixDisk
from firmware.store import Store, path_of
from hal.errors import StorageCorrupt, StorageFull
from hal.values import Uid
from tests.faulty_disk import FullDisk

UID = Uid("1.2.3.4")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(PosixDisk(tmp_path), reserve_bytes=0)
    made.prepare()
    return made


def test_published_is_whole_and_verifies(store: Store) -> None:
    with store.incoming(UID, 8) as file:
        file.write(b"head")
        file.write(memoryview(b"rows"))
        published = file.publish()
    assert published.path == path_of(UID)
    assert store.verify(published).xxh3 == published.xxh3 == xxh3_128(b"headrows").hexdigest()
    assert store.published() == [published.path]
    assert store.parts() == []


def test_nothing_is_left_of_what_was_not_published(store: Store) -> None:
    with pytest.raises(RuntimeError), store.incoming(UID, 8) as file:
        file.write(b"half")
        raise RuntimeError
    assert store.parts() == store.published() == []


@pytest.mark.parametrize("told", [7, 9])
def test_the_wrong_length_is_never_published(store: Store, told: int) -> None:
    with pytest.raises(StorageCorrupt, match="Keep the film"), store.incoming(UID, told) as file:
        file.write(b"headrows")
        file.publish()
    assert store.published() == []


def test_a_retry_replaces_what_was_never_acknowledged(store: Store) -> None:
    for content in (b"one", b"two!"):
        with store.incoming(UID, len(content)) as file:
            file.write(content)
            published = file.publish()
    store.verify(published)


def test_nothing_is_left_beside_a_file_that_was_published_and_never_indexed(store: Store) -> None:
    with store.incoming(UID, 3) as file:
        file.write(b"one")
        file.publish()
    with pytest.raises(RuntimeError), store.incoming(UID, 3) as file:
        raise RuntimeError
    assert store.parts() == []


@pytest.mark.parametrize("damage", [b"headrowz", b"headrow", b"headrowss"])
def test_damage_is_found(store: Store, tmp_path: Path, damage: bytes) -> None:
    with store.incoming(UID, 8) as file:
        file.write(b"headrows")
        published = file.publish()
    (tmp_path / published.path).write_bytes(damage)
    with pytest.raises(StorageCorrupt, match=UID):
        store.verify(published)


def test_room_counts_the_reserve(tmp_path: Path) -> None:
    disk = FullDisk(tmp_path)
    disk.free_told_bytes = 100 * 2**20
    store = Store(disk, reserve_bytes=40 * 2**20)
    store.check_room(60 * 2**20)
    with pytest.raises(StorageFull, match="61 MiB needed, 100 MiB free"):
        store.check_room(60 * 2**20 + 1)
