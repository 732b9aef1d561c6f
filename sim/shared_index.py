"""One connection for all workers of a life, in place of one each: a start costs a third of it.

That is the same to them as long as nobody else runs while one has a transaction open, and so this
is held: "nobody waits for the index" is broken by whoever rests or calls the world in one. Every
tenth world has the appliance's own twenty (`Knobs.own_connections`).
"""

import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from firmware.index.database import Database
from sim.index_shore import IndexShore
from sim.kernel import Kernel
from sim.sqlite_vfs import VFS_NAME

STATEMENTS_MAX = 512  # of all workers together, each prepared once


class SharedIndex(Database):
    def __init__(self, path: Path, shore: IndexShore, kernel: Kernel) -> None:
        super().__init__(
            path, vfs=VFS_NAME, write_again=shore.write_again, statements_max=STATEMENTS_MAX
        )
        self._wait_for_lock: Callable[[], None] = shore.wait_for_lock
        self._kernel = kernel
        self._is_closed = False

    def close(self) -> None:
        """By each worker, which takes it for its own."""
        if not self._is_closed:
            self._is_closed = True
            super().close()

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        before = self._kernel.switches
        with super().transaction() as connection:
            yield connection
        if self._kernel.switches != before:
            self._wait_for_lock()
