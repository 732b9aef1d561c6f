import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from firmware import wiring
from firmware.array_commands import array_app
from hal.errors import ConfigError, Sentence
from hal.storage_array import ScrubResult
from tests.fake_array import HEALTHY, MISSING, FakeArray

CONFIG = """\
[station]
institution_name = "Test"
[store]
path = "store"
[archives.douai]
ae_title = "ARCHIVE"
host = "127.0.0.1"
port = 104
"""


class Commands:
    def __init__(self, folder: Path) -> None:
        self.found: FakeArray | Sentence = FakeArray()
        self.config = folder / "node.toml"
        self.config.write_text(CONFIG)

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(array_app, [*arguments, "-c", str(self.config)])


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    made = Commands(tmp_path)
    monkeypatch.setattr(wiring, "open_storage_array", lambda _: made.found)
    return made


def test_status_says_what_to_do(commands: Commands) -> None:
    commands.found = FakeArray(MISSING)
    result = commands.run("status")
    assert result.exit_code == 0
    assert "degraded" in result.output
    assert "Disk 2 is missing" in result.output


def test_status_as_json(commands: Commands) -> None:
    commands.found = FakeArray(MISSING)
    told = json.loads(commands.run("status", "--json").output)
    assert told["state"] == "degraded"
    assert [each["state"] for each in told["members"]] == ["working", "missing"]
    assert told["sentence"]["fr"].startswith("Le disque 2 manque")


def test_a_single_disk_is_said_and_no_disk_of_it_replaced(commands: Commands) -> None:
    commands.found = Sentence(en="A single disk.", fr="Un seul disque.")
    assert "A single disk." in commands.run("status").output
    assert json.loads(commands.run("status", "--json").output)["state"] == "not mirrored"
    result = commands.run("replace", "1", "/dev/sdc")
    assert (result.exit_code, result.stderr.strip()) == (2, "A single disk.")


def test_replace_asks_for_what_was_typed(commands: Commands) -> None:
    commands.found = array = FakeArray()
    result = commands.run("replace", "2", "/dev/sdc", "--force")
    assert result.exit_code == 0, result.output
    assert array.asked == [("replace", "2", "/dev/sdc", "True")]
    assert "healthy" in result.output


def test_a_refusal_is_one_sentence(commands: Commands) -> None:
    commands.found = FakeArray(refuses=ConfigError(Sentence(en="Too small.", fr="Trop petit.")))
    result = commands.run("replace", "2", "/dev/sdc")
    assert (result.exit_code, result.stderr.strip()) == (2, "Too small.")


@pytest.mark.parametrize(
    ("result", "said", "code"),
    [
        (ScrubResult(True, 0, 0), "Both copies are good", 0),
        (ScrubResult(True, 12, 0), "12 places were mended", 0),
        (ScrubResult(True, 12, 3), "3 places where no good copy is left", 1),
        (ScrubResult(False, 0, 0), "did not end", 1),
        (None, "did not end", 1),
    ],
)
def test_scrub_tells_its_result(
    commands: Commands, result: ScrubResult | None, said: str, code: int
) -> None:
    commands.found = FakeArray(replace(HEALTHY, scrub=result))
    ran = commands.run("scrub")
    assert (ran.exit_code, said in ran.output) == (code, True), ran.output


def test_mirror(commands: Commands) -> None:
    commands.found = array = FakeArray()
    assert commands.run("mirror").exit_code == 0
    assert array.asked == [("mirror",)]
