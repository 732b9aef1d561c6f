"""Files that rot are found and kept aside; files are removed only when it is safe."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.events import Event, Evicted, FileDamaged, SpaceLow
from firmware.eviction import Eviction
from firmware.index.implementations import Implementations
from firmware.index.keeping import Keeping
from firmware.index.outbox import WHOLE_STUDY_S
from firmware.index.proofs import Proofs
from firmware.index.queue_actions import Chosen, QueueActions
from firmware.keeping import CHANGES, Condition, Found, Rules
from firmware.scrub import DAY_S, READ_AGAIN_S, READ_TRIES, REST_MIN_S, Scrub
from firmware.store import Store
from hal.archive import CommitmentReport
from hal.errors import Sentence, StorageFailed
from hal.values import SopReference, Uid
from tests.faulty_disk import FullDisk
from tests.unit.firmware.conftest import SOP_CLASS, Index

KEEP_DAYS = 10.0
RULES = Rules(keep_days=KEEP_DAYS, keep_urgent_days=30.0, restored_days=20.0)
CONTENT = b"an image\n"
TRANSACTIONS = itertools.count(1)


class Keeper:
    def __init__(self, index: Index, folder: Path) -> None:
        self.index = index
        self.folder = folder
        self.disk = FullDisk(folder)
        self.store = Store(self.disk, 0)
        self.store.prepare()
        self.keeping = Keeping(index.database, index.clock)
        self.events: list[Event] = []
        self.scrub = Scrub(
            self.store, self.keeping, self.events.append, pass_days=10.0, clock=index.clock
        )
        self.eviction = Eviction(
            self.store,
            self.keeping,
            Implementations(index.database),
            self.events.append,
            low_bytes=100,
            high_bytes=120,
            rules=RULES,
        )

    def store_one(self) -> Uid:
        """A file, and its row with the file's own size and digest."""
        uid = self.index.add()
        with self.store.incoming(uid, len(CONTENT)) as file:
            file.write(CONTENT)
            published = file.publish()
        self.index.database.connection.execute(
            "UPDATE instance SET path = ?, size_bytes = ?, sha256 = ? WHERE sop_instance_uid = ?",
            (published.path, published.size_bytes, published.sha256, uid),
        )
        self.index.clock.sleep(1.0)
        return uid

    def commit(self, uid: Uid) -> None:
        self.index.outbox.lease("ARCHIVE", 100)
        self.index.outbox.accepted(uid, "ARCHIVE")
        self.asked_and_committed(uid)

    def asked_and_committed(self, uid: Uid) -> None:
        outbox, transaction = self.index.outbox, Uid(f"1.2.{next(TRANSACTIONS)}")
        self.index.clock.sleep(WHOLE_STUDY_S)  # the others of its study are still on the line
        outbox.ask_commitment("ARCHIVE", transaction, 60.0, 100)
        report = CommitmentReport(transaction, (SopReference(SOP_CLASS, uid),), ())
        outbox.settle(report, "ARCHIVE")

    def file(self, uid: Uid) -> Path:
        (row,) = self.index.database.connection.execute(
            "SELECT path FROM instance WHERE sop_instance_uid = ?", (uid,)
        )
        return self.folder / str(row["path"])

    def condition(self, uid: Uid) -> str:
        (row,) = self.index.database.connection.execute(
            "SELECT condition FROM instance WHERE sop_instance_uid = ?", (uid,)
        )
        return str(row["condition"])

    def days_pass(self, days: float) -> None:
        self.index.clock.sleep(days * DAY_S)

    def free(self, free_bytes: int, file_bytes: int = 10) -> None:
        """So much is free now; each file that goes frees `file_bytes` more."""
        before = len(self.store.published())
        told: Callable[[], int] = lambda: (  # noqa: E731
            free_bytes + file_bytes * (before - len(self.store.published()))
        )
        self.disk.free_bytes = told  # type: ignore[method-assign]


@pytest.fixture
def keeper(index: Index, tmp_path: Path) -> Keeper:
    return Keeper(index, tmp_path / "store")


def test_only_the_table_leads_to_eviction() -> None:
    into = {key for key, target in CHANGES.items() if target is Condition.EVICTED}
    assert into == {(Condition.EVICTING, Found.FILE_REMOVED)}


def test_a_pass_reads_each_file_once_in_its_days(keeper: Keeper) -> None:
    uids = [keeper.store_one() for _ in range(4)]
    rests_s = [keeper.scrub.step() for _ in uids]
    verified = keeper.index.database.connection.execute(
        "SELECT count(DISTINCT verified_at) FROM instance WHERE verified_at > stored_at"
    ).fetchone()[0]
    assert verified >= 1
    assert all(REST_MIN_S <= rest_s <= 10.0 * DAY_S / 4 for rest_s in rests_s)
    assert keeper.events == []


