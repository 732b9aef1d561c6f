"""dicom3tools' validator finds no error in any film image we can make."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.dicom.film import FilmImage, FilmObject
from firmware.dicom.performed_step import step_of_first_image
from firmware.imaging.film_sizes import FILM_SIZES
from hal.values import Code, Issuer, Order
from tests.conftest import debian_program
from tests.unit.dicom.films import (
    CODED,
    URGENT,
    WEDGE,
    film_file,
    film_image,
    order_with,
    patient_with,
)

pytestmark = pytest.mark.peer("dciodvfy")

EXPECTED_WARNINGS = (
    "SAPI_NODE",  # a private element
    "ViewPosition",  # Standard Extended, on purpose
    "is only permitted to be empty when actually unknown",  # Laterality: it is unknown
    "needed to build DICOMDIR",  # an urgent film has no Patient ID yet
    "Unrecognized defined term = <CCAM>",  # the French catalogue of procedures is in no table of it
    "Unrecognized defined term = <99VALLEE>",  # nor is what a hospital calls its own
)

LONG = "Radiographie du poignet gauche de face et de profil, contrôle après ablation du plâtre " * 3
ORDERS = {
    "complete": order_with(),
    "coded": CODED,
    "long code": replace(
        CODED, scheduled_protocol_codes=(Code("2.16.840.1.113883.6.96.168537006", "SCT", "x"),)
    ),
    "urgent": URGENT,
    "accents": patient_with(name="D'ŒUVRÉ-LEFÈVRE^Éléonore Anaïs^François^Mme^née Çelik"),
    "long words": order_with(
        requested_procedure_description=LONG,
        scheduled_procedure_step_description=LONG,
        referring_physician_name="DE LA TRÉMOILLE-LEFÈVRE-DUPONT-DURAND-MARTIN-BERNARD^Éléonore",
    ),
    "no national identity": patient_with(other_ids=()),
    "no issuer": patient_with(issuer=Issuer()),
    "nothing about the patient but a name": patient_with(
        patient_id="1", birth_date="", sex="", issuer=Issuer(), other_ids=()
    ),
    "unscheduled": order_with(requested_procedure_id="", scheduled_procedure_step_id=""),
    "half scheduled": order_with(scheduled_procedure_step_id=""),
    "left": order_with(body_part_examined="HAND", laterality="L", view_position="AP"),
    "side unknown": order_with(body_part_examined="KNEE", laterality=""),
    "both sides": order_with(body_part_examined="FOOT", laterality="B"),
    "no body part": order_with(body_part_examined="", view_position=""),
    "another modality": order_with(modality="MG"),
    "strange values": patient_with(birth_date="1955", sex="W", name="a\\b\x00^\x1b[0m"),
}
EVERY_OBJECT = pytest.mark.parametrize("film_object", FilmObject, ids=lambda o: o.value)


def complaints(image: FilmImage, folder: Path) -> list[str]:
    file = folder / "film.dcm"
    file.write_bytes(film_file(image))
    program = debian_program("dciodvfy")
    assert program
    done = subprocess.run(
        [program, "-new", file], capture_output=True, text=True, errors="replace", timeout=30
    )
    lines = (done.stderr + done.stdout).splitlines()
    assert any("SCImage" in line for line in lines), lines  # it knew what it was looking at
    return [
        line
        for line in lines
        if line.startswith(("Error", "Warning"))
        and not any(expected in line for expected in EXPECTED_WARNINGS)
    ]


@EVERY_OBJECT
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
def test_every_kind_of_order(order: Order, film_object: FilmObject, tmp_path: Path) -> None:
    assert complaints(film_image(order, film_object=film_object), tmp_path) == []


@EVERY_OBJECT
@pytest.mark.parametrize("is_told", [True, False])
@pytest.mark.parametrize("order", [CODED, URGENT], ids=["coded", "urgent"])
def test_what_visit_it_was(
    order: Order, film_object: FilmObject, is_told: bool, tmp_path: Path
) -> None:
    image = film_image(order, film_object=film_object)
    step = step_of_first_image(image.sop_instance_uid, image.acquired_at, is_told=is_told)
    assert complaints(replace(image, performed=step), tmp_path) == []


@EVERY_OBJECT
@pytest.mark.parametrize("film_size", [*FILM_SIZES, None], ids=lambda s: s.name if s else "odd")
def test_every_film_size(film_size: object, film_object: FilmObject, tmp_path: Path) -> None:
    image = film_image(film_size=film_size, film_object=film_object)
    assert complaints(image, tmp_path) == []


@EVERY_OBJECT
def test_calibrated(film_object: FilmObject, tmp_path: Path) -> None:
    assert complaints(film_image(calibration=WEDGE, film_object=film_object), tmp_path) == []


@EVERY_OBJECT
@pytest.mark.parametrize("resolution_dpi", [50, 75, 300, 333, 2400])
def test_every_resolution(film_object: FilmObject, resolution_dpi: int, tmp_path: Path) -> None:
    image = film_image(film_object=film_object)
    request = replace(image.request, resolution_dpi=resolution_dpi)
    assert complaints(replace(image, request=request), tmp_path) == []


@pytest.mark.parametrize("window", [(20000, 30000.5), (0.123456789012345, 1.0)])
def test_a_window_in_plain_secondary_capture(window: tuple[float, float], tmp_path: Path) -> None:
    image = film_image(film_object=FilmObject.SECONDARY_CAPTURE, window=window)
    assert complaints(image, tmp_path) == []


def test_a_nameless_scanner_and_station(tmp_path: Path) -> None:
    image = film_image()
    scanner = replace(
        image.scanner, manufacturer="", model="", serial_number="", firmware_version=""
    )
    station = replace(image.station, institution_name="", station_name="", department_name="")
    assert complaints(replace(image, scanner=scanner, station=station), tmp_path) == []


def test_it_would_find_an_error(tmp_path: Path) -> None:
    image = film_image()
    broken = replace(image, request=replace(image.request, columns=0))
    assert any("Error" in line for line in complaints(broken, tmp_path))
