"""The product's own node in one life: its constructor, recovery, workers and stop, on the kernel.

What outlives a power cut is `Remains`: the store's disk and the index's files as the cut left
them. The next life starts from there, with the product's own start and nothing else.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from drivers.cassette_reader_serial import SerialCassetteReader
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
from firmware.index.database import IN_DOUBT, Database
from firmware.index.queue_actions import Chosen, QueueActions
from firmware.index.scheduled import Scheduled
from firmware.node import INDEX_NAME, Node
from firmware.reconciliation import Reconciliation
from hal.devices import Devices
from hal.errors import NodeError
from sim.disk import ModelDisk, PowerCut
from sim.faults import MIB, Knobs
from sim.index_files import IndexFiles
from sim.index_shore import IndexShore
from sim.kernel import Kernel, Signal
from sim.kernel_runtime import KernelClock, KernelRuntime, SeededEntropy, Wall
from sim.life import Call, Life, Strike
from sim.life_folders import new_folder
from sim.scheduled_archive import ScheduledArchive
from sim.scheduled_archives import ARCHIVE
from sim.scheduled_cassette_reader import ReaderLineFor, ScheduledCassetteReader
from sim.scheduled_line import ArchiveFor
from sim.seeded_array import ArrayFor, SeededArray
from sim.seeded_devices import (
    DPI,
    DiskFor,
    FilmScannerFor,
    OrderBook,
    PanelFor,
    ScannerBed,
    WorklistFor,
)
from sim.shared_index import SharedIndex
from sim.short_dataset import short_dataset
from sim.sqlite_vfs import VFS_NAME, model_vfs

LOG_PAGES = 200
"""Of the index's log before it is taken over, a fifth of the appliance's: each start reads and
writes all of it. It is the appliance's own where the connections are."""


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
    wall: Wall = field(default_factory=Wall)
    others_bytes: int = 0
    """On the node's disk, of somebody else."""
    array: SeededArray | None = None
    reader: ScheduledCassetteReader | None = None
    strikes: Mapping[Call, Strike] = field(default_factory=dict)
    """What may go wrong at the calls of every life."""


