"""A simulated archive on the network: C-ECHO, C-STORE, commitment, C-GET, and faults on demand.

A separate DICOM implementation (pynetdicom) on the loopback; it shares no code with the node's
own. It confirms nothing that is not durable in its folder, unless a fault says so.
"""

import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any, Self

from pydicom import Dataset
from pydicom.uid import (
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.dimse_primitives import C_STORE

from hal.values import Uid
from sim.archive_faults import NO_FAULTS, ArchiveFaults
from sim.archive_reports import PUSH_MODEL, Reporter, ReportTo
from sim.archive_retrieval import STUDY_ROOT_GET, Answer, instances
from sim.archive_vault import Vault

log = logging.getLogger(__name__)

VERIFICATION = "1.2.840.10008.1.1"
STORAGE_CLASSES = (
    "1.2.840.10008.5.1.4.1.1.7.3",
    "1.2.840.10008.5.1.4.1.1.7",
    "1.2.840.10008.5.1.4.1.1.88.59",  # key object selections: rejection notes
    "1.2.840.10008.5.1.4.1.1.1",
)
"""Film (Multi-frame Grayscale Word SC, SC) and plates (CR)."""
TRANSFER_SYNTAXES = [
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
    JPEG2000Lossless,
    HTJ2KLossless,
    RLELossless,
]
SUCCESS = 0x0000
PROCESSING_FAILURE = 0x0110
DUPLICATE_SOP_INSTANCE = 0x0111
WARNINGS = range(0xB000, 0xC000)
PDU_BYTES_MAX = 128 * 1024
NEVER_S = 3600.0
"""Longer than anybody waits; `close` ends it."""


class SimulatedArchive:
    """Serves from `with` (or `start`) until `close`. Port 0: any free one, told by `port`."""

    def __init__(
        self,
        folder: Path,
        faults: ArchiveFaults = NO_FAULTS,
        ae_title: str = "SIM_ARCHIVE",
        host: str = "127.0.0.1",
        port: int = 0,
        report_to: tuple[str, str, int] | None = None,
    ) -> None:
        """`report_to`: AE title, host and port for reports on a new association; None: on the
        association of the request."""
        self.ae_title = ae_title
        self.host = host
        self.port = port
        self._vault = Vault(folder)
        self._faults = faults
        self._report_to = ReportTo(*report_to) if report_to else None
        self._closing = Event()
        self._received_bytes: dict[Association, int] = {}
        self._sent_bytes: dict[Association, int] = {}

    def start(self) -> Self:
        self._reporter = Reporter(self.ae_title, self._vault, self._faults, self._report_to)
        self._entity = self._application_entity()
        handlers: list[Any] = [
            (evt.EVT_CONN_OPEN, self._on_connection),
            (evt.EVT_REQUESTED, self._on_request),
            (evt.EVT_DATA_RECV, self._on_data),
            (evt.EVT_C_STORE, self._on_store),
            (evt.EVT_N_ACTION, self._on_commitment_request),
            (evt.EVT_DATA_SENT, self._on_data_sent),
            (evt.EVT_C_GET, self._on_retrieval),
        ]
        server = self._entity.start_server(
            (self.host, self.port), block=False, evt_handlers=handlers
        )
        assert server is not None  # noqa: S101  pynetdicom gives None only when it blocks
        self.port = int(server.server_address[1])
        return self

    def close(self) -> None:
        self._closing.set()
        self._reporter.close()
        associations = self._entity.active_associations
        self._entity.shutdown()
        for association in associations:
            hang_up(association)  # shutdown leaves their sockets open, as no dead archive does

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def instances(self) -> dict[Uid, str]:
        """What it holds: SOP Instance UID -> SHA-256 of its Pixel Data."""
        return self._vault.pixel_digests()

    @property
    def report_answers(self) -> list[int | None]:
        """Status of each answer to a report, in order; None: no answer."""
        return self._reporter.answers

    def report_to(self, ae_title: str, host: str, port: int) -> None:
        """From now on, report on a new association to there."""
        self._reporter.report_to = ReportTo(ae_title, host, port)

    def _application_entity(self) -> AE:
        entity = AE(self.ae_title)
        entity.require_called_aet = True
        entity.maximum_pdu_size = PDU_BYTES_MAX
        entity.add_supported_context(VERIFICATION)
        for sop_class in STORAGE_CLASSES:
            # Both roles: who asks by C-GET is the SCP of what comes back (PS3.7 D.3.3.4).
            entity.add_supported_context(sop_class, TRANSFER_SYNTAXES, scu_role=True, scp_role=True)
        if not self._faults.no_retrieval_service:
            entity.add_supported_context(STUDY_ROOT_GET)
        if not self._faults.no_commitment_service:
            entity.add_supported_context(PUSH_MODEL)
        return entity

    def _on_connection(self, event: evt.Event) -> None:
        raw = raw_socket(event.assoc)
        if raw is not None:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _on_request(self, event: evt.Event) -> None:
        if self._faults.reject_association is not None:
            event.assoc.acse.send_reject(*self._faults.reject_association)
            event.assoc.is_rejected = True
            event.assoc.kill()  # returns once the rejection is sent

    def _on_data(self, event: evt.Event) -> None:
        limit = self._faults.hang_up_after_bytes
        if limit is None:
            return
        received = self._received_bytes.get(event.assoc, 0) + len(event.data)
        self._received_bytes[event.assoc] = received
        if received > limit:
            hang_up(event.assoc)

    def _on_data_sent(self, event: evt.Event) -> None:
        limit = self._faults.hang_up_after_sent_bytes
        if limit is None:
            return
        sent = self._sent_bytes.get(event.assoc, 0) + len(event.data)
        self._sent_bytes[event.assoc] = sent
        if sent > limit:
            hang_up(event.assoc)

    def _on_retrieval(self, event: evt.Event) -> Iterator[Answer]:
        return instances(event, self._vault, self._faults)

    def _on_store(self, event: evt.Event) -> int:
        faults = self._faults
        self._closing.wait(NEVER_S if faults.never_answer else faults.answer_after_s)
        status = SUCCESS if faults.store_status is None else faults.store_status
        if status != SUCCESS and status not in WARNINGS:
            return status
        request = event.request
        if not isinstance(request, C_STORE) or faults.never_answer:
            return PROCESSING_FAILURE
        uid = str(request.AffectedSOPInstanceUID)
        if not self._vault.keep(uid, event.encoded_dataset()):
            return DUPLICATE_SOP_INSTANCE
        log.info("stored %s", uid)
        if faults.lose_response:
            hang_up(event.assoc)
        return status

    def _on_commitment_request(self, event: evt.Event) -> tuple[int, Dataset | None]:
        status = self._faults.commitment_status
        if status == SUCCESS:
            self._reporter.accept(event.assoc, event.action_information)
        return status, None


def raw_socket(association: Association) -> socket.socket | None:
    wrapped = association.dul.socket
    return wrapped.socket if wrapped is not None else None


def hang_up(association: Association) -> None:
    raw = raw_socket(association)
    if raw is not None:
        try:
            raw.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the other end was first
