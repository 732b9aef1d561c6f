"""`sapi-node index fetch`: images that were evicted, or lost, back from the archive.

Beside a running node the request goes into the index, and the node does it while the command
waits; without one the command does it itself, under the store's lock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from firmware.config import NodeConfig, load_config
from firmware.index.database import Database, migrate
from firmware.index.fetches import PERSON, Fetches, FetchStanding
from firmware.keepers import retrieval
from firmware.keeping import Condition
from firmware.node import INDEX_NAME
from firmware.reports import NO_SUCH_UID, open_index
from firmware.retrieval import NEVER_COMMITTED
from firmware.store import Store
from firmware.told_plainly import EXIT_FAILED, print_json, told_plainly
from firmware.wiring import open_archives_alone, open_clock, open_store
from hal.clock import Clock
from hal.devices import StoreDevices
from hal.errors import ConfigError, Sentence, StorageInUse
from hal.values import Uid

POLL_S = 0.25
WAIT_S = 600.0  # 171 MB over a country line of 2 Mbit/s, and some

IS_HERE = Sentence(
    en="Image {uid} is in the store; nothing was fetched.",
    fr="L'image {uid} est dans le stockage ; rien n'a été récupéré.",
)
FETCHED = Sentence(
    en="Image {uid} is back, bit for bit.", fr="L'image {uid} est revenue, identique bit pour bit."
)
FAILED = Sentence(
    en="Image {uid} was not fetched: {why}", fr="L'image {uid} n'a pas été récupérée : {why}"
)
STILL_WAITING = Sentence(
    en="Image {uid} is not back yet. The node goes on; ask again with the same command.",
    fr="L'image {uid} n'est pas encore revenue. Le poste continue ; relancez la même commande.",
)


@dataclass(frozen=True)
class Outcome:
    uid: Uid
    fetched: bool
    """It is in the store now."""
    sentence: Sentence

    def to_json(self) -> dict[str, Any]:
        told = {"en": self.sentence.en, "fr": self.sentence.fr}
        return {"uid": self.uid, "in_store": self.fetched, "sentence": told}


def fetch(
    uids: Annotated[list[str], typer.Argument(help="SOP Instance UIDs.")],
    config: Annotated[Path, typer.Option("--config", "-c")] = Path("node.toml"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
    wait_s: Annotated[
        float, typer.Option("--wait", min=0, help="Seconds to wait for a running node.")
    ] = WAIT_S,
) -> None:
    """Fetch images back from the archive that committed to them. The node may run."""
    with told_plainly():
        outcomes = fetch_all(load_config(config), [Uid(uid) for uid in uids], wait_s)
    if as_json:
        print_json([outcome.to_json() for outcome in outcomes])
    else:
        for outcome in outcomes:
            typer.echo(str(outcome.sentence))
    if not all(outcome.fetched for outcome in outcomes):
        raise typer.Exit(EXIT_FAILED)


def fetch_all(config: NodeConfig, uids: list[Uid], wait_s: float) -> list[Outcome]:
    root = Path(config.store.path)
    open_index(root).close()  # says so where no node has run
    database, clock = Database(root / INDEX_NAME), open_clock(config)
    try:
        database.make_log_durable()
        with Progress(console=Console(stderr=True)) as progress:
            request = Request(database, clock, tuple(open_archives_alone(config)), progress)
            try:
                with open_store(config) as devices:
                    migrate(database)
                    return request.served_by(worker(config, devices, database), uids)
            except StorageInUse:
                return request.served_by_node(uids, wait_s)
    finally:
        database.close()


def worker(config: NodeConfig, devices: StoreDevices, database: Database) -> Callable[[], float]:
    """What the node's own worker does, as long as nobody else has the store."""
    store = Store(devices.disk, config.store.reserve_mib * 2**20)
    store.prepare()
    archives = open_archives_alone(config)
    return retrieval(archives, store, database, devices.clock, lambda _: None).step


class Request:
    def __init__(
        self, database: Database, clock: Clock, destinations: tuple[str, ...], progress: Progress
    ) -> None:
        self._database = database
        self._clock = clock
        self._destinations = destinations
        self._progress = progress
        self._fetches = Fetches(database, clock)

    def served_by(self, step: Callable[[], float], uids: list[Uid]) -> list[Outcome]:
        """What a person asked for comes first: each step settles one of these."""
        return [self._one(uid, step) for uid in uids]

    def served_by_node(self, uids: list[Uid], wait_s: float) -> list[Outcome]:
        deadline_s = self._clock.monotonic_s() + wait_s

        def wait() -> bool:
            self._clock.sleep(POLL_S)
            return self._clock.monotonic_s() < deadline_s

        return [self._one(uid, wait) for uid in uids]

    def _one(self, uid: Uid, go_on: Callable[[], object]) -> Outcome:
        """`go_on` is called until the image is back or its fetch failed; False: no more waiting."""
        if self._condition(uid) is Condition.GOOD:
            return Outcome(uid, True, IS_HERE.fill(uid=uid))
        if not self._fetches.can_come_back(uid, self._destinations):
            return Outcome(uid, False, NEVER_COMMITTED.fill(uid=uid))
        self._fetches.ask(uid, PERSON)
        bar = self._progress.add_task(f"…{uid[-12:]}", total=None)
        while (settled := self._settled(uid, bar)) is None:
            if go_on() is False:
                return Outcome(uid, False, STILL_WAITING.fill(uid=uid))
        return settled

    def _settled(self, uid: Uid, bar: Any) -> Outcome | None:
        standing = self._fetches.standing(uid)
        if standing is None:
            return None
        self._show(standing, bar)
        if standing.condition is Condition.GOOD:
            return Outcome(uid, True, FETCHED.fill(uid=uid))
        if standing.error is None:
            return None
        return Outcome(uid, False, FAILED.fill(uid=uid, why=standing.error))

    def _show(self, standing: FetchStanding, bar: Any) -> None:
        is_back = standing.condition is Condition.GOOD
        done = standing.size_bytes if is_back else standing.received_bytes
        self._progress.update(bar, completed=done, total=standing.size_bytes)

    def _condition(self, uid: Uid) -> Condition:
        rows = self._database.rows(
            "SELECT condition FROM instance WHERE sop_instance_uid = ?", (uid,)
        )
        if not rows:
            raise ConfigError(NO_SUCH_UID.fill(uid=uid))
        return Condition(rows[0]["condition"])
