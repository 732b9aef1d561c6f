from pathlib import Path

import pytest

from drivers import open_array as module
from drivers.array_mdadm import MdArray
from drivers.open_array import find_array, md_below, open_array
from hal.errors import Sentence, StorageError
from tests.fakes import FakeClock


def test_a_store_on_a_single_disk_says_so(tmp_path: Path) -> None:
    found = find_array(tmp_path, FakeClock())
    assert isinstance(found, Sentence)
    assert "single disk" in found.en
    assert "un seul disque" in found.fr
    assert open_array(tmp_path, FakeClock()) is None


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        find_array(tmp_path / "nowhere", FakeClock())


def test_md_is_found_below_a_partition_and_below_another_layer(tmp_path: Path) -> None:
    md = tmp_path / "md0"
    (md / "md").mkdir(parents=True)
    (md / "md0p1").mkdir()
    (md / "md0p1" / "partition").touch()
    (tmp_path / "dm-0" / "slaves").mkdir(parents=True)
    (tmp_path / "dm-0" / "slaves" / "md0").symlink_to(md)
    (tmp_path / "sda").mkdir()
    assert md_below(md) == md_below(md / "md0p1") == md_below(tmp_path / "dm-0") == md
    assert md_below(tmp_path / "sda") is None


def test_a_store_on_md(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "md_below", lambda _: tmp_path / "md0")
    assert isinstance(find_array(tmp_path, FakeClock()), MdArray)
