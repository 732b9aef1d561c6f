"""The index on a disk without a single free block: a sentence that is true, and nothing harmed."""

import os
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from firmware.index.database import Database, migrate
from hal.errors import StorageFull
from tests.chaos.explore import scratch
from tests.chaos.file_systems import FILE_SYSTEMS, make
from tests.chaos.needs import MOUNTS
from tests.chaos.private_mounts import mounted

pytestmark = MOUNTS
BLOCKS_BYTES = (1 << 20, 4096, 1)


def fill_up(file: Path) -> None:
    with file.open("wb", buffering=0) as filler:
        for block_bytes in BLOCKS_BYTES:
            with suppress(OSError):
                while filler.write(bytes(block_bytes)):
                    pass


def opened_without_room(name: str) -> tuple[str, int]:
    """(what opening the index raised, rows once there is room); for a process of its own."""
    system = FILE_SYSTEMS[name]
    with scratch() as folder:
        make(system, folder / "image")
        with mounted(folder / "image", name, system.options, folder / "mount") as disk:
            index = disk / "index.sqlite3"
            database = Database(index)
            migrate(database)
            database.close()
            fill_up(disk / "full")
            try:
                Database(index).rows("SELECT * FROM instance")
                raised = ""
            except StorageFull as error:
                raised = str(error)
            os.truncate(disk / "full", 0)
            database = Database(index)
            ((tables,),) = database.rows("SELECT count(*) FROM sqlite_schema WHERE name='instance'")
            database.close()
            return raised, tables


@pytest.mark.parametrize("name", ["ext4", "btrfs"])
def test_no_room_for_what_connections_share(pool: ProcessPoolExecutor, name: str) -> None:
    """Not on xfs, which has no room for its name either, or takes it back at the first write to it:
    SQLite cannot open it, or the process gets SIGBUS. Nothing stored is harmed by either.
    """
    raised, tables = pool.submit(opened_without_room, name).result()
    assert raised.startswith("The disk is full")
    assert tables == 1
