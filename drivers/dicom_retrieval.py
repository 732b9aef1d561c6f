"""C-GET of one instance (PS3.4 C.4.3): it comes back by C-STORE on the association that asked.

It hands on the data set's bytes as they come and judges none of them: whether they are what was
sent, only a digest says. It takes that one instance and no other.
"""

import logging
from collections.abc import Iterator

from pydicom import Dataset

from drivers.dicom_association import Association
from drivers.dicom_negotiation import Proposal
from drivers.dicom_status import SUCCESS
from drivers.wire.data_set import SYNTAXES, encode
from drivers.wire.dimse import (
    NO_DATA_SET,
    CommandField,
    Message,
    c_get_request,
    c_store_response,
)
from drivers.wire.message_stream import MessageStream, Piece
from drivers.wire.p_data import MalformedPdu
from hal.archive import Wanted
from hal.errors import PeerError, PeerRefused, PeerRetryable, Sentence

log = logging.getLogger(__name__)

STUDY_ROOT_GET = "1.2.840.10008.5.1.4.1.2.2.3"
"""Study Root Query/Retrieve Information Model - GET (PS3.4 C.6.2.3)."""
GET = Proposal(STUDY_ROOT_GET, SYNTAXES)
PENDING = (0xFF00, 0xFF01)
PENDING_MAX = 1_000
"""Of one image there is little to say; one that fetches a tape for it may say so each second."""
OUT_OF_RESOURCES = range(0xA700, 0xA800)
PROCESSING_FAILURE = 0x0110
"""Status of a C-GET response (PS3.4 table C.4-3, PS3.7 annex C)."""

NO_RETRIEVAL = Sentence(
    en="The archive {called} does not give images back (no C-GET). Ask its administrator to offer "
    "it to this node.",
    fr="L'archive {called} ne rend pas les images (pas de C-GET). Demandez à son administrateur "
    "de l'offrir à ce poste.",
)
NOT_AS_STORED = Sentence(
    en="The archive {called} does not give this kind of image back as it was sent ({sop_class} in "
    "{syntax}). Ask its administrator.",
    fr="L'archive {called} ne rend pas ce type d'image tel qu'il a été envoyé ({sop_class} en "
    "{syntax}). Adressez-vous à son administrateur.",
)
NOT_THERE = Sentence(
    en="The archive {called} did not give image {uid} back (status {status}): it says that it has "
    "none, or cannot send it. Show this to its administrator.",
    fr="L'archive {called} n'a pas rendu l'image {uid} (statut {status}) : elle dit ne pas l'avoir "
    "ou ne peut pas l'envoyer. Signalez-le à son administrateur.",
)
NOT_NOW = Sentence(
    en="The archive {called} cannot give the image back now ({status}). It will be tried again.",
    fr="L'archive {called} ne peut pas rendre l'image pour l'instant ({status}). "
    "Un nouvel essai suivra.",
)
TOO_LONG = Sentence(
    en="The archive {called} sends more than the image {uid} had. Show this to its administrator.",
    fr="L'archive {called} envoie plus que ne contenait l'image {uid}. Signalez-le à son "
    "administrateur.",
)


def storage_of(wanted: Wanted) -> tuple[Proposal, ...]:
    """The contexts that the instance may come back on: in the syntax it was stored with, and in
    those it was sent in. Each has its own: an archive chooses when it knows the instance."""
    syntaxes = dict.fromkeys((wanted.transfer_syntax_uid, *wanted.sent_as))
    kind = wanted.reference.sop_class_uid
    return tuple(Proposal(kind, (syntax,), as_scp=True) for syntax in syntaxes)


def retrieve(association: Association, wanted: Wanted) -> Iterator[bytes]:
    """Blocks of the data set; all of it, or an error. Raises PeerRetryable, PeerRefused."""
    message_id = _ask(association, wanted)
    incoming = Incoming(association)
    came, pending = False, 0
    while pending <= PENDING_MAX:
        message = incoming.message()
        if message.field == CommandField.C_STORE_RQ and not came:
            yield from _instance(association, incoming, message, wanted)
            came = True
            continue
        status = _status(association, message, message_id)
        incoming.skip(message)  # with a failure, a list of the instances that failed
        if status in PENDING:
            pending += 1
            continue
        log.info("C-GET %s: status %04XH", wanted.reference.sop_instance_uid, status)
        if not came:
            raise _nothing_came(association, wanted, status)
        return
    raise association.out_of_protocol(f"more than {PENDING_MAX} answers that it is not ready")


