"""The start-up check of a store with 100,000 images: index and files held against each other."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figure import Figure
from bench.filled_index import entry, fill
from drivers.posix_disk import PosixDisk
from drivers.system_clock import SystemClock, SystemEntropy
from firmware.events import Recovered
from firmware.index.catalogue import Catalogue
from firmware.index.keeping import Keeping
from firmware.recovery import recover
from firmware.routing import everywhere
from firmware.store import Store, path_of

INSTANCES = 100_000


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="recovery-", dir=Path.cwd()) as name:
        folder = Path(name)
        store = Store(PosixDisk(folder), reserve_bytes=0)
        store.prepare()
        for number in range(INSTANCES):
            (folder / path_of(entry(number).sop_instance_uid)).touch()
        database = fill(folder / "index.sqlite3", INSTANCES)
        clock = SystemClock()
        catalogue = Catalogue(database, clock, SystemEntropy())
        began_s = time.perf_counter()
        found = recover(store, catalogue, Keeping(database, clock), everywhere("ARCHIVE"))
        seconds = time.perf_counter() - began_s
        database.close()
    assert found == Recovered(), "everything was in order"
    yield Figure("start-up check, 100,000 images", seconds, "s")
