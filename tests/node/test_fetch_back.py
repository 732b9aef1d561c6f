"""A stored image rots or was evicted: it comes back bit for bit, or that is said."""

from pathlib import Path

import pytest

from firmware.events import Committed, FetchedBack, FileDamaged, NotFetchedBack, Stored
from firmware.index.database import Database
from firmware.index.fetches import PERSON, Fetches
from firmware.index.keeping import Keeping
from firmware.keeping import Rules
from firmware.node import INDEX_NAME
from firmware.panel_sentences import COMES_BACK, RESTORED
from firmware.retrieval import AGAIN_LAST_S, REFUSED_S
from firmware.scrub import DAY_S
from hal.panel import Lamp
from hal.values import Uid
from sim.archive_faults import NO_FAULTS, ArchiveFaults
from tests.node.conftest import World
from tests.peers import wait_until

NO_WAIT = Rules(keep_days=0.0, keep_urgent_days=0.0)


@pytest.fixture
def stored(world: World) -> Stored:
    """Committed, and the node stopped."""
    world.open_archive()
    world.start()
    world.press()
    found = world.wait_for(Stored)
    world.wait_for(Committed)
    world.stop_node()
    return found


def file_of(world: World, stored: Stored) -> Path:
    return world.folder / "node" / stored.path


def rot(world: World, stored: Stored) -> bytes:
    """One bit, in the middle of the pixels; what was there before."""
    file = file_of(world, stored)
    good = file.read_bytes()
    middle = len(good) // 2
    file.write_bytes(good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :])
    return good


def begin_again(world: World, faults: ArchiveFaults = NO_FAULTS) -> None:
    world.stop_node()
    world.close_archive()
    world.open_archive(faults)
    world.devices.close()
    world.open_devices()
    world.start()


def database(world: World) -> Database:
    return Database(world.folder / "node" / INDEX_NAME)


def condition(world: World, uid: Uid) -> str:
    opened = database(world)
    try:
        ((found,),) = opened.rows(
            "SELECT condition FROM instance WHERE sop_instance_uid = ?", (uid,)
        )
    finally:
        opened.close()
    return str(found)


def test_what_rots_is_named_and_restored_from_the_archive(world: World, stored: Stored) -> None:
    uid = stored.sop_instance_uid
    good = rot(world, stored)
    begin_again(world)
    assert world.wait_for(FileDamaged).comes_back
    assert world.wait_for(FetchedBack) == FetchedBack(uid, "damaged", lost_left=0)
    assert file_of(world, stored).read_bytes() == good
    assert condition(world, uid) == "good"
    assert world.standing(uid).state.value == "committed"
    told = [COMES_BACK.fill(uid=uid), RESTORED.fill(uid=uid)]
    wait_until(lambda: world.panel.shown[-1] == told[1], "the panel says so")
    assert [sentence for sentence in world.panel.shown if sentence in told] == told
    wait_until(lambda: not world.panel.lamps.get(Lamp.FAULT), "the fault lamp goes out")
    aside = world.folder / "node" / "quarantine" / file_of(world, stored).name
    assert aside.exists(), "a person may want to see what the disk did"


def test_what_is_gone_comes_back(world: World, stored: Stored) -> None:
    good = file_of(world, stored).read_bytes()
    file_of(world, stored).unlink()
    begin_again(world)
    assert world.wait_for(FetchedBack).was == "missing"
    assert file_of(world, stored).read_bytes() == good


FAULTS = {
    "altered": (ArchiveFaults(retrieve_altered=True), "not bit for bit", REFUSED_S),
    "not there": (ArchiveFaults(retrieve_nothing=True), "did not give image", REFUSED_S),
    "no C-GET": (ArchiveFaults(no_retrieval_service=True), "no C-GET", REFUSED_S),
    "hangs up in the middle": (
        ArchiveFaults(hang_up_after_sent_bytes=200_000),
        "line to the archive broke",
        AGAIN_LAST_S,
    ),
    "out of resources": (ArchiveFaults(retrieve_status=0xA702), "A702H", AGAIN_LAST_S),
    "failed": (ArchiveFaults(retrieve_status=0xC001), "C001H", REFUSED_S),
}