class Incoming:
    """What the archive sends on this association, in order."""

    def __init__(self, association: Association) -> None:
        self._association = association
        self._stream = MessageStream()

    def message(self) -> Message:
        item = self._next()
        if not isinstance(item, Message):
            raise self._association.out_of_protocol("a data set without its command")
        return item

    def pieces(self, message: Message) -> Iterator[bytes]:
        """The data set that this message announced."""
        ended = message.command["CommandDataSetType"] == NO_DATA_SET
        while not ended:
            item = self._next()
            assert isinstance(item, Piece)  # noqa: S101  the stream gives nothing else before the last
            yield item.data
            ended = item.is_last

    def skip(self, message: Message) -> None:
        for _ in self.pieces(message):
            pass

    def _next(self) -> Message | Piece:
        while True:
            try:
                pdv = self._association.receive_pdv()
                item = self._stream.feed(pdv)
            except MalformedPdu as error:
                raise self._association.out_of_protocol(str(error)) from error
            except PeerError:
                self._association.abort()  # a late answer must not meet the next request
                raise
            if item is not None:
                return item


def _ask(association: Association, wanted: Wanted) -> int:
    """The Message ID of the request."""
    called = association.called
    get = association.context(GET)
    if get is None:
        raise PeerRefused(NO_RETRIEVAL.fill(called=called))
    if not _storage_contexts(association, wanted):
        kind, syntax = wanted.reference.sop_class_uid, wanted.transfer_syntax_uid
        raise PeerRefused(NOT_AS_STORED.fill(called=called, sop_class=kind, syntax=syntax))
    message_id = association.next_message_id()
    request = c_get_request(message_id, STUDY_ROOT_GET)
    association.send(get.context_id, request, encode(identifier(wanted), get.transfer_syntax))
    return message_id


def _storage_contexts(association: Association, wanted: Wanted) -> set[int]:
    contexts = (association.context(proposal) for proposal in storage_of(wanted))
    return {context.context_id for context in contexts if context is not None}


def identifier(wanted: Wanted) -> Dataset:
    """The unique keys of every level, and nothing else (PS3.4 C.4.3.1.3)."""
    keys = Dataset()
    keys.QueryRetrieveLevel = "IMAGE"
    keys.StudyInstanceUID = wanted.study_instance_uid
    keys.SeriesInstanceUID = wanted.series_instance_uid
    keys.SOPInstanceUID = wanted.reference.sop_instance_uid
    return keys


def _instance(
    association: Association, incoming: Incoming, request: Message, wanted: Wanted
) -> Iterator[bytes]:
    """The pieces of the C-STORE sub-operation, which is answered after the last."""
    _check_named(association, request, wanted)
    left_bytes = wanted.data_set_bytes_max
    try:
        for piece in incoming.pieces(request):
            left_bytes -= len(piece)
            if left_bytes < 0:
                uid = wanted.reference.sop_instance_uid
                raise PeerRefused(TOO_LONG.fill(called=association.called, uid=uid))
            yield piece
    except (GeneratorExit, PeerRefused):
        association.abort()  # in mid-message nothing else ends it
        raise
    association.send(request.context_id, c_store_response(request.command, SUCCESS))


def _check_named(association: Association, request: Message, wanted: Wanted) -> None:
    named = (
        request.command.get("AffectedSOPClassUID"),
        request.command.get("AffectedSOPInstanceUID"),
    )
    asked = (wanted.reference.sop_class_uid, wanted.reference.sop_instance_uid)
    if request.context_id not in _storage_contexts(association, wanted) or named != asked:
        raise association.out_of_protocol("an instance that was not asked for")


def _status(association: Association, message: Message, message_id: int) -> int:
    status = message.command.get("Status")
    answers = (
        message.field == CommandField.C_GET_RSP
        and message.command.get("MessageIDBeingRespondedTo") == message_id
    )
    if not answers or not isinstance(status, int):
        raise association.out_of_protocol("not the answer to C-GET")
    return status


def _nothing_came(association: Association, wanted: Wanted, status: int) -> PeerError:
    """Success too: an archive that finds no match has completed no sub-operation."""
    text = f"{status:04X}H"
    if status in OUT_OF_RESOURCES or status == PROCESSING_FAILURE:
        return PeerRetryable(NOT_NOW.fill(called=association.called, status=text))
    uid = wanted.reference.sop_instance_uid
    sentence = NOT_THERE.fill(called=association.called, uid=uid, status=text)
    return PeerRefused(sentence, status)
