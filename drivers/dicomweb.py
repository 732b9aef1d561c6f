"""`hal.archive.Archive` over DICOMweb (PS3.18): STOW-RS to store, QIDO-RS to ask what is there.

DICOMweb has no storage commitment in wide use; `holds` is what there is instead. Every call
has its own client; it never retries.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from threading import Event
from urllib.parse import urlencode

import httpx

from drivers.bandwidth import Throttle
from drivers.dicom_address import Timeouts
from drivers.dicom_association import OUT_OF_PROTOCOL
from drivers.dicomweb_line import WebLine
from drivers.dicomweb_status import http_failure
from drivers.dicomweb_store import ACCEPT, store
from drivers.wire.dicom_json import Malformed, listed
from hal.archive import CommitmentReport, InstanceFile, StoreOutcome, Wanted
from hal.archive_query import StudyInstance
from hal.errors import PeerRefused, PeerRetryable, Sentence
from hal.tls import CertificateLife, TlsSettings
from hal.values import SopReference, Uid
from hal.web_archive import WebAddress

FOUND, NONE_FOUND = 200, 204
NO_COMMITMENT = Sentence(
    en="DICOMweb has no storage commitment. Switch it off for this archive in the configuration: "
    "it is asked what it holds instead.",
    fr="DICOMweb n'a pas de Storage Commitment. Désactivez-le pour cette archive dans la "
    "configuration : on lui demande alors ce qu'elle détient.",
)
NO_RETRIEVAL = Sentence(
    en="This node does not fetch images back over DICOMweb. Fetch them from an archive that is "
    "reached by DICOM.",
    fr="Ce poste ne récupère pas d'images par DICOMweb. Récupérez-les auprès d'une archive jointe "
    "par DICOM.",
)


class WebArchive:
    def __init__(
        self,
        address: WebAddress,
        timeouts: Timeouts = Timeouts(),  # noqa: B008  frozen
        tls: TlsSettings | None = None,
        throttle: Throttle | None = None,
    ) -> None:
        """`tls` None with https: the system's authorities, and no certificate of ours. Raises
        ConfigError."""
        self._line = WebLine(address, timeouts, tls)
        self._throttle = throttle
        self._closed = Event()

    def echo(self) -> None:
        """A query for one study: the cheapest that needs the service and the right."""
        with self._line.client() as client:
            self._query(client, "/studies", {"limit": "1"})

    def store(self, instances: Iterable[InstanceFile]) -> Iterator[StoreOutcome]:
        """One request an instance. Raises PeerError at any of them when the archive is not reached
        or refuses the service: then that one and those after it were not taken."""
        with self._line.client() as client:
            for instance in instances:
                outcome = store(self._line, client, instance, self._throttle)
                yield outcome
                if isinstance(outcome.error, PeerRetryable):
                    return

    def holds(self, asked: tuple[StudyInstance, ...]) -> frozenset[SopReference]:
        with self._line.client() as client:
            return frozenset(one.reference for one in asked if self._lists(client, one))

    def _lists(self, client: httpx.Client, one: StudyInstance) -> bool:
        """Asked one by one: a server may cut a longer list short without a word."""
        path = f"/studies/{one.study_instance_uid}/series/{one.series_instance_uid}/instances"
        keys = {"SOPInstanceUID": one.reference.sop_instance_uid}
        answer = self._query(client, path, keys)
        if not answer:
            return False
        try:
            return one.reference in listed(answer)
        except Malformed as error:
            raise PeerRetryable(
                OUT_OF_PROTOCOL.fill(called=self._line.url.host, what=error)
            ) from error

    def _query(self, client: httpx.Client, path: str, keys: Mapping[str, str]) -> bytes:
        """QIDO-RS (PS3.18 10.6); empty when nothing matches. Raises PeerRetryable, PeerRefused."""
        headers = {"Accept": ACCEPT}
        status, answer = self._line.ask(client, "GET", f"{path}?{urlencode(keys)}", headers=headers)
        if status not in (FOUND, NONE_FOUND):
            raise http_failure(status).error
        return answer if status == FOUND else b""

    def request_commitment(
        self, transaction_uid: Uid, references: tuple[SopReference, ...]
    ) -> None:
        """Raises PeerRefused, always."""
        del transaction_uid, references
        raise PeerRefused(NO_COMMITMENT)

    def next_report(self, timeout_s: float) -> CommitmentReport | None:
        """None, after the time that a report would have had."""
        self._closed.wait(timeout_s)
        return None

    def retrieve(self, wanted: Wanted) -> Iterator[bytes]:
        """Raises PeerRefused, always."""
        del wanted
        raise PeerRefused(NO_RETRIEVAL)

    def certificates(self, now: datetime) -> tuple[CertificateLife, ...]:
        return self._line.lives(now)

    def close(self) -> None:
        self._closed.set()
