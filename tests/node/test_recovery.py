"""A start after a crash: what was stored is taken up again, the rest is said."""

import shutil
from typing import Any

import pytest

from firmware.events import Adopted, Committed, Evicted, Recovered, ScanFailed, Sent, Stored
from firmware.index.catalogue import Catalogue
from firmware.index.database import FULL, Database
from firmware.index_commands import rebuild_index
from firmware.node import INDEX_NAME
from firmware.panel_sentences import CUT_SHORT, PUT_OFF
from firmware.routing import everywhere
from firmware.store import WAITS
from firmware.wiring import open_store
from hal.errors import StorageFull
from hal.panel import Button
from hal.values import Uid
from tests.node.conftest import World
from tests.peers import wait_until

CATALOGUE = (
    "SELECT patient_id, issuer, name, birth_date, sex, study.*, series.*, instance.*"
    " FROM instance JOIN series ON series_instance_uid = series"
    " JOIN study ON study_instance_uid = study JOIN patient ON patient.id = study.patient"
    " ORDER BY sop_instance_uid"
)


def catalogue(world: World) -> list[dict[str, Any]]:
    database = Database(world.folder / "node" / INDEX_NAME, read_only=True)
    rows = [dict(row) for row in database.connection.execute(CATALOGUE)]
    database.close()
    for row in rows:
        del row["patient"]  # a row number
        del row["verified_at"]  # when this index last read the file
    return rows


def scan(world: World, button: Button = Button.SCAN) -> Stored:
    world.press(button)
    return world.wait_for(Stored)


def lose_index(world: World) -> None:
    for file in (world.folder / "node").glob(f"{INDEX_NAME}*"):
        file.unlink()


@pytest.fixture
def stopped(world: World) -> World:
    """Two films of an order and an urgent one, and the node stopped."""
    world.start()
    for button in (Button.SCAN, Button.SCAN, Button.URGENT):
        scan(world, button)
    world.stop_node()
    return world


def test_files_without_rows_are_adopted_as_they_were(stopped: World) -> None:
    before = catalogue(stopped)
    lose_index(stopped)
    stopped.start()
    found = stopped.wait_for(Recovered)
    assert set(found.adopted) == {row["sop_instance_uid"] for row in before}
    assert catalogue(stopped) == before


def test_what_was_adopted_is_sent_the_urgent_one_first(stopped: World) -> None:
    lose_index(stopped)
    stopped.open_archive()
    stopped.start()
    urgent = [row for row in catalogue(stopped) if row["priority"] == "urgent"]
    first = stopped.wait_for(Sent)
    assert [row["sop_instance_uid"] for row in urgent] == [first.sop_instance_uid]


def test_a_new_scan_after_an_adoption_is_another_instance(stopped: World) -> None:
    """The crash between publishing and recording: the UIDs reserved for it are used up."""
    database = Database(stopped.folder / "node" / INDEX_NAME)
    reserved = database.connection.execute("SELECT sop_instance_uid FROM reservation").fetchone()
    last = catalogue(stopped)[-1]
    database.connection.execute("DELETE FROM audit")
    for table, column in (("outbox", "instance"), ("instance", "sop_instance_uid")):
        database.connection.execute(
            f"DELETE FROM {table} WHERE {column} = ?", (last["sop_instance_uid"],)
        )
    database.connection.execute(
        "UPDATE reservation SET sop_instance_uid = ?", (last["sop_instance_uid"],)
    )
    database.close()
    stopped.start()
    assert stopped.wait_for(Recovered).adopted == (last["sop_instance_uid"],)
    new = scan(stopped)
    assert new.sop_instance_uid not in {last["sop_instance_uid"], reserved[0]}


def test_a_scan_that_was_cut_short_is_said_and_leaves_nothing(stopped: World) -> None:
    stored = stopped.folder / "node" / catalogue(stopped)[0]["path"]
    part = stored.with_name("2.25.1.dcm.part")
    part.write_bytes(stored.read_bytes()[:9999])
    stopped.start()
    assert len(stopped.wait_for(Recovered).cut_short) == 1
    assert not part.exists()
    wait_until(lambda: CUT_SHORT in stopped.panel.shown, "the panel says so")


