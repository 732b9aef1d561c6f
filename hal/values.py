"""Frozen values that cross an interface. DICOM's own words are the names."""

from dataclasses import dataclass, field
from datetime import time
from enum import Enum
from typing import NewType

Uid = NewType("Uid", str)
"""A DICOM UID: at most 64 characters of digits and dots (PS3.5 9.1)."""


class Priority(Enum):
    ROUTINE = "routine"
    URGENT = "urgent"


@dataclass(frozen=True)
class Issuer:
    """Issuer of Patient ID (0010,0021) and its qualifiers (0010,0024)."""

    local: str = ""
    universal: str = ""
    universal_type: str = ""
    """UniversalEntityIDType (0040,0033), e.g. ISO."""


@dataclass(frozen=True)
class OtherPatientId:
    """One item of OtherPatientIDsSequence (0010,1002), e.g. the French INS."""

    patient_id: str
    issuer: Issuer
    type_of_patient_id: str = "TEXT"


@dataclass(frozen=True)
class Patient:
    """Who the image is of. `name` is in DICOM's form, FAMILY^Given^Middle^Prefix^Suffix."""

    patient_id: str
    name: str
    birth_date: str = ""
    """YYYYMMDD, or empty when unknown."""
    sex: str = ""
    """M, F, O, or empty when unknown."""
    issuer: Issuer = field(default_factory=Issuer)
    other_ids: tuple[OtherPatientId, ...] = ()


@dataclass(frozen=True)
class Code:
    """A coded entry (PS3.3 8.8)."""

    value: str
    scheme: str
    meaning: str
    scheme_version: str = ""


@dataclass(frozen=True)
class SopReference:
    """A Referenced SOP Class and Instance pair (PS3.3 10.8)."""

    sop_class_uid: Uid
    sop_instance_uid: Uid


@dataclass(frozen=True)
class Order:
    """A Requested Procedure with its Scheduled Procedure Step (PS3.4 annex K)."""

    patient: Patient
    accession_number: str = ""
    study_instance_uid: Uid = Uid("")
    """Empty: the order brings none, and the node allocates one."""
    requested_procedure_id: str = ""
    requested_procedure_description: str = ""
    scheduled_procedure_step_id: str = ""
    scheduled_procedure_step_description: str = ""
    referring_physician_name: str = ""
    body_part_examined: str = ""
    """A defined term of PS3.16 annex L, e.g. CHEST."""
    view_position: str = ""
    laterality: str = ""
    modality: str = ""
    """What acquired the data in the first place; empty: RG for film, CR for plates."""
    priority: Priority = Priority.ROUTINE
    accession_issuer: Issuer = field(default_factory=Issuer)
    """Issuer of Accession Number Sequence (0008,0051)."""
    admission_id: str = ""
    scheduled_date: str = ""
    """YYYYMMDD, and HHMMSS below: when the step is to start; empty when nobody said."""
    scheduled_time: str = ""
    referenced_studies: tuple[SopReference, ...] = ()
    requested_procedure_codes: tuple[Code, ...] = ()
    scheduled_protocol_codes: tuple[Code, ...] = ()


@dataclass(frozen=True)
class DailySpan:
    """Local time, from `begins` on and before `ends`; over midnight when it ends first."""

    begins: time = time.min
    ends: time = time.min

    def holds(self, moment: time) -> bool:
        """A span that ends when it begins is the whole day."""
        if self.begins < self.ends:
            return self.begins <= moment < self.ends
        return moment >= self.begins or moment < self.ends
