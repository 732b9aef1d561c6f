"""Whatever a disk does to the index is said in a sentence."""

from pathlib import Path

import pytest

from firmware.index.database import Database, migrate
from hal.errors import StorageFailed
from tests.unit.firmware.conftest import Index


def test_a_torn_index_is_a_storage_failure_when_it_is_read(index: Index, tmp_path: Path) -> None:
    index.add()
    index.database.close()
    file = tmp_path / "index.sqlite3"
    index.database = Database(file)
    content = file.read_bytes()
    first_page_bytes = 4096
    file.write_bytes(content[:first_page_bytes] + bytes(len(content) - first_page_bytes))
    with pytest.raises(StorageFailed):
        index.database.rows("SELECT * FROM instance")


def test_what_is_no_index_is_a_storage_failure(tmp_path: Path) -> None:
    file = tmp_path / "index.sqlite3"
    file.write_bytes(b"nothing that SQLite wrote" * 100)
    with pytest.raises(StorageFailed):
        migrate(Database(file))
