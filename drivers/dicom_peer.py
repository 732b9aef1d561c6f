"""`hal.archive.Archive` over DICOM: storage, commitment and C-GET SCU, and a listener.

Every call opens its own association and ends it, but for one that `get_ready` opens for `store`:
a wedged line costs one call, and nothing is shared between workers but the bounded queue of
reports. It never retries: when and
how often is for the forwarder.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Self

from drivers.bandwidth import Throttle
from drivers.dicom_address import ArchiveAddress, Timeouts, checked_ae_title
from drivers.dicom_association import Association
from drivers.dicom_commitment import COMMITMENT, ReportQueue, ask, request
from drivers.dicom_kept import KeptAssociation
from drivers.dicom_lingering import Lingering
from drivers.dicom_listener import ReportListener
from drivers.dicom_negotiation import CONTEXTS_MAX, Proposal
from drivers.dicom_query import FIND, holds
from drivers.dicom_retrieval import GET, retrieve, storage_of
from drivers.dicom_status import SUCCESS, failure
from drivers.dicom_storage import proposal_of, store_all
from drivers.tls_line import TlsPeer
from drivers.wire.data_set import SYNTAXES
from drivers.wire.dimse import VERIFICATION, CommandField, c_echo_request
from hal.archive import CommitmentReport, InstanceFile, StoreOutcome, Wanted
from hal.archive_query import StudyInstance
from hal.errors import ConfigError, PeerRefused, Sentence
from hal.tls import CertificateLife, TlsSettings
from hal.values import SopReference, Uid

__all__ = ["ArchiveAddress", "DicomArchive", "Timeouts"]

ECHO = Proposal(VERIFICATION, SYNTAXES)
NO_VERIFICATION = Sentence(
    en="The archive accepts associations but not C-ECHO, so it cannot be tested this way.",
    fr="L'archive accepte les associations mais pas C-ECHO : elle ne peut pas être testée ainsi.",
)
TOO_MANY_KINDS = Sentence(
    en="{count} kinds of images in one batch, and an association carries {count_max}. Send "
    "smaller batches.",
    fr="{count} types d'images dans un même envoi, et une association en porte {count_max}. "
    "Faites de plus petits envois.",
)


class DicomArchive:
    """One archive, and this node's port for its reports. `close` it, or use it in a `with`."""

    def __init__(
        self,
        address: ArchiveAddress,
        local_ae_title: str = "SAPI_NODE",
        listen_host: str = "0.0.0.0",  # noqa: S104  the archive connects from another machine
        listen_port: int | None = 11112,
        reporting_ae_titles: tuple[str, ...] = (),
        timeouts: Timeouts = Timeouts(),  # noqa: B008  frozen
        tls: TlsSettings | None = None,
        reports: ReportQueue | None = None,
        throttle: Throttle | None = None,
    ) -> None:
        """`listen_port`: 0 takes any free one, None does not listen: then only reports on the
        request's own association come, and those that a listener shared with other archives puts
        into `reports`. `reporting_ae_titles`: who may report, beside the archive itself. `tls`:
        to the archive and at our port; None: neither. Raises ConfigError, and PeerRefused for
        certificate files that cannot be used while listening. `throttle`: for what is sent.
        """
        self._address = address
        self._ae_title = checked_ae_title(local_ae_title)
        self._timeouts = timeouts
        self._tls = TlsPeer(tls) if tls else None
        self._throttle = throttle
        self._reports = reports or ReportQueue()
        self._lingering = Lingering(self._reports, timeouts.linger_s)
        self._kept = KeptAssociation()
        self._listener = None
        if listen_port is not None:
            callers = (address.ae_title, *map(checked_ae_title, reporting_ae_titles))
            self._listener = ReportListener(
                self._ae_title,
                listen_host,
                listen_port,
                dict.fromkeys(callers, (self._reports,)),
                tls,
            )

    @property
    def listening_port(self) -> int | None:
        return self._listener.port if self._listener else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and end what is open. Calls under way end by their own timeouts."""
        self._kept.drop()
        self._lingering.close()
        if self._listener:
            self._listener.close()
            self._listener = None

    def echo(self) -> None:
        with self._associate((ECHO,)) as association:
            context = association.context(ECHO)
            if context is None:
                raise PeerRefused(NO_VERIFICATION)
            message_id = association.next_message_id()
            association.send(context.context_id, c_echo_request(message_id))
            answer = association.receive()
            status = answer.command.get("Status")
            if answer.field != CommandField.C_ECHO_RSP or not isinstance(status, int):
                raise association.out_of_protocol("not the answer to C-ECHO")
            if status != SUCCESS:
                raise failure(status)

    def accepts(self, sop_class_uid: Uid, transfer_syntaxes: tuple[Uid, ...]) -> frozenset[Uid]:
        """Each proposed in a presentation context of its own: an archive takes one of a context."""
        accepted = self.get_ready(sop_class_uid, transfer_syntaxes)
        self._kept.drop()
        return accepted

    def get_ready(self, sop_class_uid: Uid, transfer_syntaxes: tuple[Uid, ...]) -> frozenset[Uid]:
        proposals = tuple(Proposal(sop_class_uid, (syntax,)) for syntax in transfer_syntaxes)
        self._kept.drop()
        association = self._associate(proposals)
        self._kept.keep(association, proposals)
        return frozenset(
            Uid(proposal.transfer_syntaxes[0])
            for proposal in proposals
            if association.context(proposal)
        )

    def store(self, instances: Iterable[InstanceFile]) -> Iterator[StoreOutcome]:
        """The association is asked for when the first outcome is.

        A file of one block that is not what the index says is not sent at all, and the others
        follow. A longer one is found out at its end: the association is aborted, its outcome is
        StorageCorrupt, and the iteration ends; the rest go with the caller's next call.
        """
        batch = tuple(instances)
        proposals = tuple(dict.fromkeys(map(proposal_of, batch)))
        if len(proposals) > CONTEXTS_MAX:
            raise ConfigError(TOO_MANY_KINDS.fill(count=len(proposals), count_max=CONTEXTS_MAX))
        if not batch:
            return
        with self._kept.take(proposals) or self._associate(proposals) as association:
            yield from store_all(association, batch)
            self._reports.wake()  # before the release, which takes a round trip

    def request_commitment(
        self, transaction_uid: Uid, references: tuple[SopReference, ...]
    ) -> None:
        information = request(transaction_uid, references)
        with ExitStack() as unless_kept:
            association = unless_kept.enter_context(self._associate((COMMITMENT,)))
            ask(association, information, self._reports)
            unless_kept.pop_all()
        self._lingering.keep(association)

    def holds(self, asked: tuple[StudyInstance, ...]) -> frozenset[SopReference]:
        """C-FIND: those of them that the archive lists. It commits to none of them."""
        with self._associate((FIND,)) as association:
            return holds(association, asked)

    def certificates(self, now: datetime) -> tuple[CertificateLife, ...]:
        """How long each lasts that this archive is reached with; none without TLS."""
        return self._tls.lives(now) if self._tls else ()

    def next_report(self, timeout_s: float) -> CommitmentReport | None:
        return self._reports.next(timeout_s)

    def retrieve(self, wanted: Wanted) -> Iterator[bytes]:
        """The association is asked for when the first block is."""
        with self._associate((GET, *storage_of(wanted))) as association:
            yield from retrieve(association, wanted)

    def _associate(self, proposals: tuple[Proposal, ...]) -> Association:
        return Association.request(
            self._address, self._ae_title, proposals, self._timeouts, self._tls, self._throttle
        )
