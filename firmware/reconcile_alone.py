"""The node's side of `sapi-node reconcile`: its worker does it, or the command where no node runs.

A command that is alone has the store's lock while it works, brings back what was evicted, and
leaves what it could not end to the next one, or to the node.
"""

from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from secrets import token_bytes  # noqa: TID251 -- a command opens no devices, nor is it replayed

from firmware import fetch_command
from firmware.config import NodeConfig
from firmware.index.database import Database, migrate
from firmware.index.fetches import Fetches
from firmware.index.scheduled import Scheduled
from firmware.keeping import Condition
from firmware.node import INDEX_NAME
from firmware.reconciliation import Reconciliation, Standing
from firmware.reconciliation_wiring import reconciliation_worker
from firmware.reports import open_index
from firmware.store import Store
from firmware.wiring import open_clock, open_store
from hal.devices import StoreDevices
from hal.errors import Sentence, StorageInUse
from hal.values import Uid

POLL_S = 0.2
WAIT_S = 600.0  # a study of many films, one after the other
NAMED_MAX = 3  # a command line that can be copied

FETCH_THEM = Sentence(
    en="{why} No node runs here: start it, or fetch them (`sapi-node index fetch {uids}`), and "
    "ask again.",
    fr="{why} Le poste est à l'arrêt : démarrez-le, ou récupérez-les (« sapi-node index fetch "
    "{uids} »), puis redemandez.",
)
ASK_AGAIN = Sentence(
    en="{why} No node runs here: start it, or ask again later.",
    fr="{why} Le poste est à l'arrêt : démarrez-le, ou redemandez plus tard.",
)


class Chance:
    """A command's own: it opens no devices."""

    def random_bytes(self, count: int) -> bytes:
        return token_bytes(count)


@contextmanager
def desk(config: NodeConfig) -> Generator[Reconciliation]:
    """Beside a node or not. Raises ConfigError where none has run."""
    with _index(config) as database:
        migrate(database)
        scheduled = Scheduled(database, open_clock(config))
        yield Reconciliation(
            database,
            open_clock(config),
            Chance(),
            lambda: scheduled.last().orders,
            config.station.zone,
        )


def _index(config: NodeConfig) -> closing[Database]:
    root = Path(config.store.path)
    open_index(root).close()
    database = Database(root / INDEX_NAME)
    database.make_log_durable()
    return closing(database)


def until_done(config: NodeConfig, study: Uid) -> Standing | None:
    """How far it got: by this command, or by the node that runs."""
    try:
        with open_store(config) as devices:
            return _alone(config, devices, study)
    except StorageInUse:
        return _wait(config, study)


def _wait(config: NodeConfig, study: Uid) -> Standing | None:
    with desk(config) as asked:
        deadline_s = asked.clock.monotonic_s() + WAIT_S
        while asked.clock.monotonic_s() < deadline_s:
            standing = asked.standing(study)
            if standing is None or standing.ended_at is not None:
                return standing
            asked.clock.sleep(POLL_S)
        return asked.standing(study)


def _alone(config: NodeConfig, devices: StoreDevices, study: Uid) -> Standing | None:
    store = Store(devices.disk, config.store.reserve_mib * 2**20)
    store.prepare()
    with desk(config) as asked:
        database = asked.database
        corrects = reconciliation_worker(
            config, devices.clock, devices.entropy, store, database, lambda _: None
        )
        brings_back = fetch_command.worker(config, devices, database)
        fetches = Fetches(database, devices.clock)
        turns, waits = sum(one.ended_at is None for one in asked.recent()), 0
        while waits < turns:  # one of another study may wait, and ours be next
            went_on = corrects.step() == 0.0 or (
                _awaited(asked, fetches, study) and brings_back() == 0.0
            )
            waits = 0 if went_on else waits + 1
        return _told(asked.standing(study), _not_here(asked, study))


def _awaited(asked: Reconciliation, fetches: Fetches, study: Uid) -> bool:
    """What was asked for and has not failed."""
    found = map(fetches.standing, asked.images(study))
    return any(one and one.condition is not Condition.GOOD and not one.error for one in found)


def _not_here(asked: Reconciliation, study: Uid) -> tuple[Uid, ...]:
    rows = asked.database.rows(
        "SELECT sop_instance_uid FROM instance WHERE condition = 'evicted'"
        " AND sop_instance_uid IN (SELECT sop_instance_uid FROM instance"
        "   JOIN series ON series_instance_uid = series WHERE study = ?)",
        (study,),
    )
    return tuple(Uid(row["sop_instance_uid"]) for row in rows)


def _told(standing: Standing | None, not_here: tuple[Uid, ...]) -> Standing | None:
    """With what to do where nobody goes on with it."""
    if standing is None or standing.ended_at is not None:
        return standing
    uids = " ".join(not_here[:NAMED_MAX]) + (" …" if len(not_here) > NAMED_MAX else "")
    offer = FETCH_THEM if not_here else ASK_AGAIN
    return replace(standing, sentence=offer.fill(why=standing.sentence, uids=uids))