def test_rot_is_found_kept_aside_and_said(keeper: Keeper) -> None:
    uid = keeper.store_one()
    keeper.file(uid).write_bytes(CONTENT.replace(b"image", b"imago"))
    name = keeper.file(uid).name
    keeper.scrub.step()
    assert keeper.condition(uid) == "damaged"
    assert (keeper.folder / "quarantine" / name).exists()
    assert keeper.events == [FileDamaged(uid, "the digest is wrong")]


def unreadable(*_: object) -> None:
    raise StorageFailed(Sentence("EIO", "EIO"))


def test_data_that_cannot_be_read_for_a_day_is_kept_aside(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = keeper.store_one()
    monkeypatch.setattr(keeper.store, "measure", unreadable)
    for _ in range(READ_TRIES - 1):
        keeper.scrub.step()
        keeper.index.clock.sleep(READ_AGAIN_S)
    assert keeper.condition(uid) == "good"
    keeper.scrub.step()
    assert keeper.condition(uid) == "damaged"


def test_an_image_is_not_given_up_for_a_cable_that_was_loose(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by the seeded world, seed 1002: read errors of minutes put good images aside."""
    uid = keeper.store_one()
    other = keeper.store_one()
    with monkeypatch.context() as loose:
        loose.setattr(keeper.store, "measure", unreadable)
        keeper.scrub.step()
    before = verified_at(keeper, uid)
    keeper.scrub.step()
    assert verified_at(keeper, uid) == before  # the other one's turn
    keeper.index.clock.sleep(READ_AGAIN_S)
    keeper.scrub.step()
    assert verified_at(keeper, uid) > before
    assert [keeper.condition(each) for each in (uid, other)] == ["good", "good"]
    assert keeper.events == []


def verified_at(keeper: Keeper, uid: Uid) -> str:
    query = "SELECT verified_at FROM instance WHERE sop_instance_uid = ?"
    ((found,),) = keeper.index.database.rows(query, (uid,))
    return str(found)


def test_a_file_that_is_gone_is_said(keeper: Keeper) -> None:
    uid = keeper.store_one()
    keeper.file(uid).unlink()
    keeper.scrub.step()
    assert keeper.condition(uid) == "missing"
    assert keeper.events == [FileDamaged(uid, "the file is gone")]


def test_an_image_that_is_evicted_while_it_is_checked_is_not_missing(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by the seeded world, seed 5068."""
    uid = keeper.store_one()
    chosen = keeper.keeping.longest_unverified()
    monkeypatch.setattr(keeper.keeping, "longest_unverified", lambda _: chosen)
    keeper.keeping.found(uid, Found.EVICTION_CHOSEN)
    keeper.file(uid).unlink()
    keeper.scrub.step()
    assert keeper.condition(uid) == "evicting"
    assert keeper.events == []


@pytest.mark.parametrize("moment", ["before the rename", "before the row"])
def test_an_image_that_is_evicted_while_it_is_set_aside_is_not_damaged(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """It is wrong on the disk, and its archive has promised to keep it."""
    uid = keeper.store_one()
    keeper.commit(uid)
    keeper.days_pass(KEEP_DAYS + 1)
    keeper.file(uid).write_bytes(CONTENT.replace(b"image", b"imago"))
    quarantine = keeper.store.quarantine

    def meanwhile(path: str) -> str:
        target = quarantine(path) if moment == "before the row" else ""
        chosen = keeper.keeping.choose_for_eviction(RULES)
        assert chosen is not None
        if not target:
            keeper.eviction.finish()
        return target or quarantine(path)

    monkeypatch.setattr(keeper.store, "quarantine", meanwhile)
    keeper.scrub.step()
    keeper.eviction.finish()
    assert keeper.condition(uid) == "evicted"
    assert keeper.events == [Evicted(uid)]
    assert not keeper.store.disk.names("quarantine"), "nothing would ever remove it there"


def test_what_cannot_be_set_aside_stays_good_and_is_tried_again(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = keeper.store_one()
    keeper.file(uid).write_bytes(CONTENT.replace(b"image", b"imago"))
    with monkeypatch.context() as failing:
        failing.setattr(keeper.store, "quarantine", unreadable)
        with pytest.raises(StorageFailed):
            keeper.scrub.step()
    assert keeper.condition(uid) == "good"
    keeper.scrub.step()
    assert keeper.condition(uid) == "damaged"


def test_an_empty_store_rests(keeper: Keeper) -> None:
    assert keeper.scrub.step() > 0


def test_nothing_is_evicted_while_there_is_room(keeper: Keeper) -> None:
    uid = keeper.store_one()
    keeper.commit(uid)
    keeper.days_pass(100)
    keeper.free(100)
    keeper.eviction.step()
    assert keeper.condition(uid) == "good"


def test_the_oldest_committed_go_until_there_is_room(keeper: Keeper) -> None:
    uids = [keeper.store_one() for _ in range(5)]
    for uid in uids:
        keeper.commit(uid)
    keeper.days_pass(KEEP_DAYS + 1)
    keeper.free(95)
    keeper.eviction.step()
    assert [keeper.condition(uid) for uid in uids] == ["evicted"] * 3 + ["good"] * 2
    assert [event for event in keeper.events if isinstance(event, Evicted)] == [
        Evicted(uid) for uid in uids[:3]
    ]
    assert not keeper.file(uids[0]).exists()


@pytest.mark.parametrize("state", ["queued", "sent", "awaiting", "held"])
def test_what_is_not_committed_is_never_evicted(keeper: Keeper, state: str) -> None:
    uid = keeper.store_one()
    keeper.index.database.connection.execute("UPDATE outbox SET state = ?", (state,))
    keeper.days_pass(1000)
    keeper.free(0)
    keeper.eviction.step()
    keeper.eviction.step()
    assert keeper.condition(uid) == "good"
    assert keeper.events == [SpaceLow(0, 100)], "said once"


def called_a_duplicate(keeper: Keeper) -> Uid:
    uid = keeper.store_one()
    keeper.index.outbox.lease("ARCHIVE", 1)
    keeper.index.outbox.said_duplicate(uid, "ARCHIVE", "0111H")
    return uid


@pytest.mark.parametrize("listed", [False, True])
def test_a_promise_of_another_image_under_the_same_uid_lets_nothing_go(
    keeper: Keeper, listed: bool
) -> None:
    """The archive has one with this UID, does not give it back, and promises to keep that one."""
    uid = called_a_duplicate(keeper)
    proofs = Proofs(keeper.index.database, keeper.index.clock)
    proofs.not_compared(uid, "ARCHIVE", "no C-GET")
    if listed:
        proofs.listed(uid, "ARCHIVE")
    else:
        keeper.asked_and_committed(uid)
    keeper.eviction.rules = replace(RULES, trusted_lists=("ARCHIVE",))
    keeper.days_pass(1000)
    keeper.free(0)
    keeper.eviction.step()
    assert keeper.index.state(uid) == ("confirmed by query" if listed else "committed")
    assert keeper.condition(uid) == "good"


@pytest.mark.parametrize("proven", ["same", "accepted"])
def test_a_duplicate_with_our_bytes_may_go_once_it_is_committed(
    keeper: Keeper, proven: str
) -> None:
    uid = called_a_duplicate(keeper)
    proofs = Proofs(keeper.index.database, keeper.index.clock)
    if proven == "same":
        proofs.same(uid, "ARCHIVE")
        keeper.asked_and_committed(uid)
    else:
        proofs.other(uid, "ARCHIVE", "another image")
        QueueActions(keeper.index.database, keeper.index.clock).release(Chosen(uid), "a person")
        keeper.commit(uid)
    keeper.days_pass(1000)
    keeper.free(0)
    keeper.eviction.step()
    assert keeper.condition(uid) == "evicted"


def test_committed_by_one_archive_of_two_is_not_enough(keeper: Keeper) -> None:
    uid = keeper.store_one()
    keeper.commit(uid)
    keeper.index.database.connection.execute(
        "INSERT INTO outbox (instance, destination, state, urgent, due_at)"
        " VALUES (?, 'SECOND', 'queued', 0, '')",
        (uid,),
    )
    keeper.days_pass(1000)
    keeper.free(0)
    keeper.eviction.step()
    assert keeper.condition(uid) == "good"


def test_what_goes_nowhere_is_never_evicted(keeper: Keeper) -> None:
    uid = keeper.store_one()
    keeper.index.database.connection.execute("DELETE FROM outbox")
    keeper.days_pass(1000)
    keeper.free(0)
    keeper.eviction.step()
    assert keeper.condition(uid) == "good"


def test_a_young_commitment_is_kept(keeper: Keeper) -> None:
    uid = keeper.store_one()
    keeper.commit(uid)
    keeper.days_pass(KEEP_DAYS - 1)
    keeper.free(0)
    keeper.eviction.step()
    assert keeper.condition(uid) == "good"


@pytest.mark.parametrize("file_gone", [False, True])
def test_an_eviction_cut_in_two_is_finished(keeper: Keeper, file_gone: bool) -> None:
    uid = keeper.store_one()
    keeper.commit(uid)
    keeper.days_pass(KEEP_DAYS + 1)
    chosen = keeper.keeping.choose_for_eviction(RULES)
    assert chosen is not None
    assert chosen.instance == uid
    if file_gone:
        keeper.file(uid).unlink()
    replace(keeper.eviction).step()
    assert keeper.condition(uid) == "evicted"
    assert not keeper.file(uid).exists()
