"""`index fetch` and `status` over a store whose images rotted or were evicted."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from firmware.cli import app
from firmware.events import NotFetchedBack, Stored
from sim.archive_faults import ArchiveFaults
from tests.node.conftest import World
from tests.node.test_cli import config_file
from tests.node.test_fetch_back import begin_again, condition, evict, file_of, rot, stored
from tests.peers import wait_until

__all__ = ["config_file", "stored"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def fetched(config: Path, *uids: str, exit_code: int = 0) -> list[dict[str, Any]]:
    result = run("index", "fetch", *uids, "-c", str(config), "--json", "--wait", "30")
    assert result.exit_code == exit_code, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def told(config: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("status", "-c", str(config), "--json").stdout)
    return found


@pytest.mark.parametrize("node_runs", [True, False])
def test_an_evicted_image_comes_back(
    world: World, stored: Stored, config_file: Path, node_runs: bool
) -> None:
    good = evict(world, stored)
    if not node_runs:
        world.stop_node()
        world.devices.close()
    uid = stored.sop_instance_uid
    assert fetched(config_file, uid)[0]["in_store"]
    assert file_of(world, stored).read_bytes() == good
    assert condition(world, uid) == "good"
    (again,) = fetched(config_file, uid)
    assert "nothing was fetched" in again["sentence"]["en"]


@pytest.mark.parametrize("node_runs", [True, False])
def test_what_the_archive_altered_is_not_taken(
    world: World, stored: Stored, config_file: Path, node_runs: bool
) -> None:
    evict(world, stored)
    begin_again(world, ArchiveFaults(retrieve_altered=True))
    if not node_runs:
        world.stop_node()
        world.devices.close()
    (outcome,) = fetched(config_file, stored.sop_instance_uid, exit_code=1)
    assert "not bit for bit" in outcome["sentence"]["en"]
    assert "bit pour bit" in outcome["sentence"]["fr"]
    assert condition(world, stored.sop_instance_uid) == "evicted"


def test_a_uid_that_is_not_here_is_said(world: World, stored: Stored, config_file: Path) -> None:
    result = run("index", "fetch", "1.2.3", "-c", str(config_file))
    assert result.exit_code == 2
    assert "1.2.3" in result.output


def test_what_nobody_committed_to_is_said(world: World, config_file: Path) -> None:
    world.start()
    world.press()
    uid = world.wait_for(Stored)
    world.stop_node()
    world.devices.close()
    file_of(world, uid).unlink()
    world.open_devices()
    world.start()
    (outcome,) = fetched(config_file, uid.sop_instance_uid, exit_code=1)
    assert "No archive has promised" in outcome["sentence"]["en"]


def test_status_lists_what_is_damaged_and_what_happens(
    world: World, stored: Stored, config_file: Path
) -> None:
    rot(world, stored)
    begin_again(world, ArchiveFaults(retrieve_altered=True))
    world.wait_for(NotFetchedBack)
    wait_until(lambda: "tries: 1" in str(told(config_file)["lost"]), "its try is told")
    (image,) = told(config_file)["lost"]
    assert (image["instance"], image["condition"]) == (stored.sop_instance_uid, "damaged")
    assert "the digest is wrong" in image["why"]
    assert image["since"].startswith("20")
    assert "not bit for bit" in image["next"]["en"]
    assert "prochain" in image["next"]["fr"]
    text = run("status", "-c", str(config_file)).stdout
    assert stored.sop_instance_uid in text
    assert "not bit for bit" in text
