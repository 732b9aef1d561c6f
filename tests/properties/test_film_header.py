"""Whatever an order holds, its image is readable, or refused before the scan begins."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.dicom import values
from firmware.dicom.film import FilmObject
from hal.errors import ConfigError
from hal.values import Issuer, Order, OtherPatientId, Patient
from tests.unit.dicom.films import film_image, read_back

ANY = st.text(max_size=200) | st.sampled_from(
    ("Éléonore", "Œuvre^François", "a\\b", "x" * 300, "^^^^^^", "a=b=c=d", "\ud800", "\x1b$B")
)
pytestmark = pytest.mark.filterwarnings(
    "ignore:The value length"  # pydicom counts an identifier's bytes; PS3.5 6.2 its characters
)
NAMES = ANY | st.lists(st.text(max_size=30), min_size=2, max_size=8).map("^".join)
FITTING = st.text("ABCdef0123456789-_. é", max_size=16)
ISSUERS = st.builds(Issuer, local=ANY, universal=ANY, universal_type=ANY)


def orders(identifiers: st.SearchStrategy[str]) -> st.SearchStrategy[Order]:
    other = st.builds(
        OtherPatientId, patient_id=identifiers, issuer=ISSUERS, type_of_patient_id=ANY
    )
    patients = st.builds(
        Patient,
        patient_id=identifiers,
        name=NAMES,
        birth_date=ANY | st.sampled_from(("19550623", "20260231")),
        sex=ANY | st.sampled_from("MFOX"),
        issuer=ISSUERS,
        other_ids=st.lists(other, max_size=2).map(tuple),
    )
    return st.builds(
        Order,
        patient=patients,
        accession_number=identifiers,
        requested_procedure_id=identifiers,
        requested_procedure_description=ANY,
        scheduled_procedure_step_id=identifiers,
        scheduled_procedure_step_description=ANY,
        referring_physician_name=NAMES,
        body_part_examined=ANY,
        view_position=ANY,
        laterality=ANY | st.sampled_from("LRBU"),
        modality=ANY,
    )


@settings(max_examples=150, deadline=None)
@given(order=orders(FITTING), film_object=st.sampled_from(FilmObject))
def test_any_words_with_fitting_identifiers_come_back(
    order: Order, film_object: FilmObject
) -> None:
    image = read_back(film_image(order, film_object=film_object))
    assert str(image.PatientName) == values.person_name(order.patient.name)
    assert (image.PatientID or "") == order.patient.patient_id.strip(" ")
    assert (image.AccessionNumber or "") == order.accession_number.strip(" ")
    assert image.get("StudyDescription", "") == values.text(order.requested_procedure_description)
    assert image.pixel_array.tolist() == [list(range(row * 7, row * 7 + 7)) for row in range(5)]
    for element in image.iterall():
        if element.VR in ("LO", "SH") and element.value:
            words = [element.value] if isinstance(element.value, str) else element.value
            assert all(len(word) <= (64 if element.VR == "LO" else 16) for word in words)


@settings(max_examples=150, deadline=None)
@given(order=orders(ANY))
def test_any_order_is_an_image_or_a_sentence(order: Order) -> None:
    with suppress(ConfigError):
        image = read_back(film_image(order))
        assert (image.PatientID or "") == order.patient.patient_id.strip(" ")


@given(value=ANY)
def test_cleaning_leaves_nothing_that_dicom_forbids(value: str) -> None:
    cleaned = values.text(value)
    assert len(cleaned.encode()) <= 64
    assert not set(cleaned) & set("\\\0\x1b\n\r")
