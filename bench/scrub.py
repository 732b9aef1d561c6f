"""Reading files against their digests, as the scrub does, beside sha256sum on the same files."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figure import Figure
from drivers.posix_disk import PosixDisk
from firmware.store import PublishedFile, Store
from hal.values import Uid

FILES, FILE_MB = 20, 30


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="scrub-", dir=Path.cwd()) as name:
        folder = Path(name)
        store = Store(PosixDisk(folder), reserve_bytes=0)
        store.prepare()
        published = [_publish(store, Uid(f"1.2.{number}")) for number in range(FILES)]
        ours_s = _timed(lambda: [store.verify(file) for file in published])
        paths = [str(folder / file.path) for file in published]
        command = ["sha256sum", *paths]
        theirs_s = _timed(lambda: subprocess.run(command, check=True, capture_output=True))
    total_mb = FILES * FILE_MB
    yield Figure("scrub", total_mb / ours_s, "MB/s", "sha256sum, same files", total_mb / theirs_s)


def _publish(store: Store, uid: Uid) -> PublishedFile:
    size_bytes = FILE_MB * 10**6
    with store.incoming(uid, size_bytes) as file:
        file.write(os.urandom(size_bytes))
        return file.publish()


def _timed(run: object) -> float:
    assert callable(run)
    began_s = time.perf_counter()
    run()
    return time.perf_counter() - began_s
