"""What a RIS says no to, and how a person is told: one table for worklist and MPPS.

An association speaks of archives and images; this boundary says the same of a RIS. What exactly the
line or the peer did is in the log.
"""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from drivers.dicom_address import ArchiveAddress, Timeouts
from drivers.dicom_association import Association
from drivers.dicom_negotiation import AcceptedContext, Proposal
from drivers.dicom_status import SUCCESS
from drivers.tls_line import TlsPeer
from drivers.wire.dimse import Message
from hal.errors import PeerDuplicate, PeerError, PeerRefused, PeerRetryable, Sentence
from hal.tls import CertificateLife

log = logging.getLogger(__name__)

AWAY = Sentence(
    en="The RIS {called} ({host}:{port}) does not answer, or the line to it broke. It is asked "
    "again by itself; call its administrator if this lasts.",
    fr="Le RIS {called} ({host}:{port}) ne répond pas, ou la liaison a été coupée. Il sera "
    "interrogé de nouveau automatiquement ; appelez son administrateur si cela dure.",
)
TURNED_AWAY = Sentence(
    en="The RIS {called} ({host}:{port}) does not let this node in as {calling}. Check the AE "
    "titles and certificates on both sides; the log says more.",
    fr="Le RIS {called} ({host}:{port}) n'accepte pas ce poste sous le nom {calling}. Vérifiez les "
    "AE titles et les certificats des deux côtés ; le journal en dit plus.",
)
NO_SERVICE = Sentence(
    en="The RIS {called} ({host}:{port}) does not offer {service}. Ask its administrator for it, "
    "or correct the configuration.",
    fr="Le RIS {called} ({host}:{port}) n'offre pas le service {service}. Demandez-le à son "
    "administrateur, ou corrigez la configuration.",
)
BUSY = Sentence(
    en="The RIS has no resources left, or failed inside ({status}). It is asked again by itself; "
    "call its administrator if this lasts.",
    fr="Le RIS manque de ressources ou a échoué en interne ({status}). Il sera interrogé de "
    "nouveau automatiquement ; appelez son administrateur si cela dure.",
)
DUPLICATE = Sentence(
    en="The RIS says that it knows this procedure step already ({status}).",
    fr="Le RIS dit connaître déjà cette étape d'examen ({status}).",
)
UNKNOWN_STEP = Sentence(
    en="The RIS does not know this procedure step ({status}).",
    fr="Le RIS ne connaît pas cette étape d'examen ({status}).",
)
CLOSED_STEP = Sentence(
    en="The RIS holds this procedure step for ended and takes no more of it ({status}). Tell its "
    "administrator which examination it was.",
    fr="Le RIS considère cette étape d'examen comme terminée et n'en accepte plus rien ({status}). "
    "Indiquez à son administrateur de quel examen il s'agit.",
)
REFUSED = Sentence(
    en="The RIS refused ({status}). Show this code to its administrator.",
    fr="Le RIS a refusé ({status}). Donnez ce code à son administrateur.",
)


class RisRetryable(PeerRetryable):
    """Told as of a RIS."""


class RisRefused(PeerRefused):
    """Told as of a RIS."""


class RisDuplicate(PeerDuplicate):
    """Told as of a RIS."""


OF_RIS = (RisRetryable, RisRefused, RisDuplicate)
NO_SUCH_INSTANCE = 0x0112
MAY_NO_LONGER_BE_UPDATED = 0xA710
"""Error ID (0000,0903) with status 0110H, of an N-SET (PS3.4 F.7.2.2.2)."""
TABLE: dict[int, tuple[type[RisRetryable] | type[RisRefused] | type[RisDuplicate], Sentence]] = {
    0xA700: (RisRetryable, BUSY),
    0x0213: (RisRetryable, BUSY),
    0x0110: (RisRetryable, BUSY),
    0x0111: (RisDuplicate, DUPLICATE),
    NO_SUCH_INSTANCE: (RisRefused, UNKNOWN_STEP),
}
"""PS3.4 table K.4-1, PS3.7 10.1.5.1.6 and 10.1.3.1.6. What is in no row is a refusal."""
WARNINGS = frozenset({0x0107, 0x0116}) | frozenset(range(0xB000, 0xC000))
"""Attribute list error, value out of range: it was done all the same (PS3.7 annex C.4)."""


@dataclass
class Ris:
    """One service of a RIS. Every call has its own association."""

    address: ArchiveAddress
    calling: str
    timeouts: Timeouts
    tls: TlsPeer | None = None

    @contextmanager
    def service(
        self, proposal: Proposal, name: str
    ) -> Generator[tuple[Association, AcceptedContext]]:
        """Raises PeerRetryable, PeerRefused; a refusal with a status is left as it is."""
        try:
            with Association.request(
                self.address, self.calling, (proposal,), self.timeouts, self.tls
            ) as association:
                context = association.context(proposal)
                if context is None:
                    raise RisRefused(self._said(NO_SERVICE, service=name))
                yield association, context
        except PeerError as error:
            raise self._of_ris(error) from error

    def certificates(self, now: datetime) -> tuple[CertificateLife, ...]:
        """How long each lasts that the RIS is reached with; none without TLS."""
        return self.tls.lives(now) if self.tls else ()

    def _of_ris(self, error: PeerError) -> PeerError:
        if isinstance(error, OF_RIS):
            return error
        log.warning("%s: %s", self.address.ae_title, error)
        if isinstance(error, PeerRetryable):
            return RisRetryable(self._said(AWAY))
        return RisRefused(self._said(TURNED_AWAY))

    def _said(self, sentence: Sentence, **more: str) -> Sentence:
        address = self.address
        return sentence.fill(
            called=address.ae_title,
            host=address.host,
            port=address.port,
            calling=self.calling,
            **more,
        )


def check(association: Association, message: Message, field: int, message_id: int) -> int:
    """The status of the answer to that message. Raises PeerRetryable for any other message."""
    status = message.command.get("Status")
    answers = (
        message.field == field and message.command.get("MessageIDBeingRespondedTo") == message_id
    )
    if not answers or not isinstance(status, int):
        raise association.out_of_protocol("not the answer to what was asked")
    return status


def check_done(status: int, error_id: object = None) -> None:
    """Raises PeerRetryable, PeerRefused (PeerDuplicate) for a status that is no success."""
    if status == SUCCESS or status in WARNINGS:
        return
    said = f"{status:04X}H"
    if error_id == MAY_NO_LONGER_BE_UPDATED:
        raise RisRefused(CLOSED_STEP.fill(status=said), status)
    kind, sentence = TABLE.get(status, (RisRefused, REFUSED))
    if kind is RisRetryable:
        raise RisRetryable(sentence.fill(status=said))
    raise (RisDuplicate if kind is RisDuplicate else RisRefused)(sentence.fill(status=said), status)
