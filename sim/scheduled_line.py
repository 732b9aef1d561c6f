"""One life's line to a simulated archive: `hal.archive.Archive` as `drivers.dicom_peer` is it.

It does what that does on the node's side: a file that is not what the index says is not
delivered, an association that broke is over, and what each answer means the driver's own table
says.
"""

from collections.abc import Iterable, Iterator

from drivers.dicom_address import Timeouts
from drivers.dicom_connection import LINE_BROKE, NOT_REACHED, SILENT
from drivers.dicom_file import proof_of
from drivers.dicom_negotiation import BUSY, CALLING_UNKNOWN
from drivers.dicom_retrieval import NO_RETRIEVAL, NOT_NOW, NOT_THERE
from drivers.dicom_status import SUCCESS, failure, store_verdict
from hal.archive import CommitmentReport, InstanceFile, StoreOutcome, Wanted
from hal.archive_query import StudyInstance
from hal.errors import PeerError, PeerRefused, PeerRetryable, Sentence, StorageCorrupt, StorageError
from hal.values import SopReference, Uid
from sim.kernel import FOR_EVER
from sim.life import Life
from sim.poll import Poll
from sim.received_film import data_set_offset
from sim.scheduled_archive import ScheduledArchive
from sim.scheduled_outages import Looks
from sim.scheduled_storing import PATIENCE_S, Answer

LINE_BYTES_A_S = 1_000_000  # a hospital's line in the country
BLOCK_BYTES = 4096  # a short film is two
ASSOCIATION_S = Timeouts().association_s
NODE = "SAPI_NODE"

NOT_AS_INDEXED = Sentence(
    en="The file is not what was stored. It was not delivered.",
    fr="Le fichier n'est pas celui qui a été enregistré. Il n'a pas été envoyé.",
)


