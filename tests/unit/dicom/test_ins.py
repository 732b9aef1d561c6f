"""The French national identity (INS) as an order brings it: beside the local number (PS3.3 10.14,
facts on the OIDs: ANS)."""

import pytest
from pydicom import Dataset

from firmware.dicom import order_modules
from hal.values import Issuer, OtherPatientId, Patient

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
