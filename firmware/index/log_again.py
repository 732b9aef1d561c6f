"""Makes the index's log as durable as it reads.

A commit whose fsync failed left its frames in the operating system's cache alone, marked as
written (https://www.usenix.org/conference/atc20/presentation/rebello); the node takes it back and
writes over it. But a process that is killed first leaves them to the next one, whose SQLite finds
them sound and goes on behind them: every later fsync succeeds, and the disk has a gap in the log.
After a power cut SQLite would read up to that gap, and put the pages of long ago over newer ones.

Written again in place, the same bytes are durable with their fsync, and harmless without it.
"""

import os
from pathlib import Path

CHUNK_BYTES = 1024 * 1024


def write_again(log: Path) -> None:
    """Raises OSError. No file: nothing was left."""
    try:
        descriptor = os.open(log, os.O_RDWR)
    except FileNotFoundError:
        return
    try:
        offset = 0
        while chunk := os.pread(descriptor, CHUNK_BYTES, offset):
            offset += os.pwrite(descriptor, chunk, offset)
        os.fsync(descriptor)  # noqa: TID251 -- SQLite's own file, and hal.disk writes none in place
    finally:
        os.close(descriptor)
