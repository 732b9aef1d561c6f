"""The simulated archive's storage commitment: what it really holds, reported by one thread.

On the association of the request, or on one of its own with the roles reversed
(PS3.4 J.3.3), as `report_to` says.
"""

import logging
from dataclasses import dataclass
from queue import Queue
from threading import Event, Thread

from pydicom import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, build_role
from pynetdicom.association import Association

from hal.values import SopReference, Uid
from sim.archive_faults import ArchiveFaults
from sim.archive_vault import NO_SUCH_OBJECT_INSTANCE, Vault

log = logging.getLogger(__name__)

PUSH_MODEL = "1.2.840.10008.1.20.1"
PUSH_MODEL_INSTANCE = "1.2.840.10008.1.20.1.1"
ALL_COMMITTED, FAILURES_EXIST = 1, 2
REPORTS_WAITING_MAX = 256
"""More than a demo or a test ever asks for; the next request then waits."""
STOP_S = 10.0


@dataclass(frozen=True)
class ReportTo:
    ae_title: str
    host: str
    port: int


@dataclass(frozen=True)
class Request:
    association: Association
    information: Dataset


class Reporter:
    def __init__(
        self, ae_title: str, vault: Vault, faults: ArchiveFaults, report_to: ReportTo | None
    ) -> None:
        self._ae_title = ae_title
        self._vault = vault
        self._faults = faults
        self.report_to = report_to
        self.answers: list[int | None] = []
        """Status of each answer to a report, in order; None: no answer."""
        self._requests: Queue[Request | None] = Queue(maxsize=REPORTS_WAITING_MAX)
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="sim-archive-reports", daemon=True)
        self._thread.start()

    def accept(self, association: Association, information: Dataset) -> None:
        self._requests.put(Request(association, information))

    def close(self) -> None:
        self._stopping.set()
        self._requests.put(None)
        self._thread.join(STOP_S)

    def _run(self) -> None:
        while (request := self._requests.get()) is not None:
            self._stopping.wait(self._faults.report_after_s)
            event_type, report = self._report(request.information)
            for _ in range(self._faults.reports):
                if self._stopping.is_set():
                    return
                try:
                    self.answers.append(self._send(request.association, event_type, report))
                except (RuntimeError, ValueError) as error:
                    log.warning("report not sent: %s", error)
                    self.answers.append(None)

    def _report(self, asked: Dataset) -> tuple[int, Dataset]:
        report = Dataset()
        if not self._faults.report_malformed:
            report.TransactionUID = asked.TransactionUID
        committed, failed = [], []
        for entry in asked.ReferencedSOPSequence:
            reason = self._failure_reason(entry)
            if reason is None:
                committed.append(self._committed(entry))
            else:
                failed.append(reference_item(entry, failure_reason=reason))
        if committed:
            report.ReferencedSOPSequence = committed
        if failed:
            report.FailedSOPSequence = failed
        event_type = FAILURES_EXIST if failed else ALL_COMMITTED
        return self._faults.report_event_type or event_type, report

    def _failure_reason(self, entry: Dataset) -> int | None:
        if self._faults.report_failure:
            return NO_SUCH_OBJECT_INSTANCE
        reference = SopReference(
            Uid(str(entry.ReferencedSOPClassUID)), Uid(str(entry.ReferencedSOPInstanceUID))
        )
        return self._vault.failure_reason(reference)

    def _committed(self, entry: Dataset) -> Dataset:
        item = reference_item(entry)
        if self._faults.report_other_instance:
            item.ReferencedSOPInstanceUID = generate_uid()
        return item

    def _send(self, asked_on: Association, event_type: int, report: Dataset) -> int | None:
        if self.report_to is None:
            return send_on(asked_on, event_type, report)
        entity = AE(self._ae_title)
        entity.add_requested_context(PUSH_MODEL)
        to = self.report_to
        association = entity.associate(
            to.host, to.port, ae_title=to.ae_title, ext_neg=[build_role(PUSH_MODEL, scp_role=True)]
        )
        if not association.is_established:
            return None
        try:
            return send_on(association, event_type, report)
        finally:
            association.release()


def send_on(association: Association, event_type: int, report: Dataset) -> int | None:
    status, _ = association.send_n_event_report(report, event_type, PUSH_MODEL, PUSH_MODEL_INSTANCE)
    return int(status.Status) if "Status" in status else None


def reference_item(entry: Dataset, failure_reason: int | None = None) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = entry.ReferencedSOPClassUID
    item.ReferencedSOPInstanceUID = entry.ReferencedSOPInstanceUID
    if failure_reason is not None:
        item.FailureReason = failure_reason
    return item
