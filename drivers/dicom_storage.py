"""C-STORE of one instance after the other over one association (PS3.4 annex B).

Each outcome comes from that instance's own response. A file that is not what the index says is
never completed at the archive: its last fragment is withheld and the association aborted.
"""

import logging
from collections.abc import Iterator, Sequence

from drivers.dicom_association import Association
from drivers.dicom_file import DataSetReader, Workbench, not_read
from drivers.dicom_negotiation import AcceptedContext, Proposal
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
    with Workbench() as workbench:
        for instance in instances:
            outcome = store(association, instance, workbench)
            log_outcome(outcome)
            yield outcome
            if not association.is_open:
                return


def store(association: Association, instance: InstanceFile, workbench: Workbench) -> StoreOutcome:
    context = association.context(proposal_of(instance))
    if context is None:
        return without_answer(instance, not_accepted(instance))
    try:
        message_id = send(association, context, instance, workbench)
        status = answered_status(association, message_id, instance)
    except (PeerError, StorageError) as failed:
        return without_answer(instance, failed)
    error, warning = store_verdict(status)
    return StoreOutcome(instance.reference, status, error, warning)


def send(
    association: Association,
    context: AcceptedContext,
    instance: InstanceFile,
    workbench: Workbench,
) -> int:
    """The Message ID of a request sent whole. A command is not sent before its first block is
    in memory and, for a file of one block, proven."""
    message_id = 0
    try:
        with instance.open() as reader:
            for block, is_last in DataSetReader(instance, reader, workbench).blocks():
                if not message_id:
                    message_id = send_command(association, context, instance.reference)
                association.send_data_set_part(context.context_id, block, is_last)
    except (OSError, StorageError) as error:  # the line's own OSErrors come as PeerRetryable
        if message_id:
            association.abort()
        if isinstance(error, OSError):
            raise not_read(instance, error) from error
        raise
    return message_id


def send_command(
    association: Association, context: AcceptedContext, reference: SopReference
) -> int:
    message_id = association.next_message_id()
    association.send(
        context.context_id,
        c_store_request(message_id, reference.sop_class_uid, reference.sop_instance_uid),
    )
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
