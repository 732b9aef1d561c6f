"""Invented orders as a RIS lists them: entries of a Modality Worklist (PS3.4 table K.6-1).

Written from the standard by pydicom alone: nothing of the node's own reading or asking is in here.
"""

from datetime import date

from pydicom import Dataset
from pydicom.uid import generate_uid

from hal.values import Issuer, Order, OtherPatientId, Priority

CHARACTER_SET = "ISO_IR 100"
"""What a French RIS says, and every invented name is in it."""
PYTHON_NAME = "latin-1"
TEXT = frozenset({"PN", "LO", "SH"})
"""Value representations that Specific Character Set is for, among those here (PS3.5 6.1.2.2)."""
FIRST_MINUTE, MINUTES_APART = 8 * 60, 10
DETACHED_STUDY = "1.2.840.10008.3.1.2.3.1"


def entry(order: Order, number: int, day: date, station: str) -> Dataset:
    """`number`: of the day's, from 0; it says when its step starts."""
    patient = order.patient
    one = Dataset()
    one.SpecificCharacterSet = CHARACTER_SET
    one.AccessionNumber = order.accession_number
    one.ReferringPhysicianName = order.referring_physician_name
    one.PatientName = patient.name
    one.PatientID = patient.patient_id
    _add_issuer(one, patient.issuer)
    one.PatientBirthDate = patient.birth_date
    one.PatientSex = patient.sex
    one.OtherPatientIDsSequence = [_other_id(other) for other in patient.other_ids]
    one.StudyInstanceUID = study_uid(order)
    reference = Dataset()
    reference.ReferencedSOPClassUID = DETACHED_STUDY
    reference.ReferencedSOPInstanceUID = study_uid(order)
    one.ReferencedStudySequence = [reference]
    one.RequestedProcedureDescription = order.requested_procedure_description
    one.RequestedProcedureID = order.requested_procedure_id
    is_urgent = order.priority is Priority.URGENT
    one.RequestedProcedurePriority = "HIGH" if is_urgent else "ROUTINE"
    one.ScheduledProcedureStepSequence = [_step(order, number, day, station)]
    return one


def study_uid(order: Order) -> str:
    """The same each time that it is asked for."""
    return order.study_instance_uid or str(generate_uid(entropy_srcs=[order.accession_number]))


def _step(order: Order, number: int, day: date, station: str) -> Dataset:
    hour, minute = divmod(FIRST_MINUTE + MINUTES_APART * number, 60)
    step = Dataset()
    step.Modality = order.modality
    step.ScheduledStationAETitle = station
    step.ScheduledProcedureStepStartDate = f"{day:%Y%m%d}"
    step.ScheduledProcedureStepStartTime = f"{hour:02}{minute:02}"
    step.ScheduledProcedureStepDescription = order.scheduled_procedure_step_description
    step.ScheduledProcedureStepID = order.scheduled_procedure_step_id
    return step


def _other_id(other: OtherPatientId) -> Dataset:
    item = Dataset()
    item.PatientID = other.patient_id
    item.TypeOfPatientID = other.type_of_patient_id
    _add_issuer(item, other.issuer)
    return item


def _add_issuer(data_set: Dataset, issuer: Issuer) -> None:
    data_set.IssuerOfPatientID = issuer.local
    if issuer.universal:
        qualifiers = Dataset()
        qualifiers.UniversalEntityID = issuer.universal
        qualifiers.UniversalEntityIDType = issuer.universal_type
        data_set.IssuerOfPatientIDQualifiersSequence = [qualifiers]


def asked_for(entry: Dataset, query: Dataset) -> Dataset:
    """Of an entry, what the query has keys for, and its character set (PS3.4 C.2.2.1.2)."""
    answer = Dataset()
    for element in entry:
        if element.keyword == "SpecificCharacterSet":
            answer.add(element)
        elif element.tag in query and element.VR == "SQ":
            keys = next(iter(query[element.tag].value), Dataset())
            items = [asked_for(item, keys) for item in element.value]
            setattr(answer, element.keyword, items)
        elif element.tag in query:
            answer.add(element)
    return answer


def last_day(query: Dataset) -> date | None:
    """Of the days that it asks for, one or a range (C.2.2.2.5); None: of any day."""
    (step,) = query.get("ScheduledProcedureStepSequence") or [Dataset()]
    day = str(step.get("ScheduledProcedureStepStartDate", "")).rpartition("-")[2]
    return date.fromisoformat(day) if day else None


def in_utf8(entry: Dataset) -> Dataset:
    """The same text in another character set than the one that it goes on claiming."""
    answer = Dataset()
    for element in entry:
        if element.VR == "SQ":
            setattr(answer, element.keyword, [in_utf8(item) for item in element.value])
        else:
            wrong = str(element.value).encode().decode(PYTHON_NAME)
            setattr(answer, element.keyword, wrong if element.VR in TEXT else element.value)
    return answer
