"""The identifier of a Modality Worklist C-FIND: which orders, and what of each (PS3.4 table K.6-1).

Only what the images, MPPS and the person at the panel need is asked for.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from pydicom import Dataset

WORKLIST_FIND = "1.2.840.10008.5.1.4.31"
"""Modality Worklist Information Model - FIND (PS3.4 K.6.2)."""
DAYS_BACK = 1
"""Yesterday's film that was not scanned is scanned this morning."""

CODE = ("CodeValue", "CodingSchemeDesignator", "CodingSchemeVersion", "CodeMeaning")
ENTITY = ("LocalNamespaceEntityID", "UniversalEntityID", "UniversalEntityIDType")
REFERENCE = ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID")
UNIVERSAL = ("UniversalEntityID", "UniversalEntityIDType")
RETURNED = (
    *("PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex"),
    *("AccessionNumber", "ReferringPhysicianName", "StudyInstanceUID", "AdmissionID"),
    *("RequestedProcedureID", "RequestedProcedureDescription", "RequestedProcedurePriority"),
)
RETURNED_SEQUENCES = {
    "IssuerOfPatientIDQualifiersSequence": UNIVERSAL,
    "IssuerOfAccessionNumberSequence": ENTITY,
    "ReferencedStudySequence": REFERENCE,
    "RequestedProcedureCodeSequence": CODE,
}
OF_THE_STEP = ("ScheduledProcedureStepID", "ScheduledProcedureStepDescription")


@dataclass(frozen=True)
class WorklistFilter:
    """Whose orders; empty: everybody's."""

    station_ae_title: str = ""
    modality: str = ""


def identifier(wanted: WorklistFilter, today: date) -> Dataset:
    """Of the steps that start today, or did up to DAYS_BACK days ago (a range, C.2.2.2.5)."""
    query = _empty(RETURNED)
    for keyword, of_the_item in RETURNED_SEQUENCES.items():
        setattr(query, keyword, [_empty(of_the_item)])
    other_id = _empty(("PatientID", "TypeOfPatientID", "IssuerOfPatientID"))
    other_id.IssuerOfPatientIDQualifiersSequence = [_empty(UNIVERSAL)]
    query.OtherPatientIDsSequence = [other_id]
    step = _empty(OF_THE_STEP)
    first = today - timedelta(days=DAYS_BACK)
    step.ScheduledProcedureStepStartDate = f"{first:%Y%m%d}-{today:%Y%m%d}"
    step.ScheduledProcedureStepStartTime = ""
    step.ScheduledStationAETitle = wanted.station_ae_title
    step.Modality = wanted.modality
    step.ScheduledProtocolCodeSequence = [_empty(CODE)]
    query.ScheduledProcedureStepSequence = [step]
    return query


def _empty(keywords: tuple[str, ...]) -> Dataset:
    """Universal matching: whatever it is, return it (PS3.4 C.2.2.2.3)."""
    keys = Dataset()
    for keyword in keywords:
        setattr(keys, keyword, "")
    return keys
