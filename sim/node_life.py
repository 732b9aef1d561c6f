"""The product's own node in one life: its constructor, recovery, workers and stop, on the kernel.

What outlives a power cut is `Remains`: the store's disk and the index's files as the cut left
them. The next life starts from there, with the product's own start and nothing else.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from firmware.config import (
    ArchiveSection,
    FilmSection,
    KeepingSection,
    NodeConfig,
    StationSection,
    StoreSection,
)
from firmware.dicom.film import film_dataset
from firmware.events import Listener
from firmware.index.database import Database
from firmware.node import Node
from hal.devices import Devices
from hal.errors import NodeError
from sim.disk import Effect, ModelDisk, PowerCut
from sim.faults import Knobs
from sim.index_files import IndexFile, IndexFiles
from sim.kernel import FOR_EVER, Kernel, Signal
from sim.kernel_runtime import KernelClock, KernelRuntime, SeededEntropy
from sim.life import Life
from sim.scheduled_archive import ScheduledArchive
from sim.scheduled_archives import ARCHIVE
from sim.scheduled_line import ArchiveFor
from sim.seeded_devices import (
    DPI,
    DiskFor,
    FilmScannerFor,
    OrderBook,
    PanelFor,
    ScannerBed,
    WorklistFor,
)
from sim.short_dataset import short_dataset
from sim.sqlite_vfs import VFS_NAME, model_vfs

MEMORY = Path("/dev/shm")  # noqa: S108 -- a folder of our own is made in it


@dataclass
class Outside:
    """What a node is plugged into, and what its power cuts do not reach."""

    entropy: SeededEntropy
    archives: dict[str, ScheduledArchive] = field(
        default_factory=lambda: {ARCHIVE: ScheduledArchive()}
    )
    """By their names in the configuration."""
    bed: ScannerBed = field(default_factory=ScannerBed)
    book: OrderBook = field(default_factory=OrderBook)


@dataclass(frozen=True)
class Remains:
    """What a life leaves on its disks."""

    disk: ModelDisk = field(default_factory=ModelDisk)
    index: dict[str, bytes] = field(default_factory=dict)


class IndexShore:
    """SQLite's files of one life: each effect is a place where its end may strike."""

    def __init__(self, life: Life, files: IndexFiles) -> None:
        self.files = files
        self.before: Callable[[Effect], None] = lambda _: None
        self.lock_waits = 0
        self._life = life

    def open(self, name: str, *, syncs_folder: bool) -> IndexFile:
        self._effect("open", name)
        return self.files.open(name, syncs_folder=syncs_folder)

    def write(self, file: IndexFile, offset: int, data: bytes) -> None:
        self._effect("write", file.name, f"{file.name} {len(data)} at {offset}")
        file.write(offset, data)

    def truncate(self, file: IndexFile, size_bytes: int) -> None:
        self._effect("truncate", file.name)
        file.truncate(size_bytes)

    def sync(self, file: IndexFile) -> None:
        try:
            self._effect("sync", file.name)
        except Exception:
            file.sync_failed()
            raise
        self.files.sync(file)

    def remove(self, name: str) -> None:
        self._effect("remove", name)
        self.files.remove(name)

    def wait_for_lock(self) -> None:
        self.lock_waits += 1

    def _effect(self, what: str, name: str, detail: str = "") -> None:
        self._life.touch("index", what, detail or name)
        self.before((what, name))


class NodeLife:
    """From power-on. `node` is there when the start is through."""

    def __init__(
        self,
        kernel: Kernel,
        number: int,
        remains: Remains,
        outside: Outside,
        config: NodeConfig,
        listener: Listener,
        knobs: Knobs,
    ) -> None:
        pace_s = knobs.pace_s
        self.life = Life(kernel, number)
        self.node: Node | None = None
        self.start_failure: NodeError | None = None
        """Why the node said that it cannot start. Anything else it raises ends the world."""
        self.stopped = Signal(kernel)
        self.ready = Signal(kernel)
        """The start is through."""
        self.look: Callable[[NodeLife], None] = lambda _: None
        """After recovery, ahead of the workers, for whoever judges the node."""
        self.disk = remains.disk
        self.disk.before = lambda effect: self.life.call("disk", *effect)
        self.panel = PanelFor(self.life, pace_s)
        self.folder = Path(tempfile.mkdtemp(prefix="sapi-life-", dir=_memory()))
        """The index's, in memory: gone with `bury`."""
        self._databases: list[Database] = []
        self.shore = IndexShore(self.life, IndexFiles(remains.index))
        for name, content in remains.index.items():
            (self.folder / name).write_bytes(content)
        model_vfs().attach(self.folder, self.shore)
        self._config = config.model_copy(
            update={"store": config.store.model_copy(update={"path": str(self.folder)})}
        )
        self._devices = self._plug_in(outside, pace_s)
        self._listener = listener
        self._knobs = knobs
        self.life.spawn("start", self._start)

    def stop(self) -> None:
        """An orderly end, from a task of the world."""
        self.life.spawn("stop", self._stop)
        self.life.kernel.wait(self.stopped, FOR_EVER)

    def left_by(self, cut: PowerCut) -> Remains:
        """After the life's end. The folder is gone with it."""
        remains = Remains(self.disk.crash(cut), self.shore.files.after(cut))
        self.bury()
        return remains

    def bury(self) -> None:
        for database in self._databases:
            database.connection.close()
        model_vfs().detach(self.folder)
        shutil.rmtree(self.folder)

    def _start(self) -> None:
        pace_s = self._knobs.pace_s
        try:
            self.node = Node(
                self._config,
                self._devices,
                self._listener,
                runtime=lambda on_failure: KernelRuntime(self.life, on_failure, pace_s),
                open_index=self._open_index,
                describe_film=film_dataset if self._knobs.whole_dataset else short_dataset,
            )
            self.look(self)
            self.node.start()
            self.ready.set()
        except NodeError as error:
            self.start_failure = error
            self.life.kernel.say("node", "start failed", str(error))

    def _stop(self) -> None:
        if self.node is not None:
            self.node.stop()
        self.life.end()
        self.stopped.set()

    def _open_index(self, path: Path) -> Database:
        database = Database(path, vfs=VFS_NAME)
        self._databases.append(database)
        return database

    def _plug_in(self, outside: Outside, pace_s: float) -> Devices:
        return Devices(
            clock=KernelClock(self.life),
            entropy=outside.entropy,
            disk=DiskFor(self.life, self.disk),
            film_scanner=FilmScannerFor(self.life, outside.bed),
            panel=self.panel,
            worklist=WorklistFor(self.life, outside.book),
            archives={
                name: ArchiveFor(self.life, archive, pace_s, name)
                for name, archive in outside.archives.items()
            },
            close=lambda: None,
        )


def node_config(knobs: Knobs, archives: Iterable[str] = (ARCHIVE,)) -> NodeConfig:
    """A node's configuration but for its folder, which each life has of its own."""
    capacity_mib = knobs.capacity_mib
    return NodeConfig(
        station=StationSection(institution_name="Hôpital simulé"),
        store=StoreSection(path="/", reserve_mib=2),
        keeping=KeepingSection(
            verify_days=30.0,
            keep_days=1.0,
            evict_below_mib=capacity_mib // 4,
            evict_until_mib=capacity_mib // 2,
        ),
        film=FilmSection(
            resolution_dpi=DPI,
            object="multi-frame" if knobs.multi_frame else "secondary-capture",
        ),
        archives={
            name: ArchiveSection(ae_title=name, host="archive", port=104) for name in archives
        },
    )


def _memory() -> Path | None:
    return MEMORY if MEMORY.is_dir() else None
