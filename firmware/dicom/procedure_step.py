"""The data sets of MPPS: N-CREATE as the step begins, N-SET as it ends (PS3.4 table F.7.2-1).

They say what the images say of the same order (IHE RAD TF-2x A.1), by the same code. Attributes
that N-SET changes must be there from the start, empty. Explicit VR Little Endian.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from firmware.dicom import codes, order_modules, performed_step, values
from firmware.dicom.charset import CHARACTER_SET
from firmware.dicom.film import STUDY_UID, Station
from firmware.dicom.performed_step import PerformedStep
from hal.values import Code, Order, SopReference, Uid

NO_PROTOCOL = "Film"
"""Protocol Name (0018,1030) is type 1 in a series, and an urgent film has none."""
WRONG_PATIENT = "wrong patient"
UNSPECIFIED = Code("110513", "DCM", "Discontinued for unspecified reason")
REASONS = {WRONG_PATIENT: Code("110514", "DCM", "Incorrect worklist entry selected")}
"""PS3.16 CID 9301, by the reason that was given for rejecting the last image."""


@dataclass(frozen=True)
class Visit:
    """All that MPPS says of one examination."""

    step: PerformedStep
    order: Order
    study_instance_uid: Uid
    station: Station
    modality: str


def creation(visit: Visit) -> bytes:
    """IN PROGRESS. Raises ConfigError when the order cannot be said in DICOM."""
    step, order = visit.step, visit.order
    told = Dataset()
    told.SpecificCharacterSet = CHARACTER_SET
    order_modules.add_patient(told, order.patient)
    told.ReferencedPatientSequence = []
    told.ScheduledStepAttributesSequence = [_scheduled(visit)]
    told.PerformedProcedureStepID = step.step_id
    told.PerformedStationAETitle = visit.station.ae_title
    told.PerformedStationName = values.text(visit.station.station_name, values.SHORT_STRING_MAX)
    told.PerformedLocation = values.text(visit.station.department_name, values.SHORT_STRING_MAX)
    told.PerformedProcedureStepStartDate = step.start_date
    told.PerformedProcedureStepStartTime = step.start_time
    told.PerformedProcedureStepStatus = "IN PROGRESS"
    told.PerformedProcedureStepDescription = performed_step.description(order)
    told.PerformedProcedureTypeDescription = values.text(order.requested_procedure_description)
    told.ProcedureCodeSequence = codes.items(order.requested_procedure_codes)
    told.PerformedProcedureStepEndDate = ""
    told.PerformedProcedureStepEndTime = ""
    told.PerformedProcedureStepDiscontinuationReasonCodeSequence = []
    told.Modality = visit.modality
    told.StudyID = order_modules.requested_procedure_id(order)
    told.PerformedProtocolCodeSequence = codes.items(order.scheduled_protocol_codes)
    told.PerformedSeriesSequence = []
    return _encoded(told)


def _scheduled(visit: Visit) -> Dataset:
    """Of the order; without one, all but the study's UID is empty (IHE RAD TF-2 4.6.4.1.2.3.3)."""
    order = visit.order
    item = Dataset()
    item.StudyInstanceUID = values.uid(visit.study_instance_uid, STUDY_UID)
    item.ReferencedStudySequence = order_modules.references(order.referenced_studies)
    item.AccessionNumber = order_modules.accession_number(order)
    order_modules.add_accession_issuer(item, order.accession_issuer)
    item.RequestedProcedureCodeSequence = codes.items(order.requested_procedure_codes)
    item.RequestedProcedureID = order_modules.requested_procedure_id(order)
    item.RequestedProcedureDescription = values.text(order.requested_procedure_description)
    item.ScheduledProcedureStepID = order_modules.scheduled_step_id(order)
    item.ScheduledProcedureStepDescription = values.text(order.scheduled_procedure_step_description)
    item.ScheduledProtocolCodeSequence = codes.items(order.scheduled_protocol_codes)
    return item


def ending(
    visit: Visit,
    ended_at: datetime,
    series: dict[Uid, Sequence[SopReference]],
    reason: str = "",
) -> bytes:
    """COMPLETED with the images kept in each series; DISCONTINUED when none was.

    `series` has one at least, if need be without images: it must not be empty in a final state.
    """
    kept = any(series.values())
    told = Dataset()
    told.SpecificCharacterSet = CHARACTER_SET
    told.PerformedProcedureStepStatus = "COMPLETED" if kept else "DISCONTINUED"
    told.PerformedProcedureStepEndDate = ended_at.strftime("%Y%m%d")
    told.PerformedProcedureStepEndTime = ended_at.strftime("%H%M%S")
    if not kept:
        code = REASONS.get(reason, UNSPECIFIED)
        told.PerformedProcedureStepDiscontinuationReasonCodeSequence = codes.items([code])
    told.PerformedSeriesSequence = [
        _series(visit, uid, references) for uid, references in series.items()
    ]
    return _encoded(told)


def _series(visit: Visit, uid: Uid, references: Sequence[SopReference]) -> Dataset:
    item = Dataset()
    item.PerformingPhysicianName = ""
    item.ProtocolName = performed_step.description(visit.order) or NO_PROTOCOL
    item.OperatorsName = ""
    item.SeriesInstanceUID = uid
    item.SeriesDescription = values.text(visit.order.scheduled_procedure_step_description)
    item.RetrieveAETitle = ""
    item.ReferencedImageSequence = order_modules.references(references)
    item.ReferencedNonImageCompositeSOPInstanceSequence = []
    return item


def _encoded(told: Dataset) -> bytes:
    buffer = DicomBytesIO()
    buffer.is_little_endian = True
    buffer.is_implicit_VR = False
    write_dataset(buffer, told)
    return buffer.getvalue()
