"""What is read when Prometheus asks: the queue, the files, the disks, the certificates.

Each scrape opens the index to read and closes it again: it runs in the server's thread.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from firmware.index.database import Database, moment
from hal.archive import Archive
from hal.clock import Clock
from hal.disk import Disk
from hal.storage_array import ArrayState
from hal.tls import CertifiedPeer

ARRAY_STATES = (*(state.value for state in ArrayState), "unknown")


@dataclass(frozen=True)
class NodeReader:
    open_index: Callable[[], Database]
    disk: Disk
    archives: Mapping[str, Archive]
    clock: Clock

    def __call__(self) -> Iterator[Metric]:
        database = self.open_index()
        try:
            yield from self._queue(database)
            yield from self._files(database)
            yield self._array(database)
        finally:
            database.close()
        free = GaugeMetricFamily("sapi_disk_free_bytes", "Free on the store's disk.")
        free.add_metric((), self.disk.free_bytes())
        yield free
        yield self._certificates()

    def _queue(self, database: Database) -> Iterator[Metric]:
        labels = ("destination", "state")
        count = GaugeMetricFamily(
            "sapi_queue_images", "Images that no archive has committed to.", labels=labels
        )
        oldest = GaugeMetricFamily(
            "sapi_queue_oldest_age_seconds", "Since the oldest was put on its way.", labels=labels
        )
        rows = database.rows(
            "SELECT destination, state, count(*) AS count, min(queued_at) AS oldest FROM outbox"
            " WHERE state <> 'committed' GROUP BY destination, state"
        )
        for row in rows:
            key = (row["destination"], row["state"])
            count.add_metric(key, row["count"])
            if row["oldest"]:
                oldest.add_metric(key, self._age_s(moment(row["oldest"])))
        yield count
        yield oldest

    def _files(self, database: Database) -> Iterator[Metric]:
        conditions = GaugeMetricFamily(
            "sapi_files", "Files that are not good, by condition.", labels=("condition",)
        )
        rows = database.rows(
            "SELECT condition, count(*) AS count FROM instance WHERE condition <> 'good'"
            " GROUP BY condition"
        )
        for row in rows:
            conditions.add_metric((row["condition"],), row["count"])
        yield conditions
        scrub = GaugeMetricFamily(
            "sapi_scrub_oldest_check_age_seconds",
            "Since the least recent check of a digest.",
        )
        ((oldest,),) = database.rows(
            "SELECT min(verified_at) FROM instance WHERE condition = 'good'"
        )
        if oldest:
            scrub.add_metric((), self._age_s(moment(oldest)))
        yield scrub

    def _array(self, database: Database) -> Metric:
        state = GaugeMetricFamily(
            "sapi_array_state", "1 for the state that the mirrored disks are in.", labels=("state",)
        )
        rows = database.rows("SELECT content FROM notice WHERE name = 'array'")
        for row in rows:
            now = json.loads(row["content"]).get("state")
            for each in ARRAY_STATES:
                state.add_metric((each,), float(each == now))
        return state

    def _certificates(self) -> Metric:
        left = GaugeMetricFamily(
            "sapi_certificate_days_left",
            "Until the certificate ends that ends first.",
            labels=("destination", "whose"),
        )
        for name, archive in self.archives.items():
            if isinstance(archive, CertifiedPeer):
                days: dict[str, int] = {}
                for life in archive.certificates(self.clock.now()):
                    whose = life.whose.value
                    days[whose] = min(life.days_left, days.get(whose, life.days_left))
                for whose, days_left in days.items():
                    left.add_metric((name, whose), days_left)
        return left

    def _age_s(self, since: datetime) -> float:
        return max(0.0, (self.clock.now() - since).total_seconds())
