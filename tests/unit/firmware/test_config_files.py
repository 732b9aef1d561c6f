from pathlib import Path

import pytest

from firmware.config import load_config
from firmware.config_files import check_files
from hal.errors import ConfigError

CONFIG = """\
[station]
institution_name = "CH de Somain"
[store]
path = "data"
[archives.douai]
ae_title = "ORTHANC"
host = "192.0.2.7"
port = 104
tls = true
[tls]
certificate = "node.pem"
key = "node.key"
trusted = "authorities.pem"
[film]
calibration = "calibration.json"
[cassette_reader]
port = "/dev/ttyACM0"
calibration = "plates.json"
"""
NAMED = ("node.pem", "node.key", "authorities.pem", "calibration.json", "plates.json")
LINES = (11, 12, 13, 15, 18)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    for name in NAMED:
        (tmp_path / name).touch()
    config = tmp_path / "node.toml"
    config.write_text(CONFIG)
    return config


def test_files_that_are_there_are_not_mentioned(file: Path) -> None:
    check_files(load_config(file), file)


@pytest.mark.parametrize(("name", "line"), [*zip(NAMED, LINES, strict=True)])
def test_a_file_that_is_not_there_is_told_with_its_line(file: Path, name: str, line: int) -> None:
    (file.parent / name).unlink()
    with pytest.raises(ConfigError) as caught:
        check_files(load_config(file), file)
    for sentence in (caught.value.sentence.en, caught.value.sentence.fr):
        assert f"{line}" in sentence
        assert str(file.parent / name) in sentence
    assert len(str(caught.value).splitlines()) == 1


def test_all_that_are_not_there_are_told_at_once(file: Path) -> None:
    for name in NAMED:
        (file.parent / name).unlink()
    with pytest.raises(ConfigError) as caught:
        check_files(load_config(file), file)
    assert len(str(caught.value).splitlines()) == len(NAMED)
