"""`sapi-node import`: existing DICOM files, from a CD or another device, into store and queue.

Beside a running node they are laid into its spool, and the node takes them in while the command
waits; without one the command does it itself, under the store's lock. Ctrl-C loses nothing: what
is in the spool is taken in all the same, and the rest can be imported again.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from firmware.archive_commands import chosen
from firmware.config import NodeConfig, load_config
from firmware.import_verdicts import Judged, Verdict, judged
from firmware.import_worker import ImportWorker
from firmware.index.catalogue import Catalogue
from firmware.index.database import Database, migrate
from firmware.index.implementations import Implementations
from firmware.index.imports import Imports
from firmware.node import INDEX_NAME
from firmware.queue_commands import who
from firmware.store import READ_BYTES, SPOOL, PublishedFile, Store
from firmware.told_plainly import EXIT_FAILED, print_json, told_plainly
from firmware.wiring import open_clock, open_spool, open_store
from hal.clock import Clock
from hal.devices import StoreDevices
from hal.disk import Disk
from hal.errors import ConfigError, Sentence, StorageInUse

POLL_S = 0.1
WAITING = "waiting"
WAIT_S = 600.0  # without news from the node

NO_PATH = Sentence(
    en="There is nothing at {path}. Name a file, a folder or a mounted medium.",
    fr="Il n'y a rien à {path}. Indiquez un fichier, un dossier ou un support monté.",
)
STILL_WAITING = Sentence(
    en="In the spool; the node has not looked at it yet and will.",
    fr="En attente ; le poste ne l'a pas encore examiné, et le fera.",
)


def import_files(
    paths: Annotated[list[Path], typer.Argument(help="Files, folders, a mounted CD.")],
    to: Annotated[str, typer.Option("--to", help="Only to this archive; else by the rules.")] = "",
    config: Annotated[Path, typer.Option("--config", "-c")] = Path("node.toml"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
) -> None:
    """Take DICOM files into the store and the queue. The node may run."""
    with told_plainly():
        loaded = load_config(config)
        if to:
            chosen(loaded, to)
        files = list(all_files(paths))
        told = import_all(loaded, files, to)
    if as_json:
        print_json([_as_json(file, one) for file, one in told])
    else:
        for file, one in told:
            typer.echo(f"{file}: {one.sentence if one else STILL_WAITING}")
        typer.echo(summary([one for _, one in told]))
    if not all(one and one.is_good for _, one in told):
        raise typer.Exit(EXIT_FAILED)


def summary(told: list[Judged | None]) -> str:
    """The last line: how many of each verdict, the most first; a CD has hundreds of files."""
    verdicts = Counter(one.verdict.value if one else WAITING for one in told)
    parts = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
    return f"Files: {len(told)}" + (f" ({parts})." if told else ", nothing to import.")


def all_files(paths: list[Path]) -> Iterator[Path]:
    """In order; raises ConfigError for a path where there is nothing."""
    for path in paths:
        if path.is_dir():
            yield from (one for one in sorted(path.rglob("*")) if one.is_file())
        elif path.is_file():
            yield path
        else:
            raise ConfigError(NO_PATH.fill(path=path))


def import_all(config: NodeConfig, files: list[Path], to: str) -> list[tuple[Path, Judged | None]]:
    """Each file with what became of it; None: it waits for the node."""
    try:
        with open_store(config) as devices:
            store = Store(devices.disk, config.store.reserve_mib * 2**20)
            store.prepare()
            with _index(config) as database:
                migrate(database)
                worker = import_worker(config, devices, store, database)
                return Import(config, database, devices.clock, devices.disk, to, worker.step).all(
                    files
                )
    except StorageInUse:
        with _index(config) as database:
            clock, disk = open_clock(config), open_spool(config)
            return Import(config, database, clock, disk, to, None).all(files)


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
    )


class Import:
    def __init__(
        self,
        config: NodeConfig,
        database: Database,
        clock: Clock,
        disk: Disk,
        to: str,
        step: Callable[[], float] | None,
    ) -> None:
        """`step`: what takes in what is spooled; None: a node does."""
        self._store = Store(disk, config.store.reserve_mib * 2**20)
        self._imports = Imports(database, clock)
        self._clock = clock
        self._to = to
        self._step = step
        self._asked_by = who()

    def all(self, files: list[Path]) -> list[tuple[Path, Judged | None]]:
        spooled: list[tuple[Path, int | Judged]] = []
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("import", total=2 * len(files))
            for file in files:
                spooled.append((file, self._spool(file, len(spooled))))
                progress.advance(bar)
            told: list[tuple[Path, Judged | None]] = []
            for file, one in spooled:
                told.append((file, one if isinstance(one, Judged) else self._wait(one)))
                progress.advance(bar)
        return told

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
            while chunk := reader.read(READ_BYTES):
                writer.write(chunk)
                digest.update(chunk)
                size_bytes += len(chunk)
            writer.sync()
        self._store.disk.sync_folder(SPOOL)
        return PublishedFile(path, size_bytes, digest.hexdigest())

    def _no_room(self, size_bytes: int, free_bytes: int) -> Judged:
        return judged(
            Verdict.NO_ROOM,
            needed_mib=-(-size_bytes // 2**20),
            free_mib=free_bytes // 2**20,
            reserve_mib=self._store.reserve_bytes // 2**20,
        )

    def _wait(self, number: int) -> Judged | None:
        deadline_s = self._clock.monotonic_s() + WAIT_S
        while self._clock.monotonic_s() < deadline_s:
            told = self._imports.judgement(number)
            if told is not None:
                return told
            if self._step is not None:
                self._step()
            else:
                self._clock.sleep(POLL_S)
        return None


def _as_json(file: Path, told: Judged | None) -> dict[str, Any]:
    sentence = told.sentence if told else STILL_WAITING
    return {
        "file": str(file),
        "verdict": told.verdict.value if told else WAITING,
        "sop_instance_uid": told.uid if told else "",
        "sentence": {"en": sentence.en, "fr": sentence.fr},
    }


def _index(config: NodeConfig) -> closing[Database]:
    database = Database(Path(config.store.path) / INDEX_NAME)
    database.make_log_durable()
    return closing(database)
