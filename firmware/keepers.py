"""The workers that keep what is stored: each put together with an index connection of its own."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from firmware.array_watch import ArrayWatch
from firmware.clock_watch import ClockWatch
from firmware.config import NodeConfig
from firmware.events import Listener
from firmware.eviction import Eviction
from firmware.index.database import Database
from firmware.index.fetches import Fetches
from firmware.index.forgetting import Forgetting
from firmware.index.implementations import Implementations
from firmware.index.keeping import Keeping
from firmware.index.misdated import Misdated
from firmware.index.notices import Notices
from firmware.index.outbox import PATIENCE_DOUBLINGS_MAX
from firmware.keeping import Rules
from firmware.retention import Retention
from firmware.retrieval import Retrieval
from firmware.runtime import Worker
from firmware.scrub import Scrub
from firmware.store import Store
from hal.archive import Archive
from hal.clock import Clock
from hal.devices import Devices


@dataclass
class EachInTurn:
    """One worker of several: an image comes back from one archive at a time."""

    workers: tuple[Worker, ...]

    def step(self) -> float:
        return min(worker.step() for worker in self.workers)


def keepers(
    config: NodeConfig,
    devices: Devices,
    archives: Mapping[str, Archive],
    store: Store,
    open_database: Callable[[], Database],
    tell: Listener,
) -> Iterator[tuple[str, Worker]]:
    """(name, worker) of each. `archives`: by destination."""
    rules, clock = config.keeping, devices.clock
    database = open_database()
    yield (
        "scrub",
        Scrub(store, Keeping(database, clock), tell, rules.verify_days, clock, devices.giving_way),
    )
    database = open_database()
    yield (
        "eviction",
        Eviction(
            store,
            Keeping(database, clock),
            Implementations(database),
            tell,
            low_bytes=rules.evict_below_mib * 2**20,
            high_bytes=rules.evict_until_mib * 2**20,
            rules=Rules(
                rules.keep_days, rules.keep_urgent_days, rules.restored_days, config.trusted_lists
            ),
            when_due=rules.evict == "when-due",
        ),
    )
    forgetting = Forgetting(open_database(), clock, config.trusted_lists)
    yield (
        "retention",
        Retention(
            store,
            forgetting,
            rules.restored_days,
            rules.evicted_rows_days,
            Keeping(open_database(), clock),
            rules.rejected_days,
            rules.superseded_days,
        ),
    )
    yield "retrieval", retrieval(archives, store, open_database(), clock, tell)
    yield "clock watch", ClockWatch(Misdated(open_database(), clock, _patience_s(config)), clock)
    if devices.storage_array is not None:
        keep = partial(Notices(open_database(), clock).keep, "array")
        watch = ArrayWatch(devices.storage_array, tell, rules.array_poll_s, keep)
        yield "array watch", watch


def _patience_s(config: NodeConfig) -> float:
    silences_s = (section.commitment_silence_s for section in config.archives.values())
    return 2.0**PATIENCE_DOUBLINGS_MAX * max(silences_s, default=0.0)


def retrieval(
    archives: Mapping[str, Archive],
    store: Store,
    database: Database,
    clock: Clock,
    tell: Listener,
) -> Retrieval:
    """Of a node, or of a command while no node runs."""
    return Retrieval(
        archives,
        store,
        Keeping(database, clock),
        Fetches(database, clock),
        Implementations(database),
        clock,
        tell,
    )
