"""Associations kept open a short while after N-ACTION, for archives that report on the same one.

One thread each, a few at most, all ended by `close`. Never sends anything but answers.
"""

import logging
from threading import Lock, Thread
from time import monotonic

from drivers.dicom_association import Association
from drivers.dicom_commitment import ReportQueue, answer_report
from drivers.dicom_connection import ArchiveSilent
from hal.errors import PeerError

log = logging.getLogger(__name__)

LINGERING_MAX = 4
"""Archives limit associations a peer; past this one, it is released at once and the archive
reports on an association of its own."""
CLOSE_S = 10.0


class Lingering:
    def __init__(self, reports: ReportQueue, linger_s: float) -> None:
        self._reports = reports
        self._linger_s = linger_s
        self._lock = Lock()
        self._open: dict[Association, Thread] = {}
        self._closed = False

    def keep(self, association: Association) -> None:
        """Takes the association over; the caller must not touch it again."""
        thread = Thread(target=self._wait, args=(association,), name="dicom-linger", daemon=True)
        with self._lock:
            keeps = not self._closed and self._linger_s > 0 and len(self._open) < LINGERING_MAX
            if keeps:
                self._open[association] = thread
                thread.start()
        if not keeps:
            association.release()

    def _wait(self, association: Association) -> None:
        deadline_s = monotonic() + self._linger_s
        try:
            while (left_s := deadline_s - monotonic()) > 0:
                answer_report(association, association.receive(left_s), self._reports)
        except ArchiveSilent:
            log.debug("no report on the association of the request")
        except PeerError as error:
            log.info("association kept for a report: %s", error)
        finally:
            association.release()
            with self._lock:
                del self._open[association]

    def close(self) -> None:
        with self._lock:
            self._closed = True
            waiting = dict(self._open)
        for association in waiting:
            association.interrupt()
        for thread in waiting.values():
            thread.join(CLOSE_S)
