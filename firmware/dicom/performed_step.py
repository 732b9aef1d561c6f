"""Which visit an image was made in: the Performed Procedure Step (PS3.3 10.13, table 10-16).

The image, the worklist entry and the MPPS say the same of it (IHE RAD TF-2x A.1).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from pydicom.dataset import Dataset

from firmware.dicom import codes, values
from hal.values import Order, Uid

MPPS = "1.2.840.10008.3.1.2.3.3"
"""Modality Performed Procedure Step SOP Class (PS3.4 F.7.3)."""


@dataclass(frozen=True)
class PerformedStep:
    """One visit of one patient, told or not."""

    uid: Uid
    """Of the MPPS instance, where there is one."""
    started_at: datetime
    """Aware, in the hospital's own time zone."""
    is_told: bool = True
    """False: nobody is told by MPPS, and an image must not refer to what does not exist."""

    @property
    def step_id(self) -> str:
        """Performed Procedure Step ID (0040,0253), SH: as good as unique within a hospital."""
        return f"PPS{hashlib.sha256(self.uid.encode()).hexdigest()[:12].upper()}"

    @property
    def start_date(self) -> str:
        return self.started_at.strftime("%Y%m%d")

    @property
    def start_time(self) -> str:
        return self.started_at.strftime("%H%M%S")


def step_of_first_image(
    sop_instance_uid: Uid, created_at: datetime, *, is_told: bool
) -> PerformedStep:
    """A step is known by its first image, so that images, index and MPPS need no second allocation:
    a scan that is tried again has the same UID (ITU-T X.667, version 5: by name)."""
    digest = hashlib.sha256(f"MPPS of {sop_instance_uid}".encode()).digest()
    number = int.from_bytes(digest[:16], "big")
    number = number & ~(0xF << 76) | 0x8 << 76  # RFC 9562 5.8: version 8, by a rule of our own
    number = number & ~(0x3 << 62) | 0x2 << 62
    return PerformedStep(Uid(f"2.25.{number}"), created_at, is_told)


def description(order: Order) -> str:
    """Of what was done: as it was scheduled, as far as the node knows."""
    return values.text(
        order.scheduled_procedure_step_description or order.requested_procedure_description
    )


def add_performed_step(dataset: Dataset, step: PerformedStep, order: Order) -> None:
    if step.is_told:
        reference = Dataset()
        reference.ReferencedSOPClassUID = MPPS
        reference.ReferencedSOPInstanceUID = step.uid
        dataset.ReferencedPerformedProcedureStepSequence = [reference]
    dataset.PerformedProcedureStepID = step.step_id
    dataset.PerformedProcedureStepStartDate = step.start_date
    dataset.PerformedProcedureStepStartTime = step.start_time
    if said := description(order):
        dataset.PerformedProcedureStepDescription = said
    if performed := codes.items(order.scheduled_protocol_codes):
        dataset.PerformedProtocolCodeSequence = performed
