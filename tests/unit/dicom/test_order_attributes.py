"""Attribute by attribute: what the worklist says, the image and MPPS say (IHE RAD TF-2x A.1)."""

from typing import Any

import pytest
from pydicom import Dataset

from firmware.dicom.film import film_dataset
from firmware.dicom.performed_step import MPPS, step_of_first_image
from firmware.dicom.procedure_step import Visit, creation
from firmware.ins import InsPlacement, placed
from tests.unit.dicom.films import CODED, FILM, STATION, film_image
from tests.unit.firmware.test_procedure_steps import read

STEP = step_of_first_image(FILM.sop_instance_uid, FILM.acquired_at, is_told=True)
IMAGE = film_dataset(film_image(CODED, performed=STEP))
CREATED = read(creation(Visit(STEP, CODED, FILM.study_instance_uid, STATION, "RG")))
REQUEST, SCHEDULED = "RequestAttributesSequence", "ScheduledStepAttributesSequence"

TABLE = {
    "PatientName": ("PatientName", "PatientName"),
    "PatientID": ("PatientID", "PatientID"),
    "issuer": ("IssuerOfPatientID", "IssuerOfPatientID"),
    "birth date": ("PatientBirthDate", "PatientBirthDate"),
    "sex": ("PatientSex", "PatientSex"),
    "INS": ("OtherPatientIDsSequence", "OtherPatientIDsSequence"),
    "study": ("StudyInstanceUID", f"{SCHEDULED}.StudyInstanceUID"),
    "accession": ("AccessionNumber", f"{SCHEDULED}.AccessionNumber"),
    "accession, request": (f"{REQUEST}.AccessionNumber", f"{SCHEDULED}.AccessionNumber"),
    "issuer of accession": (
        "IssuerOfAccessionNumberSequence",
        f"{SCHEDULED}.IssuerOfAccessionNumberSequence",
    ),
    "referenced study": ("ReferencedStudySequence", f"{SCHEDULED}.ReferencedStudySequence"),
    "procedure ID": (f"{REQUEST}.RequestedProcedureID", f"{SCHEDULED}.RequestedProcedureID"),
    "study ID": ("StudyID", "StudyID"),
    "procedure": (
        f"{REQUEST}.RequestedProcedureDescription",
        f"{SCHEDULED}.RequestedProcedureDescription",
    ),
    "procedure code": (
        f"{REQUEST}.RequestedProcedureCodeSequence",
        f"{SCHEDULED}.RequestedProcedureCodeSequence",
    ),
    "step ID": (f"{REQUEST}.ScheduledProcedureStepID", f"{SCHEDULED}.ScheduledProcedureStepID"),
    "step": (
        f"{REQUEST}.ScheduledProcedureStepDescription",
        f"{SCHEDULED}.ScheduledProcedureStepDescription",
    ),
    "protocol code": (
        f"{REQUEST}.ScheduledProtocolCodeSequence",
        f"{SCHEDULED}.ScheduledProtocolCodeSequence",
    ),
    "performed code": ("ProcedureCodeSequence", "ProcedureCodeSequence"),
    "performed protocol": ("PerformedProtocolCodeSequence", "PerformedProtocolCodeSequence"),
    "performed step ID": ("PerformedProcedureStepID", "PerformedProcedureStepID"),
    "start date": ("PerformedProcedureStepStartDate", "PerformedProcedureStepStartDate"),
    "start time": ("PerformedProcedureStepStartTime", "PerformedProcedureStepStartTime"),
    "performed step": ("PerformedProcedureStepDescription", "PerformedProcedureStepDescription"),
    "modality": ("Modality", "Modality"),
}


def at(data_set: Dataset, path: str) -> Any:
    value: Any = data_set
    for keyword in path.split("."):
        value = value[0] if not isinstance(value, Dataset) else value
        value = value[keyword].value
    return value


@pytest.mark.parametrize(("image", "mpps"), TABLE.values(), ids=TABLE.keys())
def test_image_and_mpps_say_the_same(image: str, mpps: str) -> None:
    assert at(IMAGE, image) == at(CREATED, mpps)
    assert at(IMAGE, image)


OID = "IssuerOfPatientIDQualifiersSequence.UniversalEntityID"
FIRST, BESIDE = (
    ("PatientID", OID),
    ("OtherPatientIDsSequence.PatientID", f"OtherPatientIDsSequence.{OID}"),
)
IPP, INS = ("IPP000042", "1.2.250.1.999.1"), ("255069912345678", "1.2.250.1.213.1.4.10")
INS_TABLE = {
    InsPlacement.AS_ORDERED: {FIRST: IPP, BESIDE: INS},
    InsPlacement.OTHER_PATIENT_IDS: {FIRST: IPP, BESIDE: INS},
    InsPlacement.PATIENT_ID: {FIRST: INS, BESIDE: IPP},
    InsPlacement.NONE: {FIRST: IPP},
}


@pytest.mark.parametrize("placement", InsPlacement)
def test_image_and_mpps_have_the_ins_in_the_same_place(placement: InsPlacement) -> None:
    order = placed(CODED, placement)
    visit = Visit(STEP, order, FILM.study_instance_uid, STATION, "RG")
    for said in (film_dataset(film_image(order)), read(creation(visit))):
        table = INS_TABLE[placement]
        assert {place: tuple(at(said, one) for one in place) for place in table} == table
        assert ("OtherPatientIDsSequence" in said) == (BESIDE in table)


def test_the_image_refers_to_the_step() -> None:
    (reference,) = IMAGE.ReferencedPerformedProcedureStepSequence
    assert reference.ReferencedSOPClassUID == MPPS
    assert reference.ReferencedSOPInstanceUID == STEP.uid
