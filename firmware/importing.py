"""Copies files into the spool, durably, and waits for what the node makes of each.

Where no node runs, it takes them in itself, one by one. A signal ends it while a source is read or
a verdict is waited for, and nowhere else: never between a file's name and its row.
"""

import hashlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rich.console import Console
from rich.progress import Progress

from firmware.config import NodeConfig
from firmware.import_verdicts import Judged, Verdict, judged
from firmware.import_worker import ImportWorker
from firmware.index.catalogue import Catalogue
from firmware.index.database import Database, migrate
from firmware.index.implementations import Implementations
from firmware.index.imports import Imports
from firmware.interruption import Interrupted, Interruption
from firmware.node import INDEX_NAME
from firmware.queue_commands import who
from firmware.store import READ_BYTES, SPOOL, PublishedFile, Store
from firmware.wiring import open_clock, open_spool, open_store
from hal.clock import Clock
from hal.devices import StoreDevices
from hal.disk import Disk
from hal.errors import StorageInUse

POLL_S = 0.1
WAIT_S = 600.0  # without news from the node


@dataclass(frozen=True)
class Told:
    """What became of the files that were copied, in order; None: it waits for the node."""

    files: list[tuple[Path, Judged | None]]
    stopped_by: Interrupted | None = None


def import_all(config: NodeConfig, files: list[Path], to: str, interruption: Interruption) -> Told:
    try:
        with open_store(config) as devices:
            store = Store(devices.disk, config.store.reserve_mib * 2**20)
            store.prepare()
            with _index(config) as database:
                migrate(database)
                step = import_worker(config, devices, store, database).step
                clock, disk = devices.clock, devices.disk
                return Import(config, database, clock, disk, to, interruption, step).all(files)
    except StorageInUse:
        with _index(config) as database:
            clock, disk = open_clock(config), open_spool(config)
            return Import(config, database, clock, disk, to, interruption, None).all(files)


def import_worker(
    config: NodeConfig, devices: StoreDevices, store: Store, database: Database
) -> ImportWorker:
    """Of a command while no node runs."""
    clock = devices.clock
    return ImportWorker(
        store,
        Catalogue(database, clock, devices.entropy),
        Imports(database, clock),
        Implementations(database),
        config.route,
        lambda _: None,
        config.station.zone,
    )


class Import:
    def __init__(
        self,
        config: NodeConfig,
        database: Database,
        clock: Clock,
        disk: Disk,
        to: str,
        interruption: Interruption,
        step: Callable[[], float] | None,
    ) -> None:
        """`step`: what takes in what is spooled; None: a node does."""
        self._store = Store(disk, config.store.reserve_mib * 2**20)
        self._imports = Imports(database, clock)
        self._clock = clock
        self._to = to
        self._step = step
        self._interruption = interruption
        self._asked_by = who()
        self._spooled: list[tuple[Path, int | Judged]] = []

    def all(self, files: list[Path]) -> Told:
        stopped_by = None
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("import", total=2 * len(files))
            try:
                for file in files:
                    self._spooled.append((file, self._spool(file, len(self._spooled))))
                    progress.advance(bar)
                for _, one in self._spooled:
                    if not self._wait(one):
                        break  # they are taken in in this order
                    progress.advance(bar)
            except Interrupted as stop:
                stopped_by = stop
        return Told([(file, self._judged(one)) for file, one in self._spooled], stopped_by)

    def _judged(self, one: int | Judged) -> Judged | None:
        return one if isinstance(one, Judged) else self._imports.judgement(one)

    def _spool(self, source: Path, number: int) -> int | Judged:
        """Its number in the index, or why it did not get there."""
        try:
            size_bytes = source.stat().st_size
            needed_bytes = size_bytes + self._store.reserve_bytes
            free_bytes = self._store.disk.free_bytes()
            if free_bytes < needed_bytes:
                return self._no_room(size_bytes, free_bytes)
            stamp = f"{self._clock.now():%Y%m%d%H%M%S%f}"
            path = f"{SPOOL}/{stamp}-{number}.dcm"
            begun = self._imports.begin(path, str(source), self._to, self._asked_by)
            try:
                file = self._copy(source, path)
            except BaseException:
                self._store.disk.remove(path)
                self._imports.given_up(begun)
                raise
        except OSError as error:
            return judged(Verdict.NOT_READ, reason=error.strerror or type(error).__name__)
        self._imports.ready(begun, file)
        if self._step is not None:
            self._step()
        return begun

    def _copy(self, source: Path, path: str) -> PublishedFile:
        digest, size_bytes = hashlib.sha256(), 0
        with source.open("rb") as reader, self._store.disk.create(path) as writer:
            while chunk := self._read(reader):
                writer.write(chunk)
                digest.update(chunk)
                size_bytes += len(chunk)
            writer.sync()
        self._store.disk.sync_folder(SPOOL)
        return PublishedFile(path, size_bytes, digest.hexdigest())

    def _read(self, reader: BinaryIO) -> bytes:
        """A scratched CD can take minutes for it."""
        with self._interruption.may_come():
            return reader.read(READ_BYTES)

    def _no_room(self, size_bytes: int, free_bytes: int) -> Judged:
        return judged(
            Verdict.NO_ROOM,
            needed_mib=-(-size_bytes // 2**20),
            free_mib=free_bytes // 2**20,
            reserve_mib=self._store.reserve_bytes // 2**20,
        )

    def _wait(self, one: int | Judged) -> bool:
        """False: no verdict, and no more waiting."""
        deadline_s = self._clock.monotonic_s() + WAIT_S
        while self._judged(one) is None:
            if self._clock.monotonic_s() >= deadline_s:
                return False
            if self._step is not None:
                self._step()
            with self._interruption.may_come():
                self._clock.sleep(0.0 if self._step else POLL_S)
        return True


def _index(config: NodeConfig) -> closing[Database]:
    database = Database(Path(config.store.path) / INDEX_NAME)
    database.make_log_durable()
    return closing(database)
