"""C-STORE of one instance after the other over one association (PS3.4 annex B).

Each outcome comes from that instance's own response. A file that is not what the index says is
never completed at the archive: its last fragment is withheld and the association aborted.
"""

import logging
from collections.abc import Iterator, Sequence

from drivers.dicom_association import Association
from drivers.dicom_negotiation import AcceptedContext, Proposal
from drivers.dicom_read_ahead import ReadAhead
from drivers.dicom_status import store_verdict
from drivers.wire.dimse import CommandField, Message, c_store_request
from hal.archive import InstanceFile, StoreOutcome
from hal.errors import NodeError, PeerError, PeerRefused, Sentence, StorageError
from hal.values import SopReference

log = logging.getLogger(__name__)

NOT_ACCEPTED = Sentence(
    en="The archive does not accept this kind of image ({sop_class} in {syntax}). Ask its "
    "administrator to accept it, or choose another in the configuration.",
    fr="L'archive n'accepte pas ce type d'image ({sop_class} en {syntax}). Demandez à son "
    "administrateur de l'accepter, ou choisissez-en un autre dans la configuration.",
)


def proposal_of(instance: InstanceFile) -> Proposal:
    return Proposal(instance.reference.sop_class_uid, (instance.transfer_syntax_uid,))


def store_all(
    association: Association, instances: Sequence[InstanceFile]
) -> Iterator[StoreOutcome]:
    """One outcome an instance, in order; ends early when the association is over."""
    contexts = [association.context(proposal_of(instance)) for instance in instances]
    accepted = [instance for instance, context in zip(instances, contexts, strict=True) if context]
    with ReadAhead(accepted) as ahead:
        for instance, context in zip(instances, contexts, strict=True):
            outcome = store(association, instance, context, ahead)
            log_outcome(outcome)
            yield outcome
            if not association.is_open:
                return


def store(
    association: Association,
    instance: InstanceFile,
    context: AcceptedContext | None,
    ahead: ReadAhead,
) -> StoreOutcome:
    if context is None:
        return without_answer(instance, not_accepted(instance))
    try:
        message_id = send(association, context.context_id, instance.reference, ahead)
        status = answered_status(association, message_id, instance)
    except (PeerError, StorageError) as failed:
        return without_answer(instance, failed)
    error, warning = store_verdict(status)
    return StoreOutcome(instance.reference, status, error, warning)


def send(
    association: Association, context_id: int, reference: SopReference, ahead: ReadAhead
) -> int:
    """The Message ID of a request sent whole. Its command goes with its first block, so that
    nothing is begun for a file of one block that is not proven."""
    message_id = 0
    try:
        for block, is_last in ahead.blocks():
            if message_id:
                association.send_data_set_part(context_id, block, is_last)
            else:
                message_id = association.next_message_id()
                command = c_store_request(
                    message_id, reference.sop_class_uid, reference.sop_instance_uid
                )
                association.send(context_id, command, block, is_last)
    except StorageError:
        if message_id:
            association.abort()
        raise
    return message_id


def answered_status(association: Association, message_id: int, instance: InstanceFile) -> int:
    """The Status of the response to this very request. Raises PeerRetryable."""
    try:
        message = association.receive()
    except PeerError:
        association.abort()  # a late answer must not meet the next request
        raise
    answers = (
        message.field == CommandField.C_STORE_RSP
        and message.command.get("MessageIDBeingRespondedTo") == message_id
        and names_it(message, instance)
        and isinstance(message.command.get("Status"), int)
    )
    if not answers:
        raise association.out_of_protocol("not the answer to what was sent")
    return int(message.command["Status"])


def names_it(message: Message, instance: InstanceFile) -> bool:
    """Affected SOP Instance UID is optional in a response (PS3.7 table 9.3-2)."""
    uid = message.command.get("AffectedSOPInstanceUID")
    return not uid or uid == instance.reference.sop_instance_uid


def not_accepted(instance: InstanceFile) -> PeerRefused:
    return PeerRefused(
        NOT_ACCEPTED.fill(
            sop_class=instance.reference.sop_class_uid, syntax=instance.transfer_syntax_uid
        )
    )


def without_answer(instance: InstanceFile, error: NodeError) -> StoreOutcome:
    return StoreOutcome(instance.reference, status=None, error=error)


def log_outcome(outcome: StoreOutcome) -> None:
    uid = outcome.reference.sop_instance_uid
    status = "no response" if outcome.status is None else f"status {outcome.status:04X}H"
    if outcome.error is None:
        log.info("C-STORE %s: %s %s", uid, status, outcome.warning)
    else:
        log.warning("C-STORE %s: %s, %s", uid, status, type(outcome.error).__name__)
