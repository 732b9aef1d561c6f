"""A film image to vary: small, complete, of nobody."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from io import BytesIO
from typing import Any

import pydicom

from firmware.dicom.film import FilmImage, Station, film_dataset
from firmware.dicom.part10 import part10_header, pixel_padding
from firmware.imaging.density import DensityCalibration, linear_calibration
from firmware.imaging.film_sizes import name_film_size
from hal.film_scanner import ScannerIdentity, ScanRequest
from hal.values import Code, Issuer, Order, OtherPatientId, Patient, SopReference, Uid

PARIS_SUMMER = timezone(timedelta(hours=2))

SCANNER = ScannerIdentity(
    manufacturer="EPSON",
    model="Expression 12000XL",
    serial_number="X2ZA000123",
    firmware_version="1.04",
    resolution_min_dpi=50,
    resolution_max_dpi=4800,
    optical_resolution_dpi=2400,
    area_columns=58560,
    area_rows=79200,
)
STATION = Station(
    institution_name="Hôpital de la Vallée",
    station_name="FILM1",
    ae_title="SAPI_FILM1",
    department_name="Radiologie",
)
INS = OtherPatientId("255069912345678", Issuer("INS-NIR", "1.2.250.1.213.1.4.10", "ISO"))
PATIENT = Patient(
    patient_id="IPP000042",
    name="ŒUVRARD^Éléonore^François^Mme",
    birth_date="19550623",
    sex="F",
    issuer=Issuer("VALLEE", "1.2.250.1.999.1", "ISO"),
    other_ids=(INS,),
)
ORDER = Order(
    patient=PATIENT,
    accession_number="A2026-0042",
    study_instance_uid=Uid("1.2.3.4"),
    requested_procedure_id="RP42",
    requested_procedure_description="Radiographie du thorax de face",
    scheduled_procedure_step_id="SPS42",
    scheduled_procedure_step_description="Thorax face, film à numériser",
    referring_physician_name="LEFÈVRE^Anaïs",
    body_part_examined="CHEST",
    view_position="PA",
)
CODED = replace(
    ORDER,
    accession_issuer=Issuer("RIS-VALLEE", "1.2.250.1.999.2", "ISO"),
    admission_id="VENUE-77",
    referenced_studies=(SopReference(Uid("1.2.840.10008.3.1.2.3.1"), Uid("1.2.3.4")),),
    requested_procedure_codes=(Code("ZBQK002", "CCAM", "Radiographie du thorax", "75"),),
    scheduled_protocol_codes=(Code("THORAX-FACE", "99VALLEE", "Thorax de face"),),
)
"""As a RIS schedules it: codes, an issuer for every number, a visit."""
URGENT = Order(patient=Patient(patient_id="", name=""))
WEDGE = DensityCalibration(
    points=((58000.0, 0.05), (18000.0, 0.6), (900.0, 1.9), (80.0, 3.1)),
    method="step wedge, 4 steps",
    scanner_serial="X2ZA000123",
    made_at=datetime(2026, 3, 2, 9, 30, tzinfo=PARIS_SUMMER),
)
FILM = FilmImage(
    order=ORDER,
    study_instance_uid=Uid("1.2.3.4"),
    series_instance_uid=Uid("2.25.1"),
    sop_instance_uid=Uid("2.25.2"),
    series_number=1,
    instance_number=1,
    station=STATION,
    scanner=SCANNER,
    request=ScanRequest(resolution_dpi=300, left=10, top=20, columns=7, rows=5),
    film_size=name_film_size(350, 430),
    calibration=linear_calibration("X2ZA000123"),
    acquired_at=datetime(2026, 7, 1, 14, 5, 9, tzinfo=PARIS_SUMMER),
)


def film_image(order: Order = ORDER, **changes: Any) -> FilmImage:
    return replace(FILM, order=order, **changes)


def order_with(**changes: Any) -> Order:
    return replace(ORDER, **changes)


def patient_with(**changes: Any) -> Order:
    return replace(ORDER, patient=replace(PATIENT, **changes))


def film_file(image: FilmImage) -> bytes:
    """The whole file, its pixels counting up from 0."""
    count = image.request.columns * image.request.rows
    pixels = b"".join((value % 65536).to_bytes(2, "little") for value in range(count))
    header = part10_header(film_dataset(image), len(pixels))
    return header.data + pixels + pixel_padding(len(pixels))


def read_back(image: FilmImage) -> pydicom.FileDataset:
    return pydicom.dcmread(BytesIO(film_file(image)))
