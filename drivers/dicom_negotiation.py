"""Proposing an association and reading the answer (PS3.8 7.1, PS3.7 annex D).

The PDUs are pynetdicom's own classes, used as codecs; no pynetdicom thread runs. Says no
more than what the archive accepted, or why it did not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydicom.uid import UID
from pynetdicom import (
    PYNETDICOM_IMPLEMENTATION_UID,
    PYNETDICOM_IMPLEMENTATION_VERSION,
    build_context,
)
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RJ, A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    ImplementationClassUIDNotification,
    ImplementationVersionNameNotification,
    MaximumLengthNotification,
    SCP_SCU_RoleSelectionNegotiation,
)
from pynetdicom.transport import AddressInformation

from drivers.dicom_connection import PDU_BYTES_MAX
from drivers.wire.p_data import FRAGMENT_OVERHEAD_BYTES, MalformedPdu
from hal.errors import PeerError, PeerRefused, PeerRetryable, Sentence

APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
CONTEXTS_MAX = 128
"""Context ids are the odd numbers of one byte (PS3.8 9.3.2.2)."""
FRAGMENT_BYTES_MAX = 256 * 1024
"""What we send at once to a peer that takes more, or that sets no limit (0)."""
FRAGMENT_BYTES_MIN = 2
"""Fragments have an even length (PS3.8 E.1): a peer that takes less takes nothing."""

ACCEPTANCE = 0
"""Result of a presentation context (PS3.8 table 9-18)."""
TRANSIENT = 2
SERVICE_PROVIDER_PRESENTATION = 3
"""Rejected-transient, and a source whose reasons are congestion and limits (table 9-21)."""

CALLED_UNKNOWN = Sentence(
    en="The archive does not know itself as {called}. Correct the archive's AE title in the "
    "configuration.",
    fr="L'archive ne se reconnaît pas sous le nom {called}. Corrigez l'AE title de l'archive dans "
    "la configuration.",
)
CALLING_UNKNOWN = Sentence(
    en="The archive {called} does not know this node, {calling}. Ask its administrator to declare "
    "this AE title.",
    fr="L'archive {called} ne connaît pas ce poste, {calling}. Demandez à son administrateur de "
    "déclarer cet AE title.",
)
BUSY = Sentence(
    en="The archive {called} is busy and takes no association now. Images are kept and will be "
    "sent later.",
    fr="L'archive {called} est occupée et n'accepte pas d'association pour l'instant. Les images "
    "sont gardées et partiront plus tard.",
)
REJECTED = Sentence(
    en="The archive {called} rejected the association (source {source}, reason {reason}). Ask its "
    "administrator why.",
    fr="L'archive {called} a rejeté l'association (source {source}, motif {reason}). Demandez-en "
    "la raison à son administrateur.",
)
REJECTIONS: dict[tuple[int | None, int | None], Sentence] = {
    (1, 7): CALLED_UNKNOWN,
    (1, 3): CALLING_UNKNOWN,
}
"""(source, reason) of A-ASSOCIATE-RJ that someone can mend at once (PS3.8 table 9-21)."""


@dataclass(frozen=True)
class Proposal:
    """One presentation context: an abstract syntax, and any of these transfer syntaxes."""

    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]
    as_scp: bool = False
    """We take part as its SCP: the archive sends, as C-GET has it (PS3.7 D.3.3.4)."""


@dataclass(frozen=True)
class AcceptedContext:
    context_id: int
    transfer_syntax: str


@dataclass(frozen=True)
class Agreement:
    contexts: dict[Proposal, AcceptedContext]
    fragment_bytes_max: int


def association_request(calling: str, called: str, proposals: Sequence[Proposal]) -> bytes:
    """A-ASSOCIATE-RQ (PS3.8 9.3.2)."""
    request = A_ASSOCIATE()
    request.application_context_name = UID(APPLICATION_CONTEXT)
    request.calling_ae_title = calling
    request.called_ae_title = called
    nowhere = AddressInformation("127.0.0.1", 0)  # asked for by the class, not in the PDU
    request.calling_presentation_address = nowhere
    request.called_presentation_address = nowhere
    contexts = []
    for number, proposal in enumerate(proposals[:CONTEXTS_MAX]):
        context = build_context(proposal.abstract_syntax, list(proposal.transfer_syntaxes))
        context.context_id = 2 * number + 1
        contexts.append(context)
    request.presentation_context_definition_list = contexts
    request.user_information = [*user_information(), *map(scp_role, reversed_roles(proposals))]
    return bytes(A_ASSOCIATE_RQ(request).encode())


def user_information() -> list[Any]:
    """The two items that PS3.7 D.3.3 requires, and the implementation's name."""
    length = MaximumLengthNotification()
    length.maximum_length_received = PDU_BYTES_MAX
    class_uid = ImplementationClassUIDNotification()
    class_uid.implementation_class_uid = UID(PYNETDICOM_IMPLEMENTATION_UID)
    version = ImplementationVersionNameNotification()
    version.implementation_version_name = PYNETDICOM_IMPLEMENTATION_VERSION
    return [length, class_uid, version]


