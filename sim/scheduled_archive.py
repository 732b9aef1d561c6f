"""The other hospital's archive at the hal port, on the world's clock.

`sim.archive_peer` speaks DICOM over TCP with pynetdicom's threads, which no seed can schedule;
this one is called directly. It does what `drivers.dicom_storage` does on the node's side of the
line too: a file that is not what the index says is not delivered.
"""

import hashlib
import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hal.archive import CommitmentReport, FailedReference, InstanceFile, StoreOutcome, Wanted
from hal.errors import PeerRefused, Sentence, StorageCorrupt, StorageError
from hal.values import SopReference, Uid
from sim.life import Life

SUCCESS = 0x0000
NO_SUCH_OBJECT_INSTANCE = 0x0112  # PS3.3 C.14.1.1
LINE_BYTES_A_S = 1_000_000  # a hospital's line in the country

NOT_AS_INDEXED = Sentence(
    en="The file is not what was stored. It was not delivered.",
    fr="Le fichier n'est pas celui qui a été enregistré. Il n'a pas été envoyé.",
)

GIVES_NOTHING_BACK = Sentence(
    en="The archive does not give images back.", fr="L'archive ne rend pas les images."
)


@dataclass
class ScheduledArchive:
    """Outlives every life of the node."""

    commitment_delay_s: float = 30.0
    held: dict[Uid, str] = field(default_factory=dict)
    """UID -> SHA-256 of the whole file."""
    promised: set[Uid] = field(default_factory=set)
    """Named as committed in a report that went out."""
    _reports: list[tuple[float, int, CommitmentReport]] = field(default_factory=list)
    _reports_made: int = 0

    def take(self, uid: Uid, content: bytes) -> None:
        self.held[uid] = hashlib.sha256(content).hexdigest()

    def ask(self, now_s: float, transaction_uid: Uid, references: tuple[SopReference, ...]) -> None:
        kept = tuple(one for one in references if one.sop_instance_uid in self.held)
        failed = tuple(
            FailedReference(one, NO_SUCH_OBJECT_INSTANCE) for one in references if one not in kept
        )
        report = CommitmentReport(transaction_uid, kept, failed)
        self._reports_made += 1
        entry = (now_s + self.commitment_delay_s, self._reports_made, report)
        heapq.heappush(self._reports, entry)

    def next_due_s(self) -> float | None:
        return self._reports[0][0] if self._reports else None

    def pop_report(self, now_s: float) -> CommitmentReport | None:
        if not self._reports or self._reports[0][0] > now_s:
            return None
        report = heapq.heappop(self._reports)[2]
        self.promised.update(one.sop_instance_uid for one in report.committed)
        return report


class ArchiveFor:
    """One life's line to it."""

    def __init__(self, life: Life, archive: ScheduledArchive, pace_s: float) -> None:
        self._life = life
        self._archive = archive
        self._pace_s = pace_s
        self._stirred = life.idle_signal()

    def echo(self) -> None:
        self._life.call("archive", "echo")

    def store(self, instances: Iterable[InstanceFile]) -> Iterator[StoreOutcome]:
        self._life.call("archive", "associate")
        for instance in instances:
            yield self._store(instance)
            self._stirred.set()  # the outcome is recorded: there is something to ask about

    def _store(self, instance: InstanceFile) -> StoreOutcome:
        uid = instance.reference.sop_instance_uid
        try:
            with instance.open() as reader:
                content = reader.read()
        except StorageError as error:
            return StoreOutcome(instance.reference, None, error)
        if hashlib.sha256(content).hexdigest() != instance.sha256:
            return StoreOutcome(instance.reference, None, StorageCorrupt(NOT_AS_INDEXED))
        self._life.wait(timeout_s=len(content) / LINE_BYTES_A_S)
        self._life.call("archive", "store", uid)
        self._archive.take(uid, content)
        self._life.call("archive", "accepted", uid)
        return StoreOutcome(instance.reference, SUCCESS, None)

    def request_commitment(
        self, transaction_uid: Uid, references: tuple[SopReference, ...]
    ) -> None:
        self._life.call("archive", "commitment asked", str(len(references)))
        self._archive.ask(self._life.kernel.now_s, transaction_uid, references)

    def retrieve(self, wanted: Wanted) -> Iterator[bytes]:
        self._life.call("archive", "retrieve", wanted.reference.sop_instance_uid)
        raise PeerRefused(GIVES_NOTHING_BACK)

    def next_report(self, timeout_s: float) -> CommitmentReport | None:
        now_s = self._life.kernel.now_s
        due_s = self._archive.next_due_s()
        if due_s is None or due_s > now_s:
            patience_s = max(timeout_s, self._pace_s)
            if due_s is not None:
                patience_s = min(patience_s, due_s - now_s)
            self._life.wait(self._stirred, patience_s)
            self._stirred.clear()
        report = self._archive.pop_report(self._life.kernel.now_s)
        if report is not None:
            self._life.call("archive", "report", str(len(report.committed)))
        return report
