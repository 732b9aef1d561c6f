"""`hal.procedure_step.ProcedureStepPeer` over DICOM: MPPS SCU (PS3.4 annex F.7, IHE RAD-6, RAD-7).

It sends what it is given, once, and says what came of it. When again, and in which order, is for
the worker.
"""

from dataclasses import dataclass
from datetime import datetime

from drivers.dicom_association import Association
from drivers.dicom_negotiation import AcceptedContext, Proposal
from drivers.dicom_ris import Ris, check, check_done
from drivers.wire.data_set import SYNTAXES, decode, encode
from drivers.wire.dimse import Command, CommandField, n_create_request, n_set_request
from hal.tls import CertificateLife
from hal.values import Uid

MPPS = "1.2.840.10008.3.1.2.3.3"
"""Modality Performed Procedure Step SOP Class (PS3.4 F.7.3)."""
PROPOSAL = Proposal(MPPS, SYNTAXES)
SERVICE = "Modality Performed Procedure Step"
EXPLICIT = SYNTAXES[0]


@dataclass
class DicomProcedureSteps:
    ris: Ris

    def certificates(self, now: datetime) -> tuple[CertificateLife, ...]:
        return self.ris.certificates(now)

    def create(self, sop_instance_uid: Uid, attributes: bytes) -> None:
        with self.ris.service(PROPOSAL, SERVICE) as (association, context):
            message_id = association.next_message_id()
            request = n_create_request(message_id, MPPS, sop_instance_uid)
            _ask(association, context, request, attributes, CommandField.N_CREATE_RSP)

    def set(self, sop_instance_uid: Uid, modifications: bytes) -> None:
        with self.ris.service(PROPOSAL, SERVICE) as (association, context):
            message_id = association.next_message_id()
            request = n_set_request(message_id, MPPS, sop_instance_uid)
            _ask(association, context, request, modifications, CommandField.N_SET_RSP)


def _ask(
    association: Association,
    context: AcceptedContext,
    request: Command,
    data: bytes,
    field: CommandField,
) -> None:
    if context.transfer_syntax != EXPLICIT:
        data = encode(decode(data, EXPLICIT), context.transfer_syntax)
    association.send(context.context_id, request, data)
    answer = association.receive()
    status = check(association, answer, field, int(request["MessageID"]))
    check_done(status, answer.command.get("ErrorID"))
