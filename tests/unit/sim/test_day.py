"""The simulator's day: orders that can be told apart, and every film in its envelope."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pydicom
import pytest

from sim.day import DAY, READER_BITS, Envelope


def test_a_dozen_orders_and_no_number_twice() -> None:
    orders = [envelope.order for envelope in DAY]
    assert len(orders) == 12
    assert len({order.accession_number for order in orders}) == 12
    assert len({order.patient.patient_id for order in orders}) == 12


@pytest.mark.parametrize("envelope", DAY, ids=lambda one: one.order.accession_number)
def test_each_has_a_demonstration_ins_with_its_key(envelope: Envelope) -> None:
    (ins,) = envelope.order.patient.other_ids
    assert ins.issuer.universal == "1.2.250.1.213.1.4.11", "never a registry of real people"
    number, key = int(ins.patient_id[:13]), int(ins.patient_id[13:])
    assert key == 97 - number % 97
    assert ins.patient_id[0] == {"M": "1", "F": "2"}[envelope.order.patient.sex]
    assert ins.patient_id[1:5] == envelope.order.patient.birth_date[2:6]


@pytest.mark.parametrize("envelope", DAY, ids=lambda one: one.order.accession_number)
def test_each_film_is_there_and_fits_a_scanner(envelope: Envelope) -> None:
    for load in envelope.films:
        film = load()
        height_in, width_in = (side / film.dpi for side in film.samples.shape)
        assert 2 < width_in < 14.1
        assert 2 < height_in < 17.1
        assert film.samples.min() < 30_000, "there is something on it"


def test_some_envelopes_have_a_cassette_each_plate_of_one_size() -> None:
    plates = [load() for envelope in DAY for load in envelope.plates]
    assert len(plates) >= 3
    sizes = {plate.plate_id: (plate.width_mm, plate.height_mm) for plate in plates}
    assert {(plate.plate_id, (plate.width_mm, plate.height_mm)) for plate in plates} == set(
        sizes.items()
    )


@pytest.mark.parametrize(
    ("number", "name", "shift"), [(1, "RG1_UNCR.dcm", 0), (2, "RG3_UNCR.dcm", 3)]
)
def test_a_plate_is_a_real_image_on_the_readers_scale(number: int, name: str, shift: int) -> None:
    (load,) = DAY[number].plates
    stored = pydicom.dcmread(Path(str(files("data_store"))) / "data" / name).pixel_array
    plate = load()
    assert np.array_equal(plate.latent, stored.astype(np.uint16) << shift)
    assert plate.bits == READER_BITS
    assert int(plate.latent.max()) < 1 << READER_BITS