@dataclass(frozen=True)
class Remains:
    """What a life leaves on its disks."""

    disk: ModelDisk = field(default_factory=ModelDisk)
    index: dict[str, bytes] = field(default_factory=dict)
    """What the next process reads."""
    platter: IndexFiles | None = None
    """What of it may still be lost; None: nothing."""


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
        self.life = Life(kernel, number, outside.strikes)
        self.node: Node | None = None
        self.is_started = False
        self.start_failure: NodeError | None = None
        """Why the node said that it cannot start. Anything else it raises ends the world."""
        self.ready = Signal(kernel)
        """The start is through."""
        self.look: Callable[[NodeLife], None] = lambda _: None
        """After recovery, ahead of the workers, for whoever judges the node."""
        self.disk = remains.disk
        self.disk.before = lambda effect: self.life.call("disk", *effect)
        self.panel = PanelFor(self.life, pace_s)
        self.folder = new_folder()
        """The index's, in memory: gone with `bury`."""
        self._databases: list[Database] = []
        self._reader: Database | None = None
        self._shared: Database | None = None
        files = remains.platter or IndexFiles(remains.index)
        self.shore = IndexShore(self.life, files, self.disk)
        self.disk.elsewhere_bytes = lambda: outside.others_bytes + files.size_bytes
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

    @property
    def evict_below_bytes(self) -> int:
        return self._config.keeping.evict_below_mib * MIB

    def begin_to_stop(self) -> None:
        """An orderly end, as at SIGTERM: `life.over` says when it is through."""
        self.life.spawn("stop", self._stop)

    def left_by(self, cut: PowerCut) -> Remains:
        """After the life's end. The folder is gone with it."""
        remains = Remains(self.disk.crash(cut), self.shore.files.after(cut))
        self.bury()
        return remains

    def left_when_killed(self) -> Remains:
        """After the end of its process alone: the operating system goes on."""
        files = self.shore.files.killed()
        cache = {name: (self.folder / name).read_bytes() for name in files.names}
        remains = Remains(self.disk.killed(), cache, files)
        self.bury()
        return remains

    def bury(self) -> None:
        """Once is enough."""
        if not self.folder.exists():
            return
        for database in self._databases:
            database.connection.close()
        model_vfs().detach(self.folder)
        # What the process remembered ends with it, as the process does not here: each transaction
        # of each later world would look through the doubts of all that were before.
        IN_DOUBT.difference_update([doubt for doubt in IN_DOUBT if doubt[0].parent == self.folder])
        shutil.rmtree(self.folder)

    def _start(self) -> None:
        knobs, pace_s = self._knobs, self._knobs.pace_s
        try:
            self.node = Node(
                self._config,
                self._devices,
                self._listener,
                runtime=lambda on_failure: KernelRuntime(self.life, on_failure, pace_s),
                open_index=self._open_index if knobs.own_connections else self._share_index,
                describe_film=film_dataset if knobs.whole_dataset else short_dataset,
            )
            self.look(self)
            self.node.start()
            self.is_started = True
            self.ready.set()
        except NodeError as error:
            self.start_failure = error
            self.life.kernel.say("node", "start failed", str(error))
            self.life.end()

    def _stop(self) -> None:
        if self.node is not None:
            self.node.stop()
        self.life.end()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Of its index, by whoever looks on. The node must have started."""
        if self._reader is None:
            self._reader = self._open_index(self.folder / INDEX_NAME)
        return [tuple(row) for row in self._reader.rows(query)]

    def release_held(self) -> None:
        """A person does what the panel asks for: `sapi-node queue release`."""
        self.life.spawn("person", self._release_held)

    def _release_held(self) -> None:
        index = self._open_index(self.folder / INDEX_NAME)
        QueueActions(index, self._devices.clock).release(Chosen(), "person")

    def at_the_desk(self, name: str, visit: Callable[[Reconciliation], None]) -> None:
        """Somebody sits down at the page, with an index connection of their own there, until they
        are done or the page says why not."""
        self.life.spawn(name, partial(self._visit, name, visit))

    def _visit(self, name: str, visit: Callable[[Reconciliation], None]) -> None:
        try:
            visit(self._reconciliation())
        except NodeError as error:
            self.life.kernel.say(name, "is told", error.sentence.en)

    def _reconciliation(self) -> Reconciliation:
        opened = self._open_index if self._knobs.own_connections else self._share_index
        index, devices = opened(self.folder / INDEX_NAME), self._devices
        kept = Scheduled(index, devices.clock)
        zone = self._config.station.zone
        return Reconciliation(
            index, devices.clock, devices.entropy, lambda: kept.last().orders, zone
        )

    def wake(self, worker: str) -> None:
        if self.node is not None:
            self.node.wake(worker)

    def _share_index(self, path: Path) -> Database:
        if self._shared is None:
            self._shared = SharedIndex(path, self.shore, self.life.kernel)
            self._shared.connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
            self._databases.append(self._shared)
        return self._shared

    def _open_index(self, path: Path) -> Database:
        database = Database(path, vfs=VFS_NAME, write_again=self.shore.write_again)
        self._databases.append(database)
        return database

    def _plug_in(self, outside: Outside, pace_s: float) -> Devices:
        clock = KernelClock(self.life, outside.wall)
        return Devices(
            clock=clock,
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
            storage_array=ArrayFor(self.life, outside.array) if outside.array else None,
            cassette_reader=self._cassette_reader(outside, clock),
        )

    def _cassette_reader(self, outside: Outside, clock: KernelClock) -> SerialCassetteReader | None:
        if outside.reader is None:
            return None
        line = ReaderLineFor(self.life, outside.reader)
        return SerialCassetteReader(line, clock, outside.entropy)


def node_config(knobs: Knobs, archives: Mapping[str, ScheduledArchive]) -> NodeConfig:
    """A node's configuration but for its folder, which each life has of its own."""
    capacity_mib, room_mib = knobs.capacity_mib, knobs.room_mib
    return NodeConfig(
        station=StationSection(institution_name="Hôpital simulé"),
        store=StoreSection(path="/", reserve_mib=2),
        keeping=KeepingSection(
            verify_days=30.0,
            keep_days=1.0,
            evict_below_mib=room_mib + capacity_mib // 4,
            evict_until_mib=room_mib + capacity_mib // 2,
        ),
        film=FilmSection(
            resolution_dpi=DPI,
            object="multi-frame" if knobs.multi_frame else "secondary-capture",
        ),
        archives={
            name: ArchiveSection(
                ae_title=name,
                host="archive",
                port=104,
                commitment="query" if archive.drawn.only_lists else "n-action",
                compression="none",  # a codec's time is not the world's
            )
            for name, archive in archives.items()
        },
    )
