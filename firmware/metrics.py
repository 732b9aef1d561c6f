"""What Prometheus may know of a node: counted from its events, and read from its index when asked.

UIDs and patients are in no metric: neither their number nor their names may leave the node.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics_core import Metric

from firmware.events import (
    CommitmentDenied,
    CommitmentNotTaken,
    Committed,
    Compared,
    Event,
    NotSent,
    SaidDuplicate,
    ScanFailed,
    ScanStarted,
    Sent,
    Stored,
)
from hal.clock import Clock
from hal.values import Uid

PRESSES_MAX = 10_000
"""Images on their way whose press is remembered: weeks of work for an archive that is away."""
MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86_400.0
BUCKETS_S = (
    *(15.0, 30.0, MINUTE_S, 2 * MINUTE_S, 5 * MINUTE_S, 15 * MINUTE_S),
    *(HOUR_S, 6 * HOUR_S, DAY_S, 7 * DAY_S),
)
TO = ("destination",)


@dataclass(eq=False)
class Metrics:
    """`hear` every event; `registry` is what is exposed."""

    clock: Clock
    read: Callable[[], Iterable[Metric]]
    """What is read at each scrape."""
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    _scan_began_s: float | None = field(default=None, init=False)
    _pressed_s: "OrderedDict[Uid, float]" = field(default_factory=OrderedDict, init=False)

    def __post_init__(self) -> None:
        to = self.registry
        self._scans = Counter("sapi_scans", "Scans by how they ended.", ("result",), registry=to)
        self._images = Counter("sapi_sent_images", "Images accepted.", TO, registry=to)
        self._bytes = Counter("sapi_sent_bytes", "Bytes of files accepted.", TO, registry=to)
        self._seconds = Counter(
            "sapi_sending_seconds", "Seconds until each acceptance.", TO, registry=to
        )
        self._failures = Counter(
            "sapi_send_failures", "What went wrong, by kind.", (*TO, "kind"), registry=to
        )
        self._committed = Histogram(
            "sapi_press_to_committed_seconds",
            "From the press of the button to the archive's commitment.",
            TO,
            buckets=BUCKETS_S,
            registry=to,
        )
        to.register(self)

    def collect(self) -> Iterable[Metric]:
        """For the registry, at each scrape."""
        return self.read()

    def hear(self, event: Event) -> None:
        match event:
            case ScanStarted():
                self._scan_began_s = self.clock.monotonic_s()
            case ScanFailed():
                self._scans.labels("failed").inc()
            case Stored():
                self._scans.labels("stored").inc()
                self._remember(event.sop_instance_uid)
            case Sent():
                self._images.labels(event.destination).inc()
                self._bytes.labels(event.destination).inc(event.size_bytes)
                self._seconds.labels(event.destination).inc(event.took_s)
            case Committed():
                self._measure(event)
            case NotSent():
                kind = "tried again" if event.will_retry else "refused"
                self._failures.labels(event.destination, kind).inc()
            case SaidDuplicate():
                self._failures.labels(event.destination, "said to be a duplicate").inc()
            case Compared() if not event.same:
                self._failures.labels(event.destination, "other content there").inc()
            case CommitmentDenied():
                self._failures.labels(event.destination, "not kept").inc()
            case CommitmentNotTaken():
                self._failures.labels(event.destination, "commitment not taken").inc()
            case _:
                pass

    def _remember(self, uid: Uid) -> None:
        """Scans are one at a time: what is stored is what was begun last."""
        if self._scan_began_s is not None:
            self._pressed_s[uid] = self._scan_began_s
        while len(self._pressed_s) > PRESSES_MAX:
            self._pressed_s.popitem(last=False)

    def _measure(self, event: Committed) -> None:
        pressed_s = self._pressed_s.get(event.sop_instance_uid)
        if pressed_s is not None:
            took_s = self.clock.monotonic_s() - pressed_s
            self._committed.labels(event.destination).observe(took_s)
