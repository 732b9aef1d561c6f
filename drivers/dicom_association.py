"""An association that this node asked for: straight-line, blocking, no thread of its own.

pynetdicom's Association polls its socket from two threads and copies each fragment several
times; sending here is one system call a block, from the file's own buffer, and the answer is
read by the thread that waits for it. It sends and receives messages and never judges a status.
"""

import logging
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from drivers.bandwidth import Throttle
from drivers.dicom_address import ArchiveAddress, Timeouts
from drivers.dicom_connection import ArchiveSilent, Connection
from drivers.dicom_negotiation import (
    AcceptedContext,
    Agreement,
    Proposal,
    agreement,
    association_request,
    rejection,
)
from drivers.tls_line import TlsPeer
from drivers.wire.dimse import Command, Message, MessageReader, encode_command
from drivers.wire.p_data import (
    COMMAND,
    LAST,
    P_DATA_TF,
    PDU_HEADER,
    MalformedPdu,
    Pdv,
    fragment_pdus,
    pdvs,
)
from hal.disk import Buffer
from hal.errors import PeerError, PeerRefused, PeerRetryable, Sentence

log = logging.getLogger(__name__)

A_ASSOCIATE_AC = 0x02
A_ASSOCIATE_RJ = 0x03
A_RELEASE_RQ = bytes.fromhex("0500 0000 0004 0000 0000")
A_RELEASE_RP = bytes.fromhex("0600 0000 0004 0000 0000")
A_ABORT = bytes.fromhex("0700 0000 0004 0000 0000")
"""PS3.8 9.3.6 to 9.3.8; A-ABORT with source 0, the service user."""

ENDED = Sentence(
    en="The archive {called} ended the association. What it had not confirmed will be sent again.",
    fr="L'archive {called} a mis fin à l'association. Ce qu'elle n'avait pas confirmé sera "
    "renvoyé.",
)
OUT_OF_PROTOCOL = Sentence(
    en="The archive {called} answered outside the DICOM protocol ({what}). It will be tried again; "
    "call its administrator if this lasts.",
    fr="L'archive {called} a répondu hors du protocole DICOM ({what}). Un nouvel essai suivra ; "
    "appelez son administrateur si cela dure.",
)


