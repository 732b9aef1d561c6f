"""How long things stay, by age and state; and nothing goes without a commitment."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from firmware.events import FileDamaged
from firmware.index import audit
from firmware.index.fetches import PERSON, Fetches
from firmware.index.forgetting import Forgetting
from firmware.keeping import Found
from firmware.retention import LOOK_S, Retention
from hal.values import Uid
from tests.unit.firmware.conftest import ORDER, Index
from tests.unit.firmware.test_keeping import KEEP_DAYS, RULES, Keeper

URGENT_DAYS = RULES.keep_urgent_days
TABLES = ("instance", "outbox", "series", "study", "patient")


@pytest.fixture
def keeper(index: Index, tmp_path: Path) -> Keeper:
    return Keeper(index, tmp_path / "store")


def retention(keeper: Keeper, evicted_rows_days: float = 0.0) -> Retention:
    forgetting = Forgetting(keeper.index.database, keeper.index.clock)
    return Retention(
        keeper.store, forgetting, RULES.restored_days, evicted_rows_days, keeper.keeping
    )


def counts(keeper: Keeper) -> dict[str, int]:
    rows = keeper.index.database.rows
    return {table: rows(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}


def evicted(keeper: Keeper) -> Uid:
    uid = keeper.store_one()
    keeper.commit(uid)
    keeper.days_pass(KEEP_DAYS + 1)
    keeper.free(1_000)
    replace(keeper.eviction, when_due=True).step()
    assert keeper.condition(uid) == "evicted"
    return uid


def test_when_due_they_go_though_there_is_room(keeper: Keeper) -> None:
    uids = [keeper.store_one() for _ in range(3)]
    for uid in uids[:2]:
        keeper.commit(uid)
    keeper.index.database.connection.execute(
        "UPDATE outbox SET state = 'queued', committed_at = NULL WHERE instance = ?", (uids[2],)
    )
    keeper.days_pass(KEEP_DAYS + 1)
    keeper.free(1_000)
    replace(keeper.eviction, when_due=True).step()
    assert [keeper.condition(uid) for uid in uids] == ["evicted", "evicted", "good"]


def test_an_urgent_one_stays_longer(keeper: Keeper) -> None:
    uid = keeper.store_one()
    keeper.commit(uid)
    keeper.index.database.connection.execute("UPDATE outbox SET urgent = 1")
    keeper.free(0)
    keeper.days_pass(URGENT_DAYS - 1)
    keeper.eviction.step()
    assert keeper.condition(uid) == "good"
    keeper.days_pass(2)
    keeper.eviction.step()
    assert keeper.condition(uid) == "evicted"


@pytest.mark.parametrize("when_due", [True, False])
@pytest.mark.parametrize("state", ["queued", "sending", "sent", "awaiting", "held"])
def test_no_rule_removes_what_is_not_committed(keeper: Keeper, state: str, when_due: bool) -> None:
    uid = keeper.store_one()
    keeper.index.database.connection.execute("UPDATE outbox SET state = ?", (state,))
    keeper.days_pass(10_000)
    keeper.free(0)
    no_days = replace(RULES, keep_days=0.0, keep_urgent_days=0.0, restored_days=0.0)
    replace(keeper.eviction, rules=no_days, when_due=when_due).step()
    retention(keeper, 1.0).step()
    assert keeper.condition(uid) == "good"
    assert keeper.file(uid).exists()


def test_the_damaged_copy_goes_when_its_image_was_good_for_long(keeper: Keeper) -> None:
    uid = keeper.store_one()
    keeper.commit(uid)
    good = keeper.file(uid).read_bytes()
    keeper.file(uid).write_bytes(b"rot" * 3)
    keeper.scrub.step()
    assert keeper.events == [FileDamaged(uid, "the digest is wrong", comes_back=True)]
    aside = keeper.folder / "quarantine" / keeper.file(uid).name
    keeper.days_pass(1_000)
    retention(keeper).step()
    assert aside.exists(), "its image is not good yet"
    Fetches(keeper.index.database, keeper.index.clock).add_lost(("ARCHIVE",))
    keeper.file(uid).write_bytes(good)
    keeper.keeping.found(uid, Found.FETCHED_BACK)
    keeper.days_pass(RULES.restored_days - 1)
    retention(keeper).step()
    assert aside.exists()
    keeper.days_pass(2)
    assert retention(keeper).step() == 0.0
    assert not aside.exists()
    assert keeper.file(uid).exists()
    assert retention(keeper).step() == LOOK_S


@pytest.mark.parametrize("calls", range(5))
def test_a_copy_that_the_scrub_puts_aside_meanwhile_stays(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    """The image rotted anew, and the scrub finds it between two calls of retention to the disk."""
    uid = keeper.store_one()
    keeper.commit(uid)
    good, path = keeper.file(uid).read_bytes(), keeper.file(uid)
    path.write_bytes(b"rot" * 3)
    keeper.scrub.step()
    Fetches(keeper.index.database, keeper.index.clock).add_lost(("ARCHIVE",))
    path.write_bytes(good)
    keeper.keeping.found(uid, Found.FETCHED_BACK)
    keeper.days_pass(RULES.restored_days + 1)
    path.write_bytes(b"rotten anew")
    left = iter([*[lambda: None] * calls, keeper.scrub.step])
    for name in ("size_bytes", "rename", "remove"):
        monkeypatch.setattr(keeper.disk, name, after(left, getattr(keeper.disk, name)))
    retention(keeper).step()
    assert next(left, None) is None, "the scrub was to run in between"
    kept = [one for one in keeper.folder.rglob("*") if one.is_file()]
    assert b"rotten anew" in [one.read_bytes() for one in kept]
    assert keeper.condition(uid) == "damaged"


def after(left: Iterator[Callable[[], object]], call: Callable[..., object]) -> Any:
    """The call, and ahead of it the next of what is left to happen."""

    def called(*arguments: object) -> object:
        next(left, lambda: None)()
        return call(*arguments)

    return called


def test_rows_of_evicted_images_stay_for_ever_unless_told(keeper: Keeper) -> None:
    evicted(keeper)
    keeper.days_pass(10_000)
    retention(keeper).step()
    assert set(counts(keeper).values()) == {1}


def test_rows_of_evicted_images_go_with_all_that_hangs_on_them(keeper: Keeper) -> None:
    evicted(keeper)
    keeper.days_pass(99)
    retention(keeper, 100.0).step()
    assert set(counts(keeper).values()) == {1}
    keeper.days_pass(2)
    retention(keeper, 100.0).step()
    assert set(counts(keeper).values()) == {0}
    search = "SELECT count(*) FROM patient_search WHERE patient_search MATCH 'exemple'"
    assert keeper.index.database.rows(search)[0][0] == 0
    assert isinstance(audit.verify(keeper.index.database.connection), audit.Head)


def test_a_study_stays_as_long_as_one_of_its_images(keeper: Keeper) -> None:
    evicted(keeper)
    keeper.index.add(ORDER)
    keeper.days_pass(200)
    retention(keeper, 100.0).step()
    assert counts(keeper) == dict.fromkeys(TABLES, 1)


def test_what_somebody_asked_for_is_not_forgotten(keeper: Keeper) -> None:
    uid = evicted(keeper)
    Fetches(keeper.index.database, keeper.index.clock).ask(uid, PERSON)
    keeper.days_pass(1_000)
    retention(keeper, 100.0).step()
    assert keeper.condition(uid) == "evicted"
