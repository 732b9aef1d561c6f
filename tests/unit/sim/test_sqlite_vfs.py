"""The product's own database over the model disk: what a commit promised survives any cut."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from firmware.index.database import IN_DOUBT, Database, migrate
from hal.errors import Sentence, StorageFailed, StorageFull
from sim.disk import AllOrNothing, PowerCut
from sim.index_files import IndexFile, IndexFiles
from sim.power import SeededCut
from sim.sqlite_vfs import VFS_NAME, model_vfs

INJECTED = Sentence("injected", "injecté")
NAME = "index.sqlite3"


class Shore:
    """Keeps everything; refuses what it is told to."""

    def __init__(self, files: IndexFiles | None = None) -> None:
        self.files = files or IndexFiles()
        self.refusal: Exception | None = None
        self.syncs_nothing = False
        self.sync_fails = False

    def open(self, name: str, *, syncs_folder: bool) -> IndexFile:
        return self.files.open(name, syncs_folder=syncs_folder)

    def write(self, file: IndexFile, offset: int, data: bytes) -> None:
        if self.refusal:
            raise self.refusal
        file.write(offset, data)

    def truncate(self, file: IndexFile, size_bytes: int) -> None:
        file.truncate(size_bytes)

    def sync(self, file: IndexFile) -> None:
        if self.sync_fails:
            file.sync_failed()
            raise StorageFailed(INJECTED)
        if not self.syncs_nothing:
            self.files.sync(file)

    def remove(self, name: str) -> None:
        self.files.remove(name)

    def wait_for_lock(self) -> None: ...


class Place:
    def __init__(self, folder: Path, files: IndexFiles | None = None) -> None:
        self.folder = folder
        self.shore = Shore(files)
        model_vfs().attach(folder, self.shore)
        self.database = Database(folder / NAME, vfs=VFS_NAME, write_again=self.write_again)
        self.database.make_log_durable()
        migrate(self.database)

    def write_again(self, log: Path) -> None:
        if log.exists():
            file = self.shore.open(log.name, syncs_folder=True)
            self.shore.write(file, 0, log.read_bytes())
            self.shore.sync(file)

    def killed(self, folder: Path) -> "Place":
        """The next process's, on what the cache holds."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("*-shm"))
        return Place(folder, self.shore.files.killed())

    def close(self) -> None:
        self.database.close()
        model_vfs().detach(self.folder)

    def note(self, name: str) -> None:
        with self.database.transaction() as connection:
            connection.execute("INSERT INTO notice VALUES (?, 'now', 'x')", (name,))

    def notes_after(self, cut: PowerCut, folder: Path) -> list[str] | None:
        """What the next start reads, with the system's own way to the disk; None: no index."""
        left = self.shore.files.after(cut)
        if not left.get(NAME):
            return None
        folder.mkdir()
        for name, content in left.items():
            (folder / name).write_bytes(content)
        connection = sqlite3.connect(folder / NAME)
        try:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            rows = connection.execute("SELECT name FROM notice ORDER BY rowid").fetchall()
            return [name for (name,) in rows]
        finally:
            connection.close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    folder = tmp_path / "live"
    folder.mkdir()
    made = Place(folder)
    yield made
    made.shore.refusal = None
    made.close()


def test_what_is_left_when_all_is_synced_is_what_sqlite_sees(place: Place) -> None:
    place.note("a")
    left = place.shore.files.after(AllOrNothing(survives=True))
    assert left[NAME] == (place.folder / NAME).read_bytes()
    assert left[f"{NAME}-wal"] == (place.folder / f"{NAME}-wal").read_bytes()


@pytest.mark.parametrize("seed", range(20))
def test_every_commit_survives_any_cut(place: Place, tmp_path: Path, seed: int) -> None:
    made = [str(number) for number in range(seed % 5 + 1)]
    for name in made:
        place.note(name)
    cut = SeededCut(Random(seed)) if seed > 1 else AllOrNothing(survives=seed == 1)
    assert place.notes_after(cut, tmp_path / "left") == made


def test_a_commit_that_was_not_synced_can_be_lost(place: Place, tmp_path: Path) -> None:
    place.note("synced")
    place.shore.syncs_nothing = True
    place.note("not synced")
    assert place.notes_after(AllOrNothing(survives=False), tmp_path / "left") == ["synced"]


@pytest.mark.parametrize(
    ("refusal", "raised"), [(StorageFailed(INJECTED), StorageFailed), (OSError(), StorageFailed)]
)
def test_a_write_that_fails_is_an_error_and_nothing_is_kept(
    place: Place, tmp_path: Path, refusal: Exception, raised: type[Exception]
) -> None:
    place.note("before")
    place.shore.refusal = refusal
    with pytest.raises(raised):
        place.note("refused")
    place.shore.refusal = None
    place.note("after")
    assert place.notes_after(AllOrNothing(survives=False), tmp_path / "left") == ["before", "after"]


