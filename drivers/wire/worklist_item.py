"""One entry of a Modality Worklist, as an order (PS3.4 table K.6-1).

An entry is an order, or it is left out with the reason. Words for people may be anything; what
decides whose image it is, and under which numbers, must fit: nothing is cut, guessed or filled in.
"""

import re
from datetime import datetime

from drivers.wire.p_data import MalformedPdu
from drivers.wire.told_values import ToldValues
from hal.errors import Sentence
from hal.values import (
    Code,
    Issuer,
    Order,
    OtherPatientId,
    Patient,
    Priority,
    SopReference,
    Uid,
)

UID = re.compile(r"(?=.{1,64}\Z)(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+")
UNKNOWN_DAY = re.compile(r"[0-9]{6}00")
"""How hospitals write a day of birth that nobody knows."""
TIME = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9])?([0-5][0-9]|60)?(\.[0-9]{1,6})?")
LONG_STRING_MAX, SHORT_STRING_MAX = 64, 16  # PS3.5 table 6.2-1: LO, SH
URGENT = frozenset({"STAT", "HIGH"})
"""Requested Procedure Priority (0040,1003), PS3.3 C.4.11."""

NOT_HERE = Sentence(en="it is missing", fr="il manque")
NOT_FITTING = Sentence(en="{value!r} is not a valid one", fr="{value!r} n'est pas valable")
LEFT_OUT = Sentence(
    en="An order of the worklist is left out, accession number {accession}: {what}, {why}. Have it "
    "corrected in the RIS, or scan as URGENT.",
    fr="Une demande est écartée de la liste, numéro {accession} : {what}, {why}. Faites-la "
    "corriger dans le RIS, ou numérisez en URGENT.",
)
UNREADABLE = Sentence(en="its data", fr="ses données")
CANNOT_BE_READ = Sentence(en="they cannot be read", fr="elles sont illisibles")
PATIENT_ID = Sentence(en="the patient ID", fr="l'identifiant du patient")
PATIENT_NAME = Sentence(en="the patient's name", fr="le nom du patient")
BIRTH_DATE = Sentence(en="the date of birth", fr="la date de naissance")
STUDY_UID = Sentence(en="the Study Instance UID", fr="le Study Instance UID")
ACCESSION = Sentence(en="the accession number", fr="le numéro de demande")
PROCEDURE_ID = Sentence(en="the requested procedure ID", fr="l'identifiant de l'examen demandé")
STEP_ID = Sentence(en="the scheduled procedure step ID", fr="l'identifiant de l'étape programmée")
START = Sentence(en="the scheduled start", fr="le début programmé")
STEP = Sentence(en="the scheduled procedure step", fr="l'étape programmée")


