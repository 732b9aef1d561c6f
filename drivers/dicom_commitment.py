"""Storage Commitment Push Model (PS3.4 annex J): the request, and reports as they come.

It reads reports and keeps them until somebody takes them; it never believes one. Whether a
report answers a question that was asked is for the one who asked.
"""

import logging
from collections.abc import Iterable
from contextlib import suppress
from queue import Empty, Full, Queue

from pydicom import Dataset
from pydicom.uid import UID

from drivers.dicom_association import Association
from drivers.dicom_negotiation import Proposal
from drivers.dicom_status import SUCCESS, failure
from drivers.wire.data_set import SYNTAXES, decode, encode
from drivers.wire.dimse import (
    CommandField,
    Message,
    n_action_request,
    n_event_report_response,
)
from drivers.wire.p_data import MalformedPdu
from hal.archive import CommitmentReport, FailedReference
from hal.errors import ConfigError, PeerRefused, Sentence
from hal.values import SopReference, Uid

log = logging.getLogger(__name__)

SOP_CLASS = "1.2.840.10008.1.20.1"
SOP_INSTANCE = "1.2.840.10008.1.20.1.1"
"""Storage Commitment Push Model and its well-known instance (PS3.4 J.3.5, J.3.6)."""
COMMITMENT = Proposal(SOP_CLASS, SYNTAXES)
REQUEST_COMMITMENT = 1
"""Action Type ID (PS3.4 table J.3-1)."""
ALL_COMMITTED, FAILURES_EXIST = 1, 2
"""Event Type IDs (PS3.4 table J.3-2)."""

REFERENCES_MAX = 10_000
"""About 1.5 MB in one data set; a study here has a handful of films."""
REPORTS_MAX = 64
"""A node asks for a few studies at a time; an archive told that we are full sends it again."""

PROCESSING_FAILURE = 0x0110
NO_SUCH_EVENT_TYPE = 0x0113
INVALID_ARGUMENT = 0x0115
RESOURCE_LIMITATION = 0x0213
"""Status of an N-EVENT-REPORT response (PS3.7 10.1.1.1.8 and annex C)."""

NO_SERVICE = Sentence(
    en="The archive offers no storage commitment. Ask its administrator for it, or switch it off "
    "in the configuration: without it nothing is shown as safe.",
    fr="L'archive n'offre pas le Storage Commitment. Demandez-le à son administrateur, ou "
    "désactivez-le dans la configuration : sans lui, rien n'est affiché comme en sûreté.",
)
TOO_MANY = Sentence(
    en="A commitment request for {count} instances: ask for 1 to {count_max} at a time.",
    fr="Demande d'engagement pour {count} instances : demandez-en de 1 à {count_max} à la fois.",
)


