"""Time, chance and a peer under a test's own hand."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hal.archive import CommitmentReport, InstanceFile, StoreOutcome, Wanted
from hal.errors import PeerError
from hal.values import SopReference, Uid

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class FakeClock:
    """It stands still until somebody sleeps or the test moves it."""

    def __init__(self, start: datetime = NOON) -> None:
        self._now = start
        self._monotonic_s = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic_s(self) -> float:
        return self._monotonic_s

    def sleep(self, duration_s: float) -> None:
        self._now += timedelta(seconds=duration_s)
        self._monotonic_s += duration_s


class CountingEntropy:
    """Never the same twice, always the same in the same order."""

    def __init__(self) -> None:
        self._drawn = 0

    def random_bytes(self, count: int) -> bytes:
        self._drawn += 1
        return self._drawn.to_bytes(count, "big")


@dataclass
class ScriptedArchive:
    """Answers as told: `outcome` for each instance, `down` for every call."""

    down: PeerError | None = None
    errors: dict[Uid, PeerError] = field(default_factory=dict)
    answers_max: int = 1_000_000
    """It hangs up after so many responses."""
    received: list[Uid] = field(default_factory=list)
    asked: list[tuple[Uid, tuple[SopReference, ...]]] = field(default_factory=list)
    commitment_down: PeerError | None = None
    reports: list[CommitmentReport] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    gives_back: dict[Uid, Iterable[bytes]] = field(default_factory=dict)
    """The blocks of each data set."""

    def echo(self) -> None:
        if self.down:
            raise self.down

    def store(self, instances: Iterable[InstanceFile]) -> Iterator[StoreOutcome]:
        if self.down:
            raise self.down
        for number, instance in enumerate(instances):
            if number >= self.answers_max:
                return
            uid = instance.reference.sop_instance_uid
            error = self.errors.get(uid)
            if error is None:
                self.received.append(uid)
            yield StoreOutcome(instance.reference, 0 if error is None else 0xC000, error)

    def request_commitment(
        self, transaction_uid: Uid, references: tuple[SopReference, ...]
    ) -> None:
        if self.commitment_down:
            raise self.commitment_down
        self.asked.append((transaction_uid, references))

    def next_report(self, timeout_s: float) -> CommitmentReport | None:
        return self.reports.pop(0) if self.reports else None

    def retrieve(self, wanted: Wanted) -> Iterator[bytes]:
        self.wanted.append(wanted)
        if self.down:
            raise self.down
        yield from self.gives_back[wanted.reference.sop_instance_uid]


class JumpingClock:
    """The real time, but sleeping jumps, and so does the test: waits of minutes cost nothing."""

    def __init__(self) -> None:
        self._ahead_s = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._ahead_s)

    def monotonic_s(self) -> float:
        return time.monotonic() + self._ahead_s

    def sleep(self, duration_s: float) -> None:
        self._ahead_s += duration_s