@pytest.mark.parametrize(("faults", "words", "wait_s"), FAULTS.values(), ids=list(FAULTS))
def test_what_cannot_be_restored_stays_damaged_and_is_tried_again(
    world: World, stored: Stored, faults: ArchiveFaults, words: str, wait_s: float
) -> None:
    uid = stored.sop_instance_uid
    good = rot(world, stored)
    begin_again(world, faults)
    told = world.wait_for(NotFetchedBack)
    assert words in told.sentence.en
    assert told.sentence.fr != told.sentence.en
    assert told.is_lost
    assert condition(world, uid) == "damaged"
    assert not file_of(world, stored).exists()
    assert not list((world.folder / "node" / "fetching").iterdir())
    wait_until(lambda: "cannot be restored" in world.panel.shown[-1].en, "the panel says so")
    assert "ne peut pas être restaurée" in world.panel.shown[-1].fr
    assert world.panel.lamps[Lamp.FAULT]
    world.close_archive()
    world.open_archive()
    world.clock.sleep(wait_s)
    world.wait_for(FetchedBack)
    assert file_of(world, stored).read_bytes() == good


def test_what_was_never_committed_cannot_come_back(world: World) -> None:
    world.start()
    world.press()
    stored = world.wait_for(Stored)
    world.stop_node()
    rot(world, stored)
    begin_again(world)
    told = world.wait_for(NotFetchedBack)
    assert "No archive has promised" in told.sentence.en
    assert condition(world, stored.sop_instance_uid) == "damaged"


def evict(world: World, stored: Stored) -> bytes:
    good = file_of(world, stored).read_bytes()
    keeping = world.config.keeping.model_copy(
        update={"keep_days": 0.0, "keep_urgent_days": 0.0, "evict": "when-due"}
    )
    world.config = world.config.model_copy(update={"keeping": keeping})
    begin_again(world)
    wait_until(lambda: not file_of(world, stored).exists(), "it is evicted")
    wait_until(lambda: condition(world, stored.sop_instance_uid) == "evicted", "the row says so")
    return good


def test_what_was_evicted_comes_back_only_when_asked_for(world: World, stored: Stored) -> None:
    uid = stored.sop_instance_uid
    good = evict(world, stored)
    opened = database(world)
    Fetches(opened, world.clock).ask(uid, PERSON)
    assert world.wait_for(FetchedBack) == FetchedBack(uid, "evicted", lost_left=0)
    assert file_of(world, stored).read_bytes() == good
    assert condition(world, uid) == "good"
    assert Keeping(opened, world.clock).choose_for_eviction(NO_WAIT) is not None
    opened.close()


def test_what_came_back_is_not_evicted_again_at_once(world: World, stored: Stored) -> None:
    uid = stored.sop_instance_uid
    evict(world, stored)
    opened = database(world)
    keeping = Keeping(opened, world.clock)
    Fetches(opened, world.clock).ask(uid, PERSON)
    world.wait_for(FetchedBack)
    rules = Rules(0.0, 0.0, world.config.keeping.restored_days)
    assert keeping.choose_for_eviction(rules) is None
    world.stop_node()
    world.clock.sleep((world.config.keeping.restored_days + 1) * DAY_S)
    assert keeping.choose_for_eviction(rules) is not None
    opened.close()


def test_a_crash_between_file_and_row_comes_out_right(world: World, stored: Stored) -> None:
    """The file was published, and the power went before the row said so."""
    uid = stored.sop_instance_uid
    opened = database(world)
    opened.connection.execute("UPDATE instance SET condition = 'damaged'")
    opened.close()
    begin_again(world)
    assert condition(world, uid) == "good"
    assert file_of(world, stored).exists()
