"""Where the French national identity (INS) of an order stands: beside the local number, or first.

No published rule says where DICOM has it; PS3.3 C.7.1.1 allows both. Applied once, where orders
come in, so that the display, images, MPPS, corrections and the index all say the same person.
It never makes a number up: what the order does not bring is not said.
"""

from dataclasses import replace
from enum import Enum

from hal.values import Order, OtherPatientId, Patient

INS_OIDS = frozenset(f"1.2.250.1.213.1.4.{last}" for last in (8, 9, 10, 11))
"""ANS, list of OIDs: NIR, NIA, and those for tests and demonstrations."""


class InsPlacement(Enum):
    AS_ORDERED = "as-ordered"
    OTHER_PATIENT_IDS = "other-patient-ids"
    """In Other Patient IDs Sequence (0010,1002), the local number in Patient ID (0010,0020)."""
    PATIENT_ID = "patient-id"
    """In Patient ID with its OID in the issuer's qualifiers (0010,0024), the local number other."""
    NONE = "none"


def placed(order: Order, placement: InsPlacement) -> Order:
    """The same person: nobody is left without a number, so an only one stays where it is."""
    if placement is InsPlacement.AS_ORDERED:
        return order
    return replace(order, patient=_placed(order.patient, placement))


def _placed(patient: Patient, placement: InsPlacement) -> Patient:
    numbers = (OtherPatientId(patient.patient_id, patient.issuer), *patient.other_ids)
    ins = tuple(number for number in numbers if is_ins(number))
    local = tuple(number for number in numbers if number not in ins and number.patient_id.strip())
    if not ins:
        return patient
    if placement is InsPlacement.NONE:
        first, *others = local or ins
    elif placement is InsPlacement.PATIENT_ID:
        first, *others = *ins, *local
    else:
        first, *others = *local, *ins
    return replace(
        patient, patient_id=first.patient_id, issuer=first.issuer, other_ids=tuple(others)
    )


def is_ins(number: OtherPatientId) -> bool:
    """By its OID alone: digits are no proof."""
    return number.issuer.universal in INS_OIDS and bool(number.patient_id.strip())