class ArchiveFor:
    def __init__(
        self, life: Life, archive: ScheduledArchive, pace_s: float, name: str = "ARCHIVE"
    ) -> None:
        self._life = life
        self._archive = archive
        self._name = name
        self._stirred = life.idle_signal()
        self._poll = Poll(life, pace_s, self._stirred)

    def echo(self) -> None:
        self._associate("echo")

    def store(self, instances: Iterable[InstanceFile]) -> Iterator[StoreOutcome]:
        self._associate("associate")
        for instance in instances:
            outcome, is_over = self._store(instance)
            yield outcome
            if is_over:
                return
            self._stirred.set()  # the outcome is recorded: there is something to ask about

    def request_commitment(
        self, transaction_uid: Uid, references: tuple[SopReference, ...]
    ) -> None:
        self._associate("commitment asked", str(len(references)))
        answer = self._archive.ask(transaction_uid, references, self._life.number, self._now_s)
        status = self._answered(answer)
        if status != SUCCESS:
            raise failure(status)

    def next_report(self, timeout_s: float) -> CommitmentReport | None:
        now_s = self._now_s
        due_s = self._archive.next_due_s(now_s)
        if due_s is None or due_s > now_s:
            self._poll.rest(timeout_s, FOR_EVER if due_s is None else due_s - now_s)
            self._stirred.clear()
        report = self._archive.pop_report(self._life.number, self._now_s)
        if report is not None:
            told = f"{len(report.committed)} committed, {len(report.failed)} failed"
            self._life.call("archive", "report", told)
        return report

    def holds(self, asked: tuple[StudyInstance, ...]) -> frozenset[SopReference]:
        self._associate("query", str(len(asked)))
        references = tuple(one.reference for one in asked)
        return frozenset(self._archive.holds(references, self._now_s))

    def retrieve(self, wanted: Wanted) -> Iterator[bytes]:
        uid = wanted.reference.sop_instance_uid
        self._associate("retrieve", uid)
        data_set = self._given_back(uid)
        archive, habits = self._archive, self._archive.habits
        if archive.falls("alters", habits.alters_chance):
            data_set[archive.chance("alters").randrange(len(data_set))] ^= 1
        breaks_off = archive.falls("breaks off", habits.breaks_off_chance)
        end = len(data_set) // 2 if breaks_off else len(data_set)
        for start in range(0, end, BLOCK_BYTES):
            self._life.call("archive", "gives back", str(start))
            yield bytes(data_set[start : min(start + BLOCK_BYTES, end)])
        if breaks_off:
            raise PeerRetryable(LINE_BROKE.fill(reason="reset by peer"))

    @property
    def _now_s(self) -> float:
        return self._life.kernel.now_s

    def _associate(self, what: str, detail: str = "") -> None:
        """Raises PeerRetryable, PeerRefused."""
        self._life.call("archive", what, detail)
        outage = self._archive.outage(self._now_s)
        if outage is None:
            return
        if outage.looks is Looks.SILENT:
            self._life.wait(timeout_s=ASSOCIATION_S)
        self._life.call("archive", outage.looks.value)
        raise self._away(outage.looks)

    def _away(self, looks: Looks) -> PeerError:
        match looks:
            case Looks.REFUSES_CONNECTION:
                where = {"host": "archive", "port": 104, "reason": "connection refused"}
                return PeerRetryable(NOT_REACHED.fill(**where))
            case Looks.BUSY:
                return PeerRetryable(BUSY.fill(called=self._name))
            case Looks.KNOWS_NOBODY:
                return PeerRefused(CALLING_UNKNOWN.fill(called=self._name, calling=NODE))
            case Looks.SILENT:
                return PeerRetryable(SILENT.fill(timeout_s=ASSOCIATION_S))

    def _store(self, instance: InstanceFile) -> tuple[StoreOutcome, bool]:
        """True: the association is over."""
        reference = instance.reference
        uid = reference.sop_instance_uid
        try:
            content = _read(instance)
        except StorageError as unread:
            return StoreOutcome(reference, None, unread), False
        self._life.wait(timeout_s=len(content) / LINE_BYTES_A_S)
        self._life.call("archive", "store", uid)
        try:
            status = self._answered(self._receive(uid, content))
        except PeerError as broken:
            return StoreOutcome(reference, None, broken), True
        error, warning = store_verdict(status)
        if error is None:
            self._archive.heard(uid, self._now_s)
        self._life.call("archive", "refused" if error else "accepted", f"{status:04X}H {uid}")
        return StoreOutcome(reference, status, error, warning), False

    def _receive(self, uid: Uid, content: bytes) -> Answer:
        """An archive that went away since the association began breaks the line."""
        if self._archive.outage(self._now_s) is not None:
            return Answer(None)
        return self._archive.receive(uid, content, self._now_s)

    def _answered(self, answer: Answer) -> int:
        """Its status, when it has come. Raises PeerRetryable."""
        if answer.after_s:
            self._life.wait(timeout_s=answer.after_s)
        if answer.status is not None:
            return answer.status
        self._life.call("archive", "no answer")
        if answer.after_s >= PATIENCE_S:
            raise PeerRetryable(SILENT.fill(timeout_s=answer.after_s))
        raise PeerRetryable(LINE_BROKE.fill(reason="reset by peer"))

    def _given_back(self, uid: Uid) -> bytearray:
        """Raises PeerRetryable, PeerRefused."""
        archive, habits = self._archive, self._archive.habits
        if not habits.gives_back:
            raise PeerRefused(NO_RETRIEVAL.fill(called=self._name))
        missing = archive.falls("not found", habits.not_found_chance)
        if missing or uid not in archive.memory.held:
            raise PeerRefused(NOT_THERE.fill(called=self._name, uid=uid, status="0000H"), 0)
        content = archive.copy_of(uid, self._now_s)
        if content is None:  # on a tape that nobody puts in any more
            raise PeerRetryable(NOT_NOW.fill(called=self._name, status="A702H"))
        return bytearray(content[data_set_offset(content) :])


def _read(instance: InstanceFile) -> bytes:
    """Raises StorageError."""
    with instance.open() as reader:
        content = reader.read()
    digest, expected = proof_of(instance)
    digest.update(memoryview(content))
    if digest.hexdigest() != expected:
        raise StorageCorrupt(NOT_AS_INDEXED)
    return content
