"""C-FIND at IMAGE level (PS3.4 C.4.1): what an archive lists of the instances it was sent.

It believes a match only for the very SOP Class and Instance that were asked for; an answer that
is no match is passed over. What is listed is not committed to.
"""

import logging
from collections.abc import Iterable, Iterator
from itertools import groupby

from pydicom import Dataset

from drivers.dicom_association import Association
from drivers.dicom_negotiation import AcceptedContext, Proposal
from drivers.dicom_status import FULL, SUCCESS, failure
from drivers.wire.data_set import SYNTAXES, decode, encode
from drivers.wire.dimse import CommandField, Message, c_find_request
from drivers.wire.p_data import MalformedPdu
from hal.archive_query import StudyInstance
from hal.errors import PeerRefused, PeerRetryable, Sentence
from hal.values import SopReference, Uid

log = logging.getLogger(__name__)

STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
"""Study Root Query/Retrieve Information Model - FIND (PS3.4 C.6.2.3)."""
FIND = Proposal(STUDY_ROOT_FIND, SYNTAXES)
PENDING = (0xFF00, 0xFF01)
OUT_OF_RESOURCES = 0xA700
"""Status of a C-FIND response (PS3.4 table C.4-1)."""
UIDS_MAX = 32
"""In one list of UIDs (PS3.4 C.2.2.2.2): about 2 KiB, which every archive takes."""
MATCHES_MAX = 10 * UIDS_MAX
"""An archive that ignores the list returns the series; ours have a handful of films."""

NO_QUERIES = Sentence(
    en="The archive {called} answers no queries (C-FIND). Ask its administrator to offer them to "
    "this node, or storage commitment.",
    fr="L'archive {called} ne répond pas aux requêtes (C-FIND). Demandez à son administrateur de "
    "les offrir à ce poste, ou le Storage Commitment.",
)


def holds(association: Association, asked: Iterable[StudyInstance]) -> frozenset[SopReference]:
    """Raises PeerRetryable, PeerRefused: then nothing is known of any."""
    context = association.context(FIND)
    if context is None:
        raise PeerRefused(NO_QUERIES.fill(called=association.called))
    found: set[SopReference] = set()
    wanted: set[SopReference] = set()
    for identifier, references in identifiers(asked):
        wanted |= references
        found |= set(_matches(association, context, identifier))
    return frozenset(found & wanted)


def identifiers(
    asked: Iterable[StudyInstance],
) -> Iterator[tuple[Dataset, frozenset[SopReference]]]:
    """One query a series and UIDS_MAX instances, with the unique keys of the levels above
    (PS3.4 C.4.1.2.1, hierarchical search)."""
    ordered = sorted(asked, key=series_of)
    for (study, series), group in groupby(ordered, key=series_of):
        references = [one.reference for one in group]
        for first in range(0, len(references), UIDS_MAX):
            some = references[first : first + UIDS_MAX]
            keys = Dataset()
            keys.QueryRetrieveLevel = "IMAGE"
            keys.StudyInstanceUID = study
            keys.SeriesInstanceUID = series
            keys.SOPInstanceUID = [one.sop_instance_uid for one in some]
            keys.SOPClassUID = ""
            yield keys, frozenset(some)


def series_of(one: StudyInstance) -> tuple[Uid, Uid]:
    return one.study_instance_uid, one.series_instance_uid


def _matches(
    association: Association, context: AcceptedContext, identifier: Dataset
) -> Iterator[SopReference]:
    message_id = association.next_message_id()
    association.send(
        context.context_id,
        c_find_request(message_id, STUDY_ROOT_FIND),
        encode(identifier, context.transfer_syntax),
    )
    for _ in range(MATCHES_MAX):
        message = association.receive()
        status = _status(association, message, message_id)
        if status not in PENDING:
            _check_ended_well(status)
            return
        yield _match(association, message, context)
    raise association.out_of_protocol(f"more than {MATCHES_MAX} matches")


def _status(association: Association, message: Message, message_id: int) -> int:
    status = message.command.get("Status")
    answers = (
        message.field == CommandField.C_FIND_RSP
        and message.command.get("MessageIDBeingRespondedTo") == message_id
    )
    if not answers or not isinstance(status, int):
        raise association.out_of_protocol("not the answer to C-FIND")
    return status


def _check_ended_well(status: int) -> None:
    if status == OUT_OF_RESOURCES:
        raise PeerRetryable(FULL.fill(status=f"{status:04X}H"))
    if status != SUCCESS:
        raise failure(status)


def _match(association: Association, message: Message, context: AcceptedContext) -> SopReference:
    try:
        match = decode(message.data_set or b"", context.transfer_syntax)
    except MalformedPdu as error:
        raise association.out_of_protocol(str(error)) from error
    return SopReference(Uid(str(match.get("SOPClassUID"))), Uid(str(match.get("SOPInstanceUID"))))
