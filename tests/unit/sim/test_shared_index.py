"""One connection that every worker of a life takes for its own."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import sim.shared_index
from firmware.index.database import IN_DOUBT
from sim.shared_index import SharedIndex


def test_it_is_closed_by_each_of_them_after_a_commit_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seed 20099: the log was in doubt, could not be mended, and the second to close fell over."""

    def fails(_: Path) -> None:
        raise OSError

    monkeypatch.setattr(sim.shared_index, "VFS_NAME", "")
    shore: Any = SimpleNamespace(write_again=fails, wait_for_lock=lambda: None)
    kernel: Any = SimpleNamespace(switches=0)
    index = SharedIndex(tmp_path / "index", shore, kernel)
    doubt = (tmp_path / "index-wal", id(index))
    IN_DOUBT.add(doubt)
    try:
        index.close()
        index.close()
    finally:
        IN_DOUBT.discard(doubt)