class NotAnOrder(Exception):
    """An entry that cannot be used; `sentence` names it and says why."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


class _Wrong(Exception):
    def __init__(self, what: Sentence, why: Sentence) -> None:
        super().__init__(what.en)
        self.what, self.why = what, why


def order_of(told: ToldValues) -> Order:
    """Raises NotAnOrder."""
    try:
        return _order(told)
    except _Wrong as wrong:
        raise NotAnOrder(_left_out(_accession(told), wrong.what, wrong.why)) from wrong
    except MalformedPdu as error:
        raise NotAnOrder(unreadable(_accession(told))) from error


def unreadable(accession: str = "?") -> Sentence:
    return _left_out(accession, UNREADABLE, CANNOT_BE_READ)


def _left_out(accession: str, what: Sentence, why: Sentence) -> Sentence:
    return LEFT_OUT.fill(accession=accession, what=what, why=why)


def _accession(told: ToldValues) -> str:
    try:
        return told.text("AccessionNumber")[:LONG_STRING_MAX] or "?"
    except MalformedPdu:
        return "?"


def _order(told: ToldValues) -> Order:
    step = next(told.items("ScheduledProcedureStepSequence"), None)
    if step is None:
        raise _Wrong(STEP, NOT_HERE)
    is_urgent = told.text("RequestedProcedurePriority").upper() in URGENT
    return Order(
        patient=_patient(told),
        accession_number=_identifier(told.text("AccessionNumber"), ACCESSION, SHORT_STRING_MAX),
        study_instance_uid=_uid(told.text("StudyInstanceUID"), STUDY_UID),
        requested_procedure_id=_identifier(
            told.text("RequestedProcedureID"), PROCEDURE_ID, SHORT_STRING_MAX
        ),
        requested_procedure_description=told.text("RequestedProcedureDescription"),
        scheduled_procedure_step_id=_identifier(
            step.text("ScheduledProcedureStepID"), STEP_ID, SHORT_STRING_MAX
        ),
        scheduled_procedure_step_description=step.text("ScheduledProcedureStepDescription"),
        referring_physician_name=told.text("ReferringPhysicianName"),
        modality=step.text("Modality").upper(),
        priority=Priority.URGENT if is_urgent else Priority.ROUTINE,
        accession_issuer=_entity(told, "IssuerOfAccessionNumberSequence"),
        admission_id=told.text("AdmissionID"),
        scheduled_date=_day(step.text("ScheduledProcedureStepStartDate"), START),
        scheduled_time=_time(step.text("ScheduledProcedureStepStartTime")),
        referenced_studies=_references(told),
        requested_procedure_codes=_codes(told, "RequestedProcedureCodeSequence"),
        scheduled_protocol_codes=_codes(step, "ScheduledProtocolCodeSequence"),
    )


def _patient(told: ToldValues) -> Patient:
    patient_id = _identifier(told.text("PatientID"), PATIENT_ID, LONG_STRING_MAX)
    name = told.text("PatientName")
    if not patient_id:
        raise _Wrong(PATIENT_ID, NOT_HERE)
    if not name.strip("^= "):
        raise _Wrong(PATIENT_NAME, NOT_HERE)
    born = told.text("PatientBirthDate")
    return Patient(
        patient_id=patient_id,
        name=name,
        birth_date="" if UNKNOWN_DAY.fullmatch(born) else _day(born, BIRTH_DATE),
        sex=told.text("PatientSex").upper(),
        issuer=_issuer(told),
        other_ids=tuple(_other_ids(told)),
    )


def _other_ids(told: ToldValues) -> list[OtherPatientId]:
    """The INS among them (hal.values.OtherPatientId)."""
    return [
        OtherPatientId(
            _identifier(item.text("PatientID"), PATIENT_ID, LONG_STRING_MAX),
            _issuer(item),
            item.text("TypeOfPatientID") or "TEXT",
        )
        for item in told.items("OtherPatientIDsSequence")
        if item.text("PatientID")
    ]


def _issuer(told: ToldValues) -> Issuer:
    universal = next(told.items("IssuerOfPatientIDQualifiersSequence"), None)
    return Issuer(
        told.text("IssuerOfPatientID"),
        universal.text("UniversalEntityID") if universal else "",
        universal.text("UniversalEntityIDType") if universal else "",
    )


def _entity(told: ToldValues, keyword: str) -> Issuer:
    """An HL7v2 Hierarchic Designator (PS3.3 table 10-17)."""
    item = next(told.items(keyword), None)
    if item is None:
        return Issuer()
    keywords = ("LocalNamespaceEntityID", "UniversalEntityID", "UniversalEntityIDType")
    return Issuer(*map(item.text, keywords))


def _references(told: ToldValues) -> tuple[SopReference, ...]:
    """Those that are whole: a study is found by its own UID all the same."""
    pairs = (
        (item.text("ReferencedSOPClassUID"), item.text("ReferencedSOPInstanceUID"))
        for item in told.items("ReferencedStudySequence")
    )
    return tuple(
        SopReference(Uid(sop_class), Uid(instance))
        for sop_class, instance in pairs
        if UID.fullmatch(sop_class) and UID.fullmatch(instance)
    )


def _codes(told: ToldValues, keyword: str) -> tuple[Code, ...]:
    return tuple(
        Code(
            value,
            item.text("CodingSchemeDesignator"),
            item.text("CodeMeaning"),
            item.text("CodingSchemeVersion"),
        )
        for item in told.items(keyword)
        if (value := item.text("CodeValue") or item.text("LongCodeValue"))
    )


def _identifier(value: str, what: Sentence, length_max: int) -> str:
    if len(value) > length_max or not value.isprintable():
        raise _Wrong(what, NOT_FITTING.fill(value=value[: 2 * length_max]))
    return value


def _uid(value: str, what: Sentence) -> Uid:
    if not value:
        raise _Wrong(what, NOT_HERE)
    if not UID.fullmatch(value):
        raise _Wrong(what, NOT_FITTING.fill(value=value[: 2 * LONG_STRING_MAX]))
    return Uid(value)


def _day(value: str, what: Sentence) -> str:
    """YYYYMMDD; empty when nobody said."""
    if not value:
        return ""
    try:
        if re.fullmatch(r"[0-9]{8}", value):
            return f"{datetime.strptime(value, '%Y%m%d'):%Y%m%d}".rjust(8, "0")
    except ValueError:
        pass
    raise _Wrong(what, NOT_FITTING.fill(value=value[:LONG_STRING_MAX]))


def _time(value: str) -> str:
    """HHMMSS; PS3.5 6.2 lets the end of a time be left out."""
    if value and not TIME.fullmatch(value):
        raise _Wrong(START, NOT_FITTING.fill(value=value[:LONG_STRING_MAX]))
    return value.split(".")[0].ljust(6, "0") if value else ""
