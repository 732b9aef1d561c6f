"""Rejected and superseded files go after their days, and no superseded one before its successor is
committed everywhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.dicom.uids import new_uid
from firmware.index import audit
from firmware.index.examinations import Examinations
from firmware.index.forgetting import Forgetting
from firmware.index.keeping import Keeping
from firmware.index.proofs import Proofs
from firmware.keeping import Found
from firmware.recovery import recover
from firmware.retention import LOOK_S, Retention
from firmware.store import path_of, rejected_path, superseded_path
from hal.archive import CommitmentReport
from hal.errors import Sentence, StorageFailed
from hal.values import SopReference, Uid
from sim.disk import AllOrNothing, Effect
from tests.unit.dicom.films import ORDER
from tests.unit.firmware.reconciling import ROUTE, STUDY, World

REJECTED_DAYS, SUPERSEDED_DAYS = 30.0, 365.0
DAY_S = 86_400.0


class Kept(World):
    trusted_lists: tuple[str, ...] = ()

    def days_pass(self, days: float) -> None:
        self.clock.sleep(days * DAY_S)
        retention = Retention(
            self.store,
            Forgetting(self.database, self.clock, self.trusted_lists),
            30.0,
            0.0,
            Keeping(self.database, self.clock),
            REJECTED_DAYS,
            SUPERSEDED_DAYS,
        )
        while retention.step() < LOOK_S:
            pass

    def condition(self, uid: str) -> str:
        (row,) = self.database.rows(
            "SELECT condition FROM instance WHERE sop_instance_uid = ?", (uid,)
        )
        return str(row["condition"])

    def is_superseded_here(self, uid: Uid) -> bool:
        return self.disk.size_bytes(superseded_path(uid)) is not None

    def commit(self, destination: str) -> None:
        """All that is queued for it."""
        sent = self.send(destination)
        self.clock.sleep(DAY_S)
        transaction = new_uid(self.entropy)
        asked = self.outbox.ask_commitment(destination, transaction, 60.0, 100)
        references = tuple(
            SopReference(one.sop_class_uid, one.sop_instance_uid)
            for one in asked
            if one.sop_instance_uid in sent
        )
        self.outbox.settle(CommitmentReport(transaction, references, ()), destination)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path / "index.sqlite3")
    yield made
    made.database.close()


def corrected(world: Kept) -> tuple[Uid, Uid]:
    """(old, new)"""
    old = world.scan(1)
    world.desk.reconcile(STUDY, ORDER, "Mme Martin")
    world.work()
    return old, Uid(world.successors()[old])


def test_a_rejected_file_goes_after_its_days(world: Kept) -> None:
    uid = world.scan(1)
    Examinations(world.database, world.clock).reject(uid, "motion")
    world.store.reject(uid)
    world.days_pass(REJECTED_DAYS - 1)
    assert world.disk.size_bytes(rejected_path(uid)) is not None
    world.days_pass(2)
    assert world.disk.size_bytes(rejected_path(uid)) is None
    assert world.condition(uid) == "discarded"
    (row,) = world.database.rows("SELECT detail FROM audit WHERE action = 'days over'")
    assert row["detail"] == rejected_path(uid)
    recover(world.store, world.catalogue, Keeping(world.database, world.clock), ROUTE)
    assert world.condition(uid) == "discarded", "nothing misses it"


def test_one_that_a_failing_disk_kept_goes_at_the_next_start(world: Kept) -> None:
    uid = world.scan(1)
    Examinations(world.database, world.clock).reject(uid, "motion")
    world.store.reject(uid)
    world.disk.before = the_folder_fails
    with pytest.raises(StorageFailed):
        world.days_pass(REJECTED_DAYS + 1)
    assert world.condition(uid) == "discarded", "no row tells of a file that may be gone"
    world.start_again(AllOrNothing(survives=False))
    assert world.disk.size_bytes(rejected_path(uid)) is None, "its name had come back"
    assert world.condition(uid) == "discarded"


@pytest.mark.parametrize("is_corrected", [False, True])
def test_one_that_came_back_under_its_first_name_keeps_no_node_from_starting(
    world: Kept, is_corrected: bool
) -> None:
    """No folder could be synced since it was put aside, and then the power went."""
    if is_corrected:
        uid, _ = corrected(world)
        world.commit("NEAR")
        world.commit("FAR")
    else:
        uid = world.scan(1)
        Examinations(world.database, world.clock).reject(uid, "motion")
        world.store.reject(uid)
    aside = superseded_path(uid) if is_corrected else rejected_path(uid)
    with world.disk.open(aside) as file:
        content = file.read()
    world.days_pass(SUPERSEDED_DAYS + 1)
    assert world.condition(uid) == "discarded"
    with world.disk.create(path_of(uid)) as file:
        file.write(content)
        file.sync()
    world.disk.sync_folder(str(Path(path_of(uid)).parent))
    world.start_again(None)
    assert world.disk.size_bytes(path_of(uid)) is None
    assert world.condition(uid) == "discarded"


def the_folder_fails(effect: Effect) -> None:
    what, _ = effect
    if what == "sync_folder":
        raise StorageFailed(Sentence("cut", "coupé"))


def test_a_superseded_file_waits_for_the_promise_of_every_archive(world: Kept) -> None:
    old, _ = corrected(world)
    world.days_pass(SUPERSEDED_DAYS + 1)
    assert world.is_superseded_here(old)
    world.commit("NEAR")
    world.days_pass(1)
    assert world.is_superseded_here(old), "FAR has promised nothing"
    world.commit("FAR")
    world.days_pass(1)
    assert not world.is_superseded_here(old)
    assert world.condition(old) == "discarded"
    standing = world.desk.standing(STUDY)
    assert standing is not None
    assert standing.corrected_count == 1
    assert world.desk.study(STUDY) is None


@pytest.mark.parametrize("trusted", [(), ("NEAR",), ("FAR",)], ids=["none", "another", "FAR's"])
def test_an_archives_list_is_enough_where_the_configuration_says_so(
    world: Kept, trusted: tuple[str, ...]
) -> None:
    """Such an archive has no storage commitment: nothing would ever be released."""
    world.trusted_lists = trusted
    old, new = corrected(world)
    world.commit("NEAR")
    world.send("FAR")
    Proofs(world.database, world.clock).listed(new, "FAR")
    assert world.states(new)["FAR"] == "confirmed by query"
    world.days_pass(SUPERSEDED_DAYS + 1)
    assert world.is_superseded_here(old) == (trusted != ("FAR",))


def test_nor_before_its_days(world: Kept) -> None:
    old, _ = corrected(world)
    world.commit("NEAR")
    world.commit("FAR")
    world.days_pass(SUPERSEDED_DAYS - 10)
    assert world.is_superseded_here(old)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE instance SET condition = 'damaged' WHERE sop_instance_uid = ?",
        "UPDATE instance SET condition = 'rejected' WHERE sop_instance_uid = ?",
        "UPDATE outbox SET unproven = 1 WHERE instance = ?",
        "DELETE FROM outbox WHERE instance = ?",
        "UPDATE reconciliation SET ended_at = NULL WHERE ? <> ''",
    ],
)
def test_what_is_not_safe_keeps_its_original(world: Kept, damage: str) -> None:
    old, new = corrected(world)
    world.commit("NEAR")
    world.commit("FAR")
    with world.database.transaction() as connection:
        connection.execute(damage, (new,))
    world.days_pass(10 * SUPERSEDED_DAYS)
    assert world.is_superseded_here(old)


def test_an_evicted_successor_is_not_forgotten_before(world: Kept) -> None:
    old, new = corrected(world)
    world.commit("NEAR")
    world.commit("FAR")
    with world.database.transaction() as connection:
        connection.execute(
            "UPDATE instance SET condition = 'evicted' WHERE sop_instance_uid = ?", (new,)
        )
        audit.record(connection, world.clock.now(), "keeping", Found.FILE_REMOVED.value, new)
    forgetting = Forgetting(world.database, world.clock)
    world.clock.sleep(10 * DAY_S)
    assert forgetting.forget_evicted(0.0) == 0
    world.days_pass(SUPERSEDED_DAYS)
    assert world.condition(old) == "discarded"
    assert forgetting.forget_evicted(1.0) == 1, "now it may"