@pytest.mark.parametrize("fails", ["the next commit's fsync", "a checkpoint's fsync"])
def test_an_fsync_that_drops_what_was_carried_leaves_no_gap_under_later_commits(
    place: Place, tmp_path: Path, fails: str
) -> None:
    """SQLite would go on behind it, and read up to it after a cut."""
    place.note("before")
    is_checkpoint = fails == "a checkpoint's fsync"
    place.database.connection.execute(f"PRAGMA wal_autocheckpoint = {1 if is_checkpoint else 0}")
    place.shore.sync_fails = is_checkpoint
    with place.database.carried() as connection:
        connection.execute("INSERT INTO notice VALUES ('carried', 'now', 'x')")
    place.shore.sync_fails = not is_checkpoint
    if not is_checkpoint:
        with pytest.raises(StorageFailed):
            place.note("refused")
    place.shore.sync_fails = False
    place.note("after")
    left = place.notes_after(AllOrNothing(survives=False), tmp_path / "left")
    assert left == ["before", "carried", "after"]


def test_nothing_is_called_durable_while_the_gap_cannot_be_mended(place: Place) -> None:
    place.shore.sync_fails = True
    for _ in range(2):
        with pytest.raises(StorageFailed):
            place.note("refused")
    place.shore.sync_fails = False
    place.note("after")
    assert not [log for log, _ in IN_DOUBT if log.parent == place.folder]


def test_a_command_that_ends_mends_what_its_failed_fsync_dropped(
    place: Place, tmp_path: Path
) -> None:
    """What was dropped was another process's, and that one does not know."""
    command = Database(place.folder / NAME, vfs=VFS_NAME, write_again=place.write_again)
    with place.database.carried() as connection:
        connection.execute("INSERT INTO notice VALUES ('carried', 'now', 'x')")
    place.shore.sync_fails = True
    with pytest.raises(StorageFailed), command.transaction() as connection:
        connection.execute("INSERT INTO notice VALUES ('refused', 'now', 'x')")
    place.shore.sync_fails = False
    command.close()
    IN_DOUBT.clear()
    place.note("after")
    left = place.notes_after(AllOrNothing(survives=False), tmp_path / "left")
    assert left == ["carried", "after"]


def test_a_gap_that_one_connection_left_is_mended_by_the_next(place: Place, tmp_path: Path) -> None:
    other = Database(place.folder / NAME, vfs=VFS_NAME, write_again=place.write_again)
    with place.database.carried() as connection:
        connection.execute("INSERT INTO notice VALUES ('carried', 'now', 'x')")
    place.shore.sync_fails = True
    with pytest.raises(StorageFailed):
        place.note("refused")
    place.shore.sync_fails = False
    with other.transaction() as connection:
        connection.execute("INSERT INTO notice VALUES ('after', 'now', 'x')")
    left = place.notes_after(AllOrNothing(survives=False), tmp_path / "left")
    other.close()
    assert left == ["carried", "after"]


def test_an_index_that_cannot_have_its_log_is_not_used(tmp_path: Path) -> None:
    """Its commits could come undone; SQLite says nothing but the mode that it stayed in."""
    shore = Shore()
    model_vfs().attach(tmp_path, shore)
    shore.refusal = OSError()
    with pytest.raises(StorageFailed):
        Database(tmp_path / NAME, vfs=VFS_NAME)
    shore.refusal = None
    Database(tmp_path / NAME, vfs=VFS_NAME).close()
    model_vfs().detach(tmp_path)


@pytest.fixture
def after_a_kill(place: Place, tmp_path: Path) -> Iterator[Place]:
    """A commit's fsync failed, and then the process was killed: the cache has its frames."""
    place.note("before")
    place.shore.sync_fails = True
    with pytest.raises(StorageFailed):
        place.note("refused")
    place.shore.sync_fails = False
    made = place.killed(tmp_path / "next")
    yield made
    made.close()


def test_a_commit_behind_one_that_a_kill_left_in_the_cache_survives_a_cut(
    after_a_kill: Place, tmp_path: Path
) -> None:
    after_a_kill.note("after")
    left = after_a_kill.notes_after(AllOrNothing(survives=False), tmp_path / "left")
    assert left == ["before", "refused", "after"]


def test_a_log_that_comes_back_after_its_removal_takes_nothing_back(
    after_a_kill: Place, tmp_path: Path
) -> None:
    """No folder is synced when SQLite removes it."""
    after_a_kill.note("after")
    after_a_kill.database.close()
    left = after_a_kill.notes_after(AllOrNothing(survives=False), tmp_path / "left")
    assert left == ["before", "refused", "after"]


def test_a_full_disk_is_told_as_such(place: Place) -> None:
    place.shore.refusal = StorageFull(INJECTED)
    with pytest.raises(StorageFull):
        place.note("refused")


def test_a_closed_index_leaves_one_file(place: Place) -> None:
    place.note("a")
    place.database.close()
    assert [file.name for file in place.folder.iterdir()] == [NAME]


def test_connections_that_do_not_ask_for_it_go_their_own_way(tmp_path: Path) -> None:
    database = Database(tmp_path / NAME)
    migrate(database)
    database.close()
    assert (tmp_path / NAME).stat().st_size > 0
