"""The commands that people type, over a store that a node made."""

import json
import sqlite3
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from firmware.calibration_file import save_calibration
from firmware.cli import app
from firmware.events import CalibrationIgnored, Committed, NotSent, Recovered, Stored
from firmware.imaging.density import linear_calibration
from firmware.node import INDEX_NAME
from sim.archive_faults import ArchiveFaults
from tests.node.conftest import World


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def told(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def toml_lines(table: str, values: dict[str, Any]) -> Iterator[str]:
    """A table's own keys before its tables."""
    if table:
        yield f"[{table}]"
    tables = {key: value for key, value in values.items() if isinstance(value, dict)}
    for key in values.keys() - tables.keys():
        yield f"{key} = {json.dumps(values[key])}"
    for key, value in tables.items():
        yield from toml_lines(f"{table}.{key}".lstrip("."), value)


@pytest.fixture
def config_file(world: World) -> Path:
    return write_config(world)


def write_config(world: World) -> Path:
    """The world's own configuration, as TOML."""
    file = world.folder / "node.toml"
    file.write_text("\n".join(toml_lines("", world.config.model_dump(exclude_defaults=True))))
    assert tomllib.loads(file.read_text())
    return file


@pytest.fixture
def stored(world: World) -> Stored:
    world.open_archive()
    world.start()
    world.press()
    found = world.wait_for(Stored)
    world.wait_for(Committed)
    return found


def test_status_counts_what_stands_where(stored: Stored, config_file: Path) -> None:
    status = told("status", "-c", str(config_file))
    assert status["instances"] == 1
    assert status["states"] == {"committed": 1}
    assert status["troubles"] == []
    assert "1 committed" in run("status", "-c", str(config_file)).stdout


def test_status_names_the_trouble(world: World, config_file: Path) -> None:
    world.start()
    world.press()
    uid = world.wait_for(Stored).sop_instance_uid
    sentence = world.wait_for(NotSent).sentence
    (trouble,) = told("status", "-c", str(config_file))["troubles"]
    assert (trouble["instance"], trouble["last_error"]) == (uid, sentence.en)


def test_studies_lists_the_patient_and_how_far_it_got(stored: Stored, config_file: Path) -> None:
    (study,) = told("studies", "-c", str(config_file))
    assert study["name"] == "EXEMPLE^Éléonore"
    assert (study["instances"], study["sent"], study["committed"]) == (1, 1, 1)
    assert "EXEMPLE" in run("studies", "-c", str(config_file)).stdout


@pytest.mark.parametrize(
    ("patient", "count"),
    [("exem", 1), ("ELEON", 1), ("élé exe", 1), ("onore", 0), ('" OR *', 0), ("modele", 0)],
)
def test_studies_are_found_by_the_beginnings_of_names(
    stored: Stored, config_file: Path, patient: str, count: int
) -> None:
    assert len(told("studies", "--patient", patient, "-c", str(config_file))) == count


def test_show_tells_the_whole_way_of_an_image(stored: Stored, config_file: Path) -> None:
    (instance,) = told("show", stored.sop_instance_uid, "-c", str(config_file))["instances"]
    assert instance["sha256"] == stored.sha256
    actions = [entry["action"] for entry in instance["trail"]]
    assert actions == ["stored", "leased", "accepted", "commitment asked", "committed"]
    assert stored.sha256[:16] in run("show", stored.sop_instance_uid, "-c", str(config_file)).stdout


def test_show_of_an_unknown_uid_is_one_sentence(stored: Stored, config_file: Path) -> None:
    result = run("show", "1.2.3", "-c", str(config_file))
    assert result.exit_code == 2
    assert "1.2.3" in result.stderr


def test_reports_before_the_first_run_are_one_sentence(world: World, config_file: Path) -> None:
    result = run("status", "-c", str(config_file))
    assert result.exit_code == 2
    assert "has not run there yet" in result.stderr


def test_the_trail_is_unbroken_and_a_cut_tail_shows(
    stored: Stored, world: World, config_file: Path
) -> None:
    found = told("audit", "verify", "-c", str(config_file))
    of_the_image, of_its_examination = 5, 1  # opened with its first image
    assert (found["unbroken"], found["seq"]) == (True, of_the_image + of_its_examination)
    witness = f"{found['seq']}:{found['hash']}"
    world.stop_node()
    connection = sqlite3.connect(world.folder / "node" / INDEX_NAME)
    with connection:
        connection.execute("DELETE FROM audit WHERE seq >= ?", (found["seq"],))
    connection.close()
    assert run("audit", "verify", "-c", str(config_file)).exit_code == 0
    result = run("audit", "verify", "-c", str(config_file), "--head", witness)
    assert result.exit_code == 1
    assert f"Broken at entry {found['seq']}" in result.stderr


def test_rebuilding_needs_the_node_stopped(stored: Stored, config_file: Path) -> None:
    result = run("index", "rebuild", "-c", str(config_file))
    assert result.exit_code == 1
    assert "already running" in result.stderr


def test_a_held_image_is_listed_and_released(world: World, config_file: Path) -> None:
    world.open_archive(ArchiveFaults(store_status=0xA900))
    world.start()
    world.press()
    uid = world.wait_for(Stored).sop_instance_uid
    world.wait_for(NotSent)
    (waiting,) = told("queue", "list", "-c", str(config_file))
    assert (waiting["instance"], waiting["state"]) == (uid, "held")
    assert "held" in run("queue", "list", "-c", str(config_file)).stdout
    world.close_archive()
    world.open_archive()
    result = run("queue", "release", uid, "-c", str(config_file))
    assert result.exit_code == 0, result.output
    world.wait_for(Committed)
    result = run("queue", "release", uid, "-c", str(config_file))
    assert result.exit_code == 2
    assert "No such image is held" in result.stderr


def test_config_check_says_good_or_what_is_wrong(config_file: Path) -> None:
    assert "good" in run("config", "check", "-c", str(config_file)).stdout
    config_file.write_text(config_file.read_text().replace("reserve_mib", "reserve"))
    result = run("config", "check", "-c", str(config_file))
    assert result.exit_code == 2
    assert "Did you mean reserve_mib?" in result.stderr


def test_a_wedge_calibrates_what_the_next_image_says(world: World) -> None:
    densities = (0.05, 0.35, 0.95, 1.85, 2.75)
    steps = [round(60_000 * 10**-density) for density in densities]
    wedge = world.folder / "wedge.png"
    Image.fromarray(np.repeat(np.array(steps, np.uint16), 40)[:, None].repeat(60, 1)).save(wedge)
    output = world.folder / "calibration.json"
    text = ",".join(map(str, densities))
    record = told("calibrate", "--wedge", str(wedge), "--densities", text, "-o", str(output))
    assert [point[0] for point in record["points"]] == steps
    film = world.config.film.model_copy(update={"calibration": str(output)})
    world.config = world.config.model_copy(update={"film": film})
    world.start()
    world.press()
    world.wait_for(Stored)
    settings = world.node.acquisition.settings.calibration
    assert settings is not None
    assert settings.optical_density([steps[2]])[0] == pytest.approx(0.95, abs=0.005)


def test_a_backup_is_restored_and_what_is_newer_is_taken_up(
    stored: Stored, world: World, config_file: Path
) -> None:
    folder = world.folder / "saved"
    saved = told("backup", str(folder), "-c", str(config_file))
    assert saved["instances"] == 1
    world.press()
    newer = world.wait_for(Stored)
    world.wait_for(Committed)
    world.stop_node()
    world.devices.close()
    told("restore", str(folder), "-c", str(config_file))
    world.open_devices()
    world.start()
    assert world.wait_for(Recovered).adopted == (newer.sop_instance_uid,)
    assert world.standing(stored.sop_instance_uid).state.value == "committed"


def test_a_backup_never_goes_over_another(stored: Stored, config_file: Path) -> None:
    folder = str(config_file.parent / "saved")
    assert run("backup", folder, "-c", str(config_file)).exit_code == 0
    assert run("backup", folder, "-c", str(config_file)).exit_code == 2


def test_a_damaged_backup_is_refused_and_changes_nothing(
    stored: Stored, world: World, config_file: Path
) -> None:
    folder = world.folder / "saved"
    told("backup", str(folder), "-c", str(config_file))
    with (folder / INDEX_NAME).open("r+b") as file:
        file.seek(5000)
        file.write(b"rot")
    result = run("restore", str(folder), "-c", str(config_file))
    assert result.exit_code == 2
    assert "was changed" in result.stderr
    assert told("status", "-c", str(config_file))["instances"] == 1


def test_another_scanners_calibration_is_not_used_and_it_is_said(world: World) -> None:
    output = world.folder / "calibration.json"
    save_calibration(replace(linear_calibration("OTHER"), method="step wedge, 2 steps"), output)
    film = world.config.film.model_copy(update={"calibration": str(output)})
    world.config = world.config.model_copy(update={"film": film})
    world.start()
    world.press()
    assert world.wait_for(CalibrationIgnored).made_on == "OTHER"
    stored = world.wait_for(Stored)
    dataset = pydicom.dcmread(world.folder / "node" / stored.path, stop_before_pixels=True)
    assert "not calibrated" in dataset.ImageComments


@pytest.mark.parametrize(
    ("densities", "said"), [("a,b", "numbers"), ("0.05,0.20", "2 densities"), ("1", "2 to 64")]
)
def test_a_wedge_that_does_not_fit_is_one_sentence(
    tmp_path: Path, densities: str, said: str
) -> None:
    wedge = tmp_path / "wedge.png"
    Image.fromarray(np.repeat(np.array([5, 50, 500], np.uint16), 40)[:, None].repeat(60, 1)).save(
        wedge
    )
    output = tmp_path / "calibration.json"
    result = run("calibrate", "--wedge", str(wedge), "--densities", densities, "-o", str(output))
    assert result.exit_code == 2
    assert said in result.stderr
    assert not output.exists()
