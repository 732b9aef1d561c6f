"""One node, several archives: rules, copies, a fallback, and none that waits for another."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from firmware.cli import app
from firmware.config import ArchiveSection
from firmware.config_rules import RuleSection
from firmware.events import Committed, FellBack, NotSent, Stored
from hal.panel import Button
from hal.values import Uid
from sim.archive_faults import NO_FAULTS, ArchiveFaults
from sim.archive_peer import SimulatedArchive
from sim.free_port import free_port
from tests.node.conftest import World
from tests.node.test_cli import config_file
from tests.peers import wait_until

__all__ = ["config_file"]

MAIN, EXPERT = "SIM_ARCHIVE", "expert"


class TwoArchives:
    """`world` with a second archive, in the same configuration."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._port = free_port()
        self._expert: SimulatedArchive | None = None
        self.configure(())

    def configure(self, rules: tuple[dict[str, object], ...]) -> None:
        expert = ArchiveSection(ae_title="EXPERT", host="127.0.0.1", port=self._port)
        archives = {MAIN: self.world.config.archives[MAIN], EXPERT: expert}
        sections = [RuleSection.model_validate(rule) for rule in rules]
        self.world.config = self.world.config.model_copy(
            update={"archives": archives, "rules": sections}
        )
        self.world.devices.close()
        self.world.open_devices()

    def open_expert(self, faults: ArchiveFaults = NO_FAULTS) -> None:
        listen_port = self.world.config.station.listen_port
        self._expert = SimulatedArchive(
            self.world.folder / "expert",
            faults,
            ae_title="EXPERT",
            port=self._port,
            report_to=("SAPI_NODE", "127.0.0.1", listen_port),
        ).start()

    def at_expert(self) -> set[str]:
        assert self._expert is not None
        return set(self._expert.instances())

    def states(self, uid: Uid) -> dict[str, str]:
        found = self.world.node.outbox().standing(uid)
        return {one.destination: one.state.value for one in found}

    def close(self) -> None:
        if self._expert is not None:
            self._expert.close()


@pytest.fixture
def two(world: World) -> Iterator[TwoArchives]:
    made = TwoArchives(world)
    yield made
    made.close()


def committed_at(destination: str, uid: Uid) -> object:
    return lambda event: (event.destination, event.sop_instance_uid) == (destination, uid)


def test_without_rules_both_get_it_and_both_commit(two: TwoArchives, world: World) -> None:
    world.open_archive()
    two.open_expert()
    world.start()
    world.press()
    uid = world.wait_for(Stored).sop_instance_uid
    assert {world.wait_for(Committed).destination for _ in range(2)} == {MAIN, EXPERT}
    assert two.states(uid) == {MAIN: "committed", EXPERT: "committed"}
    assert world.in_archive() == two.at_expert() == {uid}


@pytest.mark.parametrize("faults", [None, ArchiveFaults(never_answer=True)], ids=["away", "mute"])
def test_one_that_is_away_or_mute_holds_the_other_back_by_nothing(
    faults: ArchiveFaults | None, two: TwoArchives, world: World
) -> None:
    world.open_archive()
    if faults is not None:
        two.open_expert(faults)
    world.start()
    for _ in range(2):
        world.press()
        uid = world.wait_for(Stored).sop_instance_uid
        assert world.wait_for(Committed).destination == MAIN
        assert two.states(uid)[EXPERT] in ("queued", "sending")


def test_rules_decide_and_a_copy_is_for_what_is_urgent(two: TwoArchives, world: World) -> None:
    two.configure(({"send_to": [MAIN], "also": [EXPERT]},))
    world.open_archive()
    two.open_expert()
    world.start()
    world.press()
    routine = world.wait_for(Stored).sop_instance_uid
    world.press(Button.URGENT)
    urgent = world.wait_for(Stored).sop_instance_uid
    # By states: the first may have been committed before the second was stored.
    everywhere = {MAIN: "committed", EXPERT: "committed"}
    wait_until(lambda: two.states(routine) == {MAIN: "committed"}, "the routine one is committed")
    wait_until(lambda: two.states(urgent) == everywhere, "the urgent one is committed at both")
    assert two.at_expert() == {urgent}


def test_the_fallback_stands_in_and_the_first_still_gets_it(two: TwoArchives, world: World) -> None:
    rule = {"send_to": [MAIN], "fallback": EXPERT, "fallback_after_min": 30.0}
    two.configure((rule,))
    two.open_expert()
    world.start()
    world.press()
    uid = world.wait_for(Stored).sop_instance_uid
    world.wait_for(NotSent)
    assert two.states(uid) == {MAIN: "queued"}
    world.clock.sleep(31 * 60.0)
    assert world.wait_for(FellBack) == FellBack(uid, MAIN, EXPERT)
    assert world.wait_for(Committed).destination == EXPERT
    assert two.states(uid)[MAIN] == "queued"
    world.open_archive()
    world.retry_now()
    assert world.wait_for(Committed).destination == MAIN


def test_adopted_images_go_the_way_that_the_rules_say(two: TwoArchives, world: World) -> None:
    two.configure(({"priority": "urgent", "send_to": [EXPERT]}, {"send_to": [MAIN]}))
    world.start()
    uids = {}
    for button in (Button.SCAN, Button.URGENT):
        world.press(button)
        uids[button] = world.wait_for(Stored).sop_instance_uid
    world.stop_node()
    for file in Path(world.config.store.path).glob("index.sqlite3*"):
        file.unlink()
    world.start()
    assert list(two.states(uids[Button.SCAN])) == [MAIN]
    assert list(two.states(uids[Button.URGENT])) == [EXPERT]


def test_the_test_tells_what_each_archive_takes_films_in(
    two: TwoArchives, world: World, config_file: Path
) -> None:
    world.open_archive()
    main, expert = json.loads(
        CliRunner().invoke(app, ["archive", "test", "--json", "-c", str(config_file)]).stdout
    )
    assert expert["films"] is None, "it is away"
    assert list(main["films"]["accepted"]) == ["as stored", "JPEG-LS lossless", "HTJ2K lossless"]
    assert main["films"]["fr"].startswith("Elle accepte les films sans recodage, en JPEG-LS")
    result = CliRunner().invoke(app, ["archive", "test", MAIN, "-c", str(config_file)])
    assert f"  {main['films']['en']}" in result.stdout.splitlines()


def test_each_archive_is_tested_by_its_name(
    two: TwoArchives, world: World, config_file: Path
) -> None:
    world.open_archive()
    runner, options = CliRunner(), ["-c", str(config_file)]
    result = runner.invoke(app, ["archive", "test", *options])
    assert result.exit_code == 1, "the expert's is away"
    assert f"{MAIN}: It answers" in result.stdout
    assert "expert: " in result.stdout
    assert runner.invoke(app, ["archive", "test", MAIN, *options]).exit_code == 0
    result = runner.invoke(app, ["archive", "test", "lens", *options])
    assert result.exit_code == 2
    assert "There is: SIM_ARCHIVE, expert" in result.stderr
