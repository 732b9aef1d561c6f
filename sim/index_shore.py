"""Where SQLite's files of one life come to land: calls of that life, on the disk it shares."""

from collections.abc import Callable
from pathlib import Path

from drivers.posix_disk import FULL
from hal.errors import StorageFull
from sim.disk import Effect, ModelDisk
from sim.index_files import IndexFile, IndexFiles
from sim.life import Life


class IndexShore:
    """SQLite's files of one life: each effect is a place where its end may strike."""

    def __init__(self, life: Life, files: IndexFiles, disk: ModelDisk) -> None:
        self.files = files
        self._disk = disk
        self.before: Callable[[Effect], None] = lambda _: None
        self.lock_waits = 0
        self._life = life

    def open(self, name: str, *, syncs_folder: bool) -> IndexFile:
        self._effect("open", name)
        return self.files.open(name, syncs_folder=syncs_folder)

    def write(self, file: IndexFile, offset: int, data: bytes) -> None:
        """A third of all that happens in a world: told by the sync that makes it durable."""
        self._life.untold("index", "write", file.name)
        self.before(("write", file.name))
        if offset + len(data) - file.size_bytes > self._disk.free_bytes():
            raise StorageFull(FULL)
        file.write(offset, data)

    def truncate(self, file: IndexFile, size_bytes: int) -> None:
        self._effect("truncate", file.name)
        file.truncate(size_bytes)

    def sync(self, file: IndexFile) -> None:
        try:
            self._effect("sync", file.name, f"{file.name} {file.size_bytes}")
        except Exception:
            file.sync_failed()
            raise
        self.files.sync(file)

    def remove(self, name: str) -> None:
        self._effect("remove", name)
        self.files.remove(name)

    def write_again(self, log: Path) -> None:
        """firmware.index.log_again's, on these files."""
        content = log.read_bytes() if log.exists() else b""
        if content:
            file = self.files.open(log.name, syncs_folder=True)
            self.write(file, 0, content)
            self.sync(file)

    def wait_for_lock(self) -> None:
        self.lock_waits += 1

    def _effect(self, what: str, name: str, detail: str = "") -> None:
        self._life.touch("index", what, detail or name)
        self.before((what, name))
