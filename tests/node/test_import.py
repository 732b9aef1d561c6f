"""Files from elsewhere: taken in beside a running node and without one, each with its verdict."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import generate_uid
from typer.testing import CliRunner

from firmware.cli import app
from firmware.events import Committed, Imported, Recovered
from firmware.index.imports import Imports
from tests.instances import MULTI_FRAME_GRAYSCALE_WORD, synthetic
from tests.node.conftest import World
from tests.node.test_cli import config_file

__all__ = ["config_file"]


def foreign(path: Path, **changed: object) -> Dataset:
    """As another device exports it: no creation date, a name in Latin-1."""
    image = synthetic(MULTI_FRAME_GRAYSCALE_WORD, 32, 32)
    image.SpecificCharacterSet = "ISO_IR 100"
    image.PatientName = "ESSAI^Éléonore"
    for keyword, value in changed.items():
        if value is None:
            delattr(image, keyword)
        else:
            setattr(image, keyword, value)
    path.parent.mkdir(exist_ok=True)
    image.save_as(path, enforce_file_format=True)
    return image


def imported(config: Path, *arguments: str) -> dict[str, dict[str, Any]]:
    result = CliRunner().invoke(app, ["import", *arguments, "-c", str(config), "--json"])
    assert result.exit_code in (0, 1), result.output
    told = {Path(one["file"]).name: one for one in json.loads(result.stdout)}
    assert all(one["sentence"]["fr"] != one["sentence"]["en"] for one in told.values())
    assert result.exit_code == 0 or any(one["verdict"] not in GOOD for one in told.values())
    return told


GOOD = ("imported", "already there", "media directory")


def test_a_medium_is_taken_in_beside_a_running_node(world: World, config_file: Path) -> None:
    medium = world.folder / "cd"
    uids = {foreign(medium / f"I{n}").SOPInstanceUID for n in range(3)}
    (medium / "README.TXT").write_text("A viewer is on this CD.")
    world.open_archive()
    world.start()
    told = imported(config_file, str(medium))
    assert {one["verdict"] for name, one in told.items() if name.startswith("I")} == {"imported"}
    assert told["README.TXT"]["verdict"] == "not DICOM"
    for _ in uids:
        world.wait_for(Committed)
    assert world.in_archive() == uids
    assert not list((world.folder / "node" / "import").iterdir())
    again = imported(config_file, str(medium / "I0"))
    assert again["I0"]["verdict"] == "already there"


def test_without_a_node_the_command_does_it(world: World, config_file: Path) -> None:
    uid = foreign(world.folder / "one.dcm").SOPInstanceUID
    world.devices.close()
    told = imported(config_file, str(world.folder / "one.dcm"), "--to", "SIM_ARCHIVE")
    assert (told["one.dcm"]["verdict"], told["one.dcm"]["sop_instance_uid"]) == ("imported", uid)
    world.open_devices()
    world.open_archive()
    world.start()
    assert world.wait_for(Committed).sop_instance_uid == uid


REFUSED: dict[str, tuple[str, dict[str, object]]] = {
    "not a whole UID": ("UIDs missing", {"StudyInstanceUID": None}),
    "a path for a UID": ("UIDs missing", {"SeriesInstanceUID": "../../etc/passwd"}),
    "no pixels": ("no image", {"PixelData": None}),
    "no rows": ("no image", {"Rows": None}),
}


@pytest.mark.parametrize(("verdict", "changed"), REFUSED.values(), ids=list(REFUSED))
@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")
def test_what_is_no_whole_image_is_refused(
    verdict: str, changed: dict[str, object], world: World, config_file: Path
) -> None:
    foreign(world.folder / "one.dcm", **changed)
    world.devices.close()
    assert imported(config_file, str(world.folder / "one.dcm"))["one.dcm"]["verdict"] == verdict
    world.open_devices()


def test_files_that_are_cut_or_lie_are_refused(world: World, config_file: Path) -> None:
    folder = world.folder / "cd"
    kept = foreign(folder / "0-kept")
    content = (folder / "0-kept").read_bytes()
    (folder / "1-cut").write_bytes(content[:-10])
    foreign(folder / "2-other", SOPInstanceUID=kept.SOPInstanceUID, PatientID="OTHER")
    foreign(folder / "3-patient", StudyInstanceUID=kept.StudyInstanceUID, PatientID="OTHER")
    (folder / "4-empty").write_bytes(b"")
    (folder / "5-head").write_bytes(content[:300])
    lying = dcmread(folder / "0-kept")
    lying.SOPInstanceUID = generate_uid()
    lying.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    lying.save_as(folder / "6-lying", enforce_file_format=False)
    world.devices.close()
    told = imported(config_file, str(folder))
    world.open_devices()
    assert {name: one["verdict"] for name, one in told.items()} == {
        "0-kept": "imported",
        "1-cut": "cut short",
        "2-other": "other content",
        "3-patient": "other patient",
        "4-empty": "not DICOM",
        "5-head": "UIDs missing",
        "6-lying": "UIDs missing",
    }


def test_two_series_with_one_number_are_both_taken(world: World, config_file: Path) -> None:
    """mercure 59, 42: another device's files must not stick in a loop."""
    folder = world.folder / "cd"
    first = foreign(folder / "0")
    foreign(folder / "1", StudyInstanceUID=first.StudyInstanceUID, InstanceNumber=None)
    foreign(folder / "2", SpecificCharacterSet=["ISO 2022 IR 6", "ISO 2022 IR 100"])
    world.devices.close()
    told = imported(config_file, str(folder))
    world.open_devices()
    assert {one["verdict"] for one in told.values()} == {"imported"}


def test_no_room_is_said_before_anything_is_copied(world: World, config_file: Path) -> None:
    foreign(world.folder / "one.dcm")
    world.devices.close()
    text = config_file.read_text().replace("reserve_mib = 0", "reserve_mib = 900000000")
    config_file.write_text(text)
    told = imported(config_file, str(world.folder / "one.dcm"))
    world.open_devices()
    assert told["one.dcm"]["verdict"] == "no room"


def test_a_power_cut_before_the_row_adopts_it_and_says_imported(
    world: World, config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = foreign(world.folder / "one.dcm").SOPInstanceUID
    world.devices.close()

    class PowerCut(BaseException): ...

    def cut(*_: object, **__: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patched:
        patched.setattr(Imports, "record", cut)
        with pytest.raises(PowerCut):
            CliRunner().invoke(
                app,
                ["import", str(world.folder / "one.dcm"), "-c", str(config_file)],
                catch_exceptions=False,
                standalone_mode=False,
            )
    world.open_devices()
    world.open_archive()
    world.start()
    assert world.wait_for(Recovered).adopted == (uid,)
    assert world.wait_for(Imported).sop_instance_uid == uid
    assert world.standing(uid).destination == "SIM_ARCHIVE"


def test_the_last_line_counts_the_verdicts(world: World, config_file: Path) -> None:
    medium = world.folder / "cd"
    for n in range(2):
        foreign(medium / f"I{n}")
    (medium / "README.TXT").write_text("A viewer is on this CD.")
    result = CliRunner().invoke(app, ["import", str(medium), "-c", str(config_file)])
    assert result.stdout.splitlines()[-1] == "Files: 3 (2 imported, 1 not DICOM)."


def test_an_empty_medium_is_said_to_be_empty(world: World, config_file: Path) -> None:
    (world.folder / "cd").mkdir()
    result = CliRunner().invoke(app, ["import", str(world.folder / "cd"), "-c", str(config_file)])
    assert (result.exit_code, result.stdout) == (0, "Files: 0, nothing to import.\n")