class ReportRejected(Exception):
    """A report that cannot be taken, with the status to answer."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class ReportQueue:
    """Reports from every association, for `next_report`. Any thread may use it."""

    def __init__(self) -> None:
        self._reports: Queue[CommitmentReport | None] = Queue(maxsize=REPORTS_MAX)

    def take(self, event_type_id: object, information: Dataset) -> int:
        """Keep a report; the status to answer. Never raises."""
        try:
            report = read_report(event_type_id, information)
        except ReportRejected as rejected:
            log.warning("commitment report rejected: %s", rejected)
            return rejected.status
        try:
            self._reports.put_nowait(report)
        except Full:
            log.warning("commitment report for %s: no room", report.transaction_uid)
            return RESOURCE_LIMITATION
        log.info(
            "commitment report for %s: %d committed, %d failed",
            report.transaction_uid,
            len(report.committed),
            len(report.failed),
        )
        return SUCCESS

    def wake(self) -> None:
        """Who waits in `next` has something to ask meanwhile."""
        if self._reports.empty():
            with suppress(Full):
                self._reports.put_nowait(None)

    def next(self, timeout_s: float) -> CommitmentReport | None:
        try:
            return self._reports.get(timeout=timeout_s)
        except Empty:
            return None


def ask(association: Association, information: Dataset, reports: ReportQueue) -> None:
    """N-ACTION, and its own answer. Raises PeerRetryable, PeerRefused."""
    context = association.context(COMMITMENT)
    if context is None:
        raise PeerRefused(NO_SERVICE)
    message_id = association.next_message_id()
    association.send(
        context.context_id,
        n_action_request(message_id, SOP_CLASS, SOP_INSTANCE, REQUEST_COMMITMENT),
        encode(information, context.transfer_syntax),
    )
    answer = association.receive()
    if answer.field == CommandField.N_EVENT_REPORT_RQ:
        answer_report(association, answer, reports)  # an archive may report before it answers
        answer = association.receive()
    if answer.field != CommandField.N_ACTION_RSP:
        raise association.out_of_protocol("not the answer to what was asked")
    if answer.command.get("MessageIDBeingRespondedTo") != message_id:
        raise association.out_of_protocol("the answer to another message")
    status = answer.command.get("Status")
    if not isinstance(status, int):
        raise association.out_of_protocol("an answer without a status")
    if status != SUCCESS:
        raise failure(status)


def request(transaction_uid: Uid, references: tuple[SopReference, ...]) -> Dataset:
    """Action Information (PS3.4 table J.3-1)."""
    if not 1 <= len(references) <= REFERENCES_MAX:
        raise ConfigError(TOO_MANY.fill(count=len(references), count_max=REFERENCES_MAX))
    information = Dataset()
    information.TransactionUID = transaction_uid
    information.ReferencedSOPSequence = [item(reference) for reference in references]
    return information


def item(reference: SopReference) -> Dataset:
    entry = Dataset()
    entry.ReferencedSOPClassUID = reference.sop_class_uid
    entry.ReferencedSOPInstanceUID = reference.sop_instance_uid
    return entry


def answer_report(association: Association, message: Message, reports: ReportQueue) -> None:
    """An N-EVENT-REPORT that came on the association of the request."""
    context = association.context(COMMITMENT)
    status = PROCESSING_FAILURE
    if context is not None and message.field == CommandField.N_EVENT_REPORT_RQ:
        try:
            information = decode(message.data_set or b"", context.transfer_syntax)
            status = reports.take(message.command.get("EventTypeID"), information)
        except MalformedPdu as error:
            log.warning("commitment report rejected: %s", error)
    association.send(message.context_id, n_event_report_response(message.command, status))


def read_report(event_type_id: object, information: Dataset) -> CommitmentReport:
    """Event Information (PS3.4 table J.3-2). Raises ReportRejected."""
    if event_type_id not in (ALL_COMMITTED, FAILURES_EXIST):
        raise ReportRejected(NO_SUCH_EVENT_TYPE, "an event type that PS3.4 J.3.3 does not have")
    try:
        committed = tuple(map(reference_of, items(information, "ReferencedSOPSequence")))
        failed = tuple(
            FailedReference(reference_of(entry), int(entry.FailureReason))
            for entry in items(information, "FailedSOPSequence")
        )
        transaction_uid = checked_uid(information.TransactionUID)
    except Exception as error:  # pydicom raises whatever the values make it stumble over
        raise ReportRejected(INVALID_ARGUMENT, "a report that cannot be read") from error
    return CommitmentReport(transaction_uid, committed, failed)


def items(information: Dataset, keyword: str) -> Iterable[Dataset]:
    found: list[Dataset] = list(information.get(keyword) or ())
    if len(found) > REFERENCES_MAX:
        raise ValueError(f"{len(found)} references")
    return found


def reference_of(entry: Dataset) -> SopReference:
    return SopReference(
        checked_uid(entry.ReferencedSOPClassUID), checked_uid(entry.ReferencedSOPInstanceUID)
    )


def checked_uid(value: object) -> Uid:
    uid = UID(str(value))
    if not uid.is_valid:
        raise ValueError("not a UID")
    return Uid(str(uid))
