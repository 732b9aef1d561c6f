"""Where the archive reports on an association of its own (PS3.4 J.3.3), and may echo.

One for all archives. pynetdicom serves it: it faces the network. Takes associations called by this
node's AE title, from the AE titles it was told, for Storage Commitment in the archive's role and
for Verification; everything else is rejected in the negotiation.
"""

import errno
import logging
import socket
from collections.abc import Mapping
from typing import Any

from pynetdicom import AE, evt

from drivers.dicom_commitment import PROCESSING_FAILURE, SOP_CLASS, ReportQueue
from drivers.dicom_connection import PDU_BYTES_MAX
from drivers.tls_context import server_context
from drivers.wire.data_set import SYNTAXES
from drivers.wire.dimse import VERIFICATION
from hal.errors import ConfigError, Sentence
from hal.tls import TlsSettings

log = logging.getLogger(__name__)

ASSOCIATIONS_MAX = 16
"""A few archives report, each with a few of its processes at once at most."""
IDLE_S = 30.0
"""An association that says nothing for so long is ended, and its thread freed."""
ASSOCIATE_S = 10.0

Reporters = Mapping[str, tuple[ReportQueue, ...]]
"""AE title -> whose reports those are. Two archives may go by one title (Orthanc's is ORTHANC
wherever it is installed): both get what comes under it, and know their own transactions."""

PORT_TAKEN = Sentence(
    en="Port {port} of {host} is taken by another program. Choose another listen_port, declare it "
    "at the archive, or stop that program.",
    fr="Le port {port} de {host} est pris par un autre programme. Choisissez un autre listen_port, "
    "déclarez-le à l'archive, ou arrêtez ce programme.",
)
NOT_LISTENING = Sentence(
    en="This node cannot listen on {host}:{port} ({reason}). Correct listen_host and listen_port.",
    fr="Ce poste ne peut pas écouter sur {host}:{port} ({reason}). Corrigez listen_host et "
    "listen_port.",
)


class ReportListener:
    """Listens from the moment it is made until `close`."""

    def __init__(
        self,
        ae_title: str,
        host: str,
        port: int,
        reporters: Reporters,
        tls: TlsSettings | None = None,
    ) -> None:
        """Port 0: any free one, told by `port`. Raises ConfigError, PeerRefused."""
        context = server_context(tls) if tls else None
        self._reporters = {title.strip(): queues for title, queues in reporters.items()}
        entity = AE(ae_title)
        entity.require_called_aet = True
        entity.require_calling_aet = list(self._reporters)
        entity.maximum_associations = ASSOCIATIONS_MAX
        entity.maximum_pdu_size = PDU_BYTES_MAX
        entity.acse_timeout = ASSOCIATE_S
        entity.network_timeout = IDLE_S
        entity.add_supported_context(VERIFICATION)
        # PS3.4 J.3.3: the requestor of this association is the SCP, by role selection
        # (PS3.7 D.3.3.4). An archive that proposes no roles is taken too.
        entity.add_supported_context(SOP_CLASS, list(SYNTAXES), scu_role=False, scp_role=True)
        handlers: list[Any] = [
            (evt.EVT_CONN_OPEN, no_delay),
            (evt.EVT_N_EVENT_REPORT, self._on_report),
        ]
        try:
            server = entity.start_server(
                (host, port), block=False, evt_handlers=handlers, ssl_context=context
            )
        except OSError as error:
            raise listening_failed(host, port, error) from error
        assert server is not None  # noqa: S101  pynetdicom gives None only when it blocks
        self._entity = entity
        self.port = int(server.server_address[1])

    def _on_report(self, event: evt.Event) -> tuple[int, None]:
        """Runs in a thread of pynetdicom's; whatever goes wrong is an answer, not a crash."""
        try:
            information = event.event_information
            event_type_id = event.event_type
        except Exception as error:  # noqa: BLE001  pydicom raises whatever the bytes make it do
            log.warning("commitment report rejected: %s", type(error).__name__)
            return PROCESSING_FAILURE, None
        queues = self._reporters.get(str(event.assoc.requestor.ae_title).strip(), ())
        answers = [queue.take(event_type_id, information) for queue in queues]
        return max(answers, default=PROCESSING_FAILURE), None  # 0 only when each took it

    def close(self) -> None:
        self._entity.shutdown()


def no_delay(event: evt.Event) -> None:
    """Nagle's algorithm against delayed ACKs costs 40 ms a message (RFC 1122 4.2.3.4)."""
    connected = event.assoc.dul.socket
    if connected is not None and connected.socket is not None:
        connected.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def listening_failed(host: str, port: int, error: OSError) -> ConfigError:
    if error.errno == errno.EADDRINUSE:
        return ConfigError(PORT_TAKEN.fill(host=host, port=port))
    return ConfigError(NOT_LISTENING.fill(host=host, port=port, reason=error.strerror or error))