def reversed_roles(proposals: Sequence[Proposal]) -> list[str]:
    return list(dict.fromkeys(each.abstract_syntax for each in proposals if each.as_scp))


def scp_role(abstract_syntax: str) -> Any:
    """SCP/SCU Role Selection (PS3.7 D.3.3.4). What the archive answers to it is not looked at: one
    that does not take the role of SCU sends nothing, and its final status says so."""
    role = SCP_SCU_RoleSelectionNegotiation()
    role.sop_class_uid = UID(abstract_syntax)
    role.scu_role = False
    role.scp_role = True
    return role


def agreement(pdu: bytes, proposals: Sequence[Proposal]) -> Agreement:
    """What a whole A-ASSOCIATE-AC accepts. Raises MalformedPdu."""
    try:
        accept = A_ASSOCIATE_AC()
        accept.decode(pdu)
        answer = accept.to_primitive()
        results = [
            (int(str(context.context_id)), str(context.transfer_syntax[0]))
            for context in answer.presentation_context_definition_results_list
            if context.result == ACCEPTANCE
        ]
        limit = fragment_limit(int(str(answer.maximum_length_received)))
    except Exception as error:  # pynetdicom raises whatever the bytes make it stumble over
        raise MalformedPdu("an A-ASSOCIATE-AC that cannot be read") from error
    proposed = {2 * number + 1: proposal for number, proposal in enumerate(proposals)}
    contexts = {
        proposed[context_id]: AcceptedContext(context_id, syntax)
        for context_id, syntax in results
        if context_id in proposed and syntax in proposed[context_id].transfer_syntaxes
    }
    return Agreement(contexts, limit)


def fragment_limit(pdu_length_max: int) -> int:
    """PS3.8 D.1: 0 sets no limit; else the P-DATA-TF variable field may be this long."""
    if pdu_length_max == 0:
        return FRAGMENT_BYTES_MAX
    limit = min(pdu_length_max - FRAGMENT_OVERHEAD_BYTES, FRAGMENT_BYTES_MAX) & ~1
    if limit < FRAGMENT_BYTES_MIN:
        raise MalformedPdu(f"a maximum length of {pdu_length_max} bytes")
    return limit


def rejection(pdu: bytes, calling: str, called: str) -> PeerError:
    """What a whole A-ASSOCIATE-RJ means for us. Raises MalformedPdu."""
    try:
        reject = A_ASSOCIATE_RJ()
        reject.decode(pdu)
        result, source, reason = reject.result, reject.source, reject.reason_diagnostic
    except Exception as error:  # pynetdicom raises whatever the bytes make it stumble over
        raise MalformedPdu("an A-ASSOCIATE-RJ that cannot be read") from error
    if result == TRANSIENT or source == SERVICE_PROVIDER_PRESENTATION:
        return PeerRetryable(BUSY.fill(called=called))
    sentence = REJECTIONS.get((source, reason), REJECTED)
    return PeerRefused(sentence.fill(called=called, calling=calling, source=source, reason=reason))
