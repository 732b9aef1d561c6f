"""From the last row of a large film to durable, against the last block alone.

Ours: write and fsync of what is left, rename, fsync of the folder, one index transaction. The
reference: the same without the index, on a file whose other bytes were synced before; both in
one folder of one file system, one after the other.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.figure import Figure, Wanted
from bench.film_memory import film_node

FILMS = 7
LIMIT = 1.5


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="film-durable-", dir=Path.cwd()) as name:
        folder = Path(name)
        found = film_node(folder, "--films", str(FILMS))
        size = int(str(found["last_block_bytes"]))
        reference_s = median(last_block_s(folder / str(number), size) for number in range(FILMS))
    ours = found["last_row_to_durable_s"]
    assert isinstance(ours, list)
    yield Figure(
        "last row to durable, 171 MB film",
        median(ours) * 1000,
        "ms",
        "last block + fsync + rename",
        reference_s * 1000,
        Wanted.AT_MOST,
        LIMIT,
    )


def last_block_s(file: Path, size_bytes: int) -> float:
    block = os.urandom(size_bytes)
    part = file.with_suffix(".part")
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        for _ in range(64):
            os.write(descriptor, block)
        os.fsync(descriptor)
        began_s = time.perf_counter()
        os.write(descriptor, block)
        os.fsync(descriptor)
        part.rename(file)
        os.fsync(folder)
        return time.perf_counter() - began_s
    finally:
        os.close(descriptor)
        os.close(folder)
