"""The French national identity (INS) as an order brings it: beside the local number (PS3.3 10.14,
facts on the OIDs: ANS)."""

import pytest
from pydicom import Dataset

from firmware.dicom import order_modules
from firmware.ins import InsPlacement, is_ins, placed
from hal.values import Issuer, Order, OtherPatientId, Patient

LOCAL = Issuer("VALLEE", "1.2.250.1.999.1", "ISO")
CASES = {
    "NIR": ("255069912345678", "1.2.250.1.213.1.4.8"),
    "NIA": ("799069912345678", "1.2.250.1.213.1.4.9"),
    "test": ("255069912345678", "1.2.250.1.213.1.4.10"),
    "demonstration": ("255069912345678", "1.2.250.1.213.1.4.11"),
}


@pytest.mark.parametrize(("matricule", "oid"), CASES.values(), ids=list(CASES))
def test_ins_is_beside_the_local_number(matricule: str, oid: str) -> None:
    ins = OtherPatientId(matricule, Issuer(universal=oid, universal_type="ISO"))
    dataset = Dataset()
    order_modules.add_patient(
        dataset, Patient("IPP42", "EXEMPLE^Éléonore", issuer=LOCAL, other_ids=(ins,))
    )
    assert dataset.PatientID == "IPP42"
    assert dataset.IssuerOfPatientID == "VALLEE"
    (item,) = dataset.OtherPatientIDsSequence
    assert (item.PatientID, item.TypeOfPatientID) == (matricule, "TEXT")
    (qualifiers,) = item.IssuerOfPatientIDQualifiersSequence
    assert (qualifiers.UniversalEntityID, qualifiers.UniversalEntityIDType) == (oid, "ISO")
    assert "OtherPatientIDs" not in dataset  # (0010,1000) is retired


def test_without_ins_nothing_is_said_of_it() -> None:
    dataset = Dataset()
    order_modules.add_patient(dataset, Patient("IPP42", "EXEMPLE^Éléonore", issuer=LOCAL))
    assert "OtherPatientIDsSequence" not in dataset


IPP = OtherPatientId("IPP42", LOCAL)
OTHER = OtherPatientId("R7", Issuer("REGION"))
INS = OtherPatientId(CASES["test"][0], Issuer("INS-NIR", CASES["test"][1], "ISO"))
AS_ORDERED, BESIDE, FIRST, NOT = InsPlacement
PLACES = {
    "as the RIS has it, beside": (AS_ORDERED, (IPP, OTHER, INS), (IPP, OTHER, INS)),
    "as the RIS has it, first": (AS_ORDERED, (INS, IPP), (INS, IPP)),
    "first": (FIRST, (IPP, OTHER, INS), (INS, IPP, OTHER)),
    "first already": (FIRST, (INS, IPP), (INS, IPP)),
    "first, none brought": (FIRST, (IPP, OTHER), (IPP, OTHER)),
    "beside": (BESIDE, (INS, IPP, OTHER), (IPP, OTHER, INS)),
    "beside, nothing else": (BESIDE, (INS,), (INS,)),
    "not": (NOT, (IPP, INS, OTHER), (IPP, OTHER)),
    "not, it was first": (NOT, (INS, IPP), (IPP,)),
    "not, nothing else": (NOT, (INS,), (INS,)),
    "first, without a local number": (FIRST, (OtherPatientId("", Issuer()), INS), (INS,)),
}


def ordered(numbers: tuple[OtherPatientId, ...]) -> Order:
    first, *others = numbers
    return Order(Patient(first.patient_id, "EXEMPLE^A", "", "", first.issuer, tuple(others)))


@pytest.mark.parametrize(("placement", "brought", "said"), PLACES.values(), ids=list(PLACES))
def test_ins_stands_where_the_site_wants_it(
    placement: InsPlacement, brought: tuple[OtherPatientId, ...], said: tuple[OtherPatientId, ...]
) -> None:
    assert placed(ordered(brought), placement) == ordered(said)
    assert placed(ordered(said), placement) == ordered(said), "twice is once"


def test_digits_are_no_proof_of_an_ins() -> None:
    assert not is_ins(OtherPatientId(INS.patient_id, Issuer("INS-NIR")))
    assert is_ins(INS)
