"""An urgent film is given to its order: by the command beside a running node, and without one."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from firmware.cli import app
from firmware.events import Committed, Reconciled, Stored
from firmware.index.database import Database
from firmware.index.scheduled import Scheduled
from hal.panel import Button
from hal.values import Uid
from tests.node.conftest import World
from tests.node.test_cli import config_file
from tests.node.test_fetch_back import evict
from tests.unit.dicom.films import ORDER

__all__ = ["config_file"]


def command(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["reconcile", *arguments, "-c", str(config)])


def open_study(config: Path) -> str:
    (study,) = json.loads(command(config, "list", "--json").stdout)
    assert study["is_provisional"]
    return str(study["study_instance_uid"])


@pytest.fixture
def urgent(world: World) -> Stored:
    """One urgent film, committed, and a worklist with one order."""
    world.open_archive()
    world.start()
    world.press(Button.URGENT)
    stored = world.wait_for(Stored)
    world.wait_for(Committed)
    return stored


def test_beside_a_running_node(world: World, urgent: Stored, config_file: Path) -> None:
    keep_order(world)
    study = open_study(config_file)
    told = command(config_file, "to", study, "--order", ORDER.accession_number, "--yes", "--json")
    assert told.exit_code == 0, told.output
    said = json.loads(told.stdout)
    assert (said["outcome"], said["corrected"]) == ("done", 1)
    assert said["sentence"]["fr"] != said["sentence"]["en"]
    corrected = world.wait_for(Reconciled)
    assert corrected.of == urgent.sop_instance_uid
    for _ in range(2):  # the corrected film and the note
        world.wait_for(Committed)
    assert len(world.in_archive()) == 3
    assert json.loads(command(config_file, "list", "--json").stdout) == []


def test_without_a_node_what_was_evicted_is_brought_back_first(
    world: World, urgent: Stored, config_file: Path
) -> None:
    evict(world, urgent)
    world.stop_node()
    world.devices.close()
    keep_order(world)
    number = ORDER.accession_number
    told = command(config_file, "to", open_study(config_file), "--order", number, "--yes", "--json")
    assert told.exit_code == 0, told.output
    said = json.loads(told.stdout)
    assert (said["outcome"], said["corrected"]) == ("done", 1)


def test_an_order_that_is_not_there(world: World, urgent: Stored, config_file: Path) -> None:
    assert urgent
    study = open_study(config_file)
    told = command(config_file, "to", study, "--order", "NONE", "--yes")
    assert told.exit_code == 2
    assert "NONE" in told.output


def keep_order(world: World) -> None:
    """As if the RIS had listed it."""
    database = Database(world.folder / "node" / "index.sqlite3")
    order = replace(ORDER, study_instance_uid=Uid(""))
    Scheduled(database, world.devices.clock).keep((order,))
    database.close()