def test_a_row_without_its_file_is_said(stopped: World) -> None:
    row = catalogue(stopped)[0]
    (stopped.folder / "node" / row["path"]).unlink()
    stopped.start()
    assert stopped.wait_for(Recovered).missing == (row["sop_instance_uid"],)


def test_a_file_that_comes_back_is_good_again(stopped: World) -> None:
    row = catalogue(stopped)[0]
    file = stopped.folder / "node" / row["path"]
    away = file.with_suffix(".away")
    file.rename(away)
    stopped.start()
    stopped.wait_for(Recovered)
    stopped.stop_node()
    assert catalogue(stopped)[0]["condition"] == "missing"
    away.rename(file)
    stopped.start()
    assert catalogue(stopped)[0]["condition"] == "good"


def test_what_is_none_of_ours_is_kept_aside(stopped: World) -> None:
    folder = stopped.folder / "node" / "instances" / "00"
    (folder / "stranger.dcm").write_bytes(b"not DICOM")
    image = stopped.folder / "node" / catalogue(stopped)[0]["path"]
    shutil.copy(image, folder / "1.2.3.dcm")
    stopped.start()
    found = stopped.wait_for(Recovered)
    assert found.kept_aside == ("quarantine/1.2.3.dcm", "quarantine/stranger.dcm")
    assert found.adopted == ()
    assert (stopped.folder / "node" / "quarantine" / "stranger.dcm").read_bytes() == b"not DICOM"


def test_a_clean_start_says_nothing(stopped: World) -> None:
    stopped.start()
    scan(stopped)
    assert not [event for event in stopped.heard if isinstance(event, Recovered)]


def test_rebuilding_gives_the_same_answer_and_keeps_the_old_index(stopped: World) -> None:
    before = catalogue(stopped)
    with open_store(stopped.config) as devices:
        found = rebuild_index(devices, stopped.folder / "node", everywhere("SIM_ARCHIVE"))
    assert found == {"indexed": 3, "rejected_or_superseded": 0, "kept_aside": 0}
    assert catalogue(stopped) == before
    assert (stopped.folder / "node" / f"{INDEX_NAME}.before-rebuild").exists()
    stopped.open_archive()
    stopped.start()
    for _ in before:
        stopped.wait_for(Committed)


@pytest.fixture
def full_index(stopped: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """The index of `stopped` without a row of its last image, and no room for one."""
    full = {"is": True}
    record = Catalogue.record

    def no_room(self: Catalogue, *args: Any, **named: Any) -> None:
        if full["is"]:
            raise StorageFull(FULL)
        record(self, *args, **named)

    forget_last(stopped)
    monkeypatch.setattr(Catalogue, "record", no_room)
    return full


def forget_last(world: World) -> None:
    """As after a crash between publishing and recording: its UID is laid for the next one still."""
    last = catalogue(world)[-1]["sop_instance_uid"]
    database = Database(world.folder / "node" / INDEX_NAME)
    for statement in (
        "DELETE FROM outbox WHERE instance = ?",
        "DELETE FROM instance WHERE sop_instance_uid = ?",
        "UPDATE reservation SET sop_instance_uid = ?",
    ):
        database.connection.execute(statement, (last,))
    database.close()


def test_a_full_disk_keeps_no_node_from_starting(
    stopped: World, full_index: dict[str, bool]
) -> None:
    """And what could not be indexed stays, is said, and is taken in without another start."""
    before = {row["path"] for row in catalogue(stopped)}
    files = stopped.folder / "node"
    stopped.start()
    found = stopped.wait_for(Recovered)
    (path,) = found.put_off
    content = (files / path).read_bytes()
    assert path not in before
    assert found.adopted == found.kept_aside == ()
    wait_until(lambda: PUT_OFF.fill(count=1) in stopped.panel.shown, "the panel says so")
    stopped.press()
    assert stopped.wait_for(ScanFailed).sentence == WAITS
    assert (files / path).read_bytes() == content
    full_index["is"] = False
    stopped.node.tell(Evicted(Uid("1.2.3")))  # so somebody made room
    adopted = stopped.wait_for(Adopted)
    assert adopted == Adopted((Uid(files.joinpath(path).stem),), (), 0)
    assert path in {row["path"] for row in catalogue(stopped)}
    assert scan(stopped).sop_instance_uid not in adopted.adopted
    assert (files / path).read_bytes() == content