class Association:
    """Leaving the `with` block releases it, a refusal too; any other exception aborts it."""

    def __init__(
        self,
        connection: Connection,
        agreed: Agreement,
        called: str,
        timeouts: Timeouts,
        throttle: Throttle | None = None,
    ) -> None:
        self._throttle = throttle
        self._connection = connection
        self._agreed = agreed
        self.called = called
        self._timeouts = timeouts
        self._reader = MessageReader()
        self._pdvs: deque[Pdv] = deque()  # of one PDU, which may carry several (PS3.8 9.3.5.1)
        self._message_id = 0
        self.is_open = True

    @classmethod
    def request(
        cls,
        address: ArchiveAddress,
        calling: str,
        proposals: Sequence[Proposal],
        timeouts: Timeouts,
        tls: TlsPeer | None = None,
        throttle: Throttle | None = None,
    ) -> Self:
        """Raises PeerRetryable (down, busy) or PeerRefused (rejected, TLS)."""
        connection = Connection.open(
            address.host, address.port, timeouts.connect_s, timeouts.send_s, tls
        )
        try:
            connection.send(association_request(calling, address.ae_title, proposals))
            pdu_type, body = connection.receive_pdu(timeouts.association_s)
            agreed = _agreed(pdu_type, body, calling, address.ae_title, proposals)
        except BaseException:
            connection.close()
            raise
        return cls(connection, agreed, address.ae_title, timeouts, throttle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None or isinstance(error, (GeneratorExit, PeerRefused)):
            self.release()
        else:
            self.abort()

    @property
    def fragment_bytes_max(self) -> int:
        return self._agreed.fragment_bytes_max

    def context(self, proposal: Proposal) -> AcceptedContext | None:
        """None when the archive did not accept it."""
        return self._agreed.contexts.get(proposal)

    def next_message_id(self) -> int:
        """Never 0 and never above 65535 (US)."""
        self._message_id = self._message_id % 0xFFFF + 1
        return self._message_id

    def send(
        self,
        context_id: int,
        command: Command,
        data_set: Buffer | None = None,
        is_last: bool = True,
    ) -> None:
        """A command with its data set, or the first part of it. Raises PeerRetryable."""
        pdus = self._pdus(context_id, encode_command(command), COMMAND | LAST)
        if data_set is not None:
            pdus += self._pdus(context_id, data_set, LAST if is_last else 0)
        self._send(pdus)

    def send_data_set_part(self, context_id: int, data: Buffer, is_last: bool) -> None:
        """The next part of a data set whose command went first. Raises PeerRetryable."""
        self._send(self._pdus(context_id, data, LAST if is_last else 0))

    def _pdus(self, context_id: int, data: Buffer, control: int) -> list[Buffer]:
        return fragment_pdus(memoryview(data), context_id, control, self.fragment_bytes_max)

    def _send(self, pdus: list[Buffer]) -> None:
        try:
            if self._throttle is None:
                self._connection.send(*pdus)
                return
            for pdu in pdus:
                self._throttle(len(pdu))
                self._connection.send(pdu)
        except PeerError:
            self._close()
            raise

    def receive(self, timeout_s: float | None = None) -> Message:
        """The next message; `timeout_s` None: the response timeout.

        Raises ArchiveSilent, and the association stays open; PeerRetryable, and it is over.
        """
        while True:
            pdv = self.receive_pdv(timeout_s)
            try:
                message = self._reader.feed(pdv)
            except MalformedPdu as error:
                raise self.out_of_protocol(str(error)) from error
            if message is not None:
                return message

    def receive_pdv(self, timeout_s: float | None = None) -> Pdv:
        """What `receive` puts messages together of, for who takes a long one piece by piece."""
        wait_s = self._timeouts.response_s if timeout_s is None else timeout_s
        try:
            while not self._pdvs:
                pdu_type, body = self._connection.receive_pdu(wait_s)
                if pdu_type != P_DATA_TF:
                    raise self._ended(pdu_type)
                self._pdvs.extend(pdvs(body))
            return self._pdvs.popleft()
        except ArchiveSilent:
            raise
        except MalformedPdu as error:
            raise self.out_of_protocol(str(error)) from error
        except PeerError:
            self._close()
            raise

    def _ended(self, pdu_type: int) -> PeerRetryable:
        if pdu_type == A_RELEASE_RQ[0]:
            self._connection.send(A_RELEASE_RP)
        return PeerRetryable(ENDED.fill(called=self.called))

    def out_of_protocol(self, what: str) -> PeerRetryable:
        """Abort, and the error to raise for it."""
        self.abort()
        return PeerRetryable(OUT_OF_PROTOCOL.fill(called=self.called, what=what))

    def release(self) -> None:
        """Never raises: whatever was confirmed stays confirmed."""
        if not self.is_open:
            return
        try:
            self._connection.send(A_RELEASE_RQ)
            self._connection.receive_pdu(self._timeouts.release_s)
        except PeerError as error:
            log.info("release of the association with %s: %s", self.called, error)
        self._close()

    def abort(self) -> None:
        """Never raises. The peer drops what it had not received whole."""
        if not self.is_open:
            return
        try:
            self._connection.send(A_ABORT)
        except PeerError as error:
            log.info("abort of the association with %s: %s", self.called, error)
        self._connection.shut()
        self._close()

    def interrupt(self) -> None:
        """From another thread: a `receive` under way there raises PeerRetryable."""
        self._connection.shut()

    def _close(self) -> None:
        self.is_open = False
        self._connection.close()


def _agreed(
    pdu_type: int, body: bytes, calling: str, called: str, proposals: Sequence[Proposal]
) -> Agreement:
    pdu = PDU_HEADER.pack(pdu_type, len(body)) + body
    try:
        if pdu_type == A_ASSOCIATE_AC:
            return agreement(pdu, proposals)
        if pdu_type == A_ASSOCIATE_RJ:
            raise rejection(pdu, calling, called)
    except MalformedPdu as error:
        raise PeerRetryable(OUT_OF_PROTOCOL.fill(called=called, what=error)) from error
    raise PeerRetryable(ENDED.fill(called=called))
