import json
from datetime import datetime

import numpy as np
import pytest
from pydicom.pixels import apply_voi

from firmware.dicom.film import FilmObject, film_dataset
from firmware.imaging.density import DensityCalibration, linear_calibration
from firmware.imaging.gsdf import jnd_index, luminance_cd_m2
from hal.errors import ConfigError
from hal.film_scanner import ScanRequest
from hal.values import Issuer, OtherPatientId, Uid
from tests.unit.dicom.films import (
    URGENT,
    WEDGE,
    film_image,
    order_with,
    patient_with,
    read_back,
)

EVERY_OBJECT = pytest.mark.parametrize("film_object", FilmObject)


@EVERY_OBJECT
@pytest.mark.parametrize("calibration", [linear_calibration("X"), WEDGE], ids=["linear", "wedge"])
def test_density_comes_back_from_the_image_itself(
    film_object: FilmObject, calibration: DensityCalibration
) -> None:
    """A reader's way, from the attributes alone (PS3.3 C.8.6.3.1, PS3.14 7.2)."""
    image = read_back(film_image(calibration=calibration, film_object=film_object))
    stored = np.arange(65536, dtype=np.uint16)
    p_values = apply_voi(stored, image)
    assert image.PresentationLUTShape == "IDENTITY"
    if film_object is FilmObject.MULTI_FRAME:
        light_box, ambient = image.Illumination, image.ReflectedAmbientLight
    else:
        light_box, ambient = 2000, 10
        assert image.VOILUTSequence[0].LUTExplanation == "Film at 2000 + 10 cd/m2, OD 0 to 3.8"
    block = image.private_block(0x0077, "SAPI_NODE")
    ends = [ambient + light_box * 10 ** -block[element].value for element in (2, 3)]
    first, last = jnd_index(ends)
    luminance = luminance_cd_m2(first + p_values / 65535 * (last - first))
    density = -np.log10(np.maximum(luminance - ambient, 1e-9) / light_box)
    assert np.abs(density - calibration.optical_density(stored)).max() < 0.001


@EVERY_OBJECT
def test_what_both_objects_say(film_object: FilmObject) -> None:
    image = film_dataset(film_image(film_object=film_object))
    assert image.SOPClassUID == film_object.sop_class_uid
    assert image.SpecificCharacterSet == "ISO_IR 192"
    assert image.TimezoneOffsetFromUTC == "+0200"
    assert (image.Modality, image.ConversionType) == ("RG", "DF")
    assert (image.ContentDate, image.ContentTime) == ("20260701", "140509")
    assert (image.Rows, image.Columns, image.BitsStored) == (5, 7, 16)
    assert (image.RescaleIntercept, image.RescaleSlope, image.RescaleType) == (0, 1, "US")
    assert image.BurnedInAnnotation == "YES"
    assert image.NominalScannedPixelSpacing == pytest.approx([25.4 / 300] * 2)
    assert image.PixelSpacing == image.NominalScannedPixelSpacing
    assert "PixelSpacingCalibrationType" not in image
    assert "AcquisitionDate" not in image


def test_only_the_multi_frame_object_has_frames() -> None:
    multi_frame = film_dataset(film_image())
    assert multi_frame.NumberOfFrames == 1
    assert multi_frame.DigitizingDeviceTransportDirection == "COLUMN"
    plain = film_dataset(film_image(film_object=FilmObject.SECONDARY_CAPTURE))
    assert "NumberOfFrames" not in plain
    assert "Illumination" not in plain


def test_a_window_replaces_the_table_in_plain_secondary_capture() -> None:
    plain = FilmObject.SECONDARY_CAPTURE
    image = film_dataset(film_image(film_object=plain, window=(20000, 30000.5)))
    assert (image.WindowCenter, image.WindowWidth) == (20000, 30000.5)
    assert "VOILUTSequence" not in image
    assert "PresentationLUTShape" not in image  # a linear window does not give P-Values


def test_the_multi_frame_object_takes_no_window() -> None:
    image = film_dataset(film_image(window=(20000, 30000)))
    assert "WindowCenter" not in image
    assert image.PresentationLUTShape == "IDENTITY"


def test_the_digitizer_is_named_and_the_x_ray_set_is_not() -> None:
    image = film_dataset(film_image(calibration=WEDGE))
    assert image.Manufacturer == ""
    assert image.SecondaryCaptureDeviceManufacturerModelName == "Expression 12000XL"
    assert image.SecondaryCaptureDeviceID == "X2ZA000123"
    (digitizer,) = image.ContributingEquipmentSequence
    purpose = digitizer.PurposeOfReferenceCodeSequence[0]
    assert (purpose.CodeValue, purpose.CodingSchemeDesignator) == ("FILMD", "DCM")
    assert digitizer.SoftwareVersions == ["1.04", "SAPI SAPI_NODE_0_1"]
    assert digitizer.ContributionDateTime == "20260701140509+0200"
    assert digitizer.DateOfLastCalibration == "20260302"


def test_what_the_digitizer_cannot_see_is_said_to_the_reader() -> None:
    said = film_dataset(film_image()).ImageComments
    assert "supérieures à 3,8 sont hors de portée" in said
    assert "above OD 3.8 are out of the digitizer's reach" in said
    assert "Densité non étalonnée" in said
    assert "Film 35x43 cm." in said
    assert "Density calibrated (step wedge, 4 steps, 2026-03-02)." in (
        film_dataset(film_image(calibration=WEDGE)).ImageComments
    )


def test_the_calibration_is_kept_for_programs() -> None:
    image = read_back(film_image(calibration=WEDGE))
    record = image.private_block(0x0077, "SAPI_NODE")[1].value
    assert DensityCalibration.from_json(json.loads(record)) == WEDGE


def test_the_patient_and_the_national_identity() -> None:
    image = read_back(film_image())
    assert str(image.PatientName) == "ŒUVRARD^Éléonore^François^Mme"
    assert (image.PatientID, image.IssuerOfPatientID) == ("IPP000042", "VALLEE")
    qualifiers = image.IssuerOfPatientIDQualifiersSequence[0]
    assert (qualifiers.UniversalEntityID, qualifiers.UniversalEntityIDType) == (
        "1.2.250.1.999.1",
        "ISO",
    )
    (ins,) = image.OtherPatientIDsSequence
    assert (ins.PatientID, ins.TypeOfPatientID) == ("255069912345678", "TEXT")
    assert ins.IssuerOfPatientIDQualifiersSequence[0].UniversalEntityID == "1.2.250.1.213.1.4.10"


def test_the_order_is_referred_to() -> None:
    image = film_dataset(film_image())
    assert (image.AccessionNumber, image.StudyID) == ("A2026-0042", "RP42")
    assert image.StudyDescription == "Radiographie du thorax de face"
    assert image.SeriesDescription == "Thorax face, film à numériser"
    (request,) = image.RequestAttributesSequence
    assert (request.RequestedProcedureID, request.ScheduledProcedureStepID) == ("RP42", "SPS42")


@EVERY_OBJECT
def test_an_urgent_film_has_empty_values_and_no_request(film_object: FilmObject) -> None:
    image = film_dataset(film_image(URGENT, film_object=film_object))
    for name in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "AccessionNumber"):
        assert image[name].is_empty
    for name in ("RequestAttributesSequence", "OtherPatientIDsSequence", "IssuerOfPatientID"):
        assert name not in image


@pytest.mark.parametrize(
    ("body_part", "side", "laterality"),
    [
        ("HAND", "L", "L"),
        ("HAND", "R", "R"),
        ("HAND", "", ""),
        ("HAND", "B", ""),
        ("", "", ""),
        ("CHEST", "", None),
        ("CHEST", "R", "R"),
    ],
)
def test_laterality(body_part: str, side: str, laterality: str | None) -> None:
    image = film_dataset(film_image(order_with(body_part_examined=body_part, laterality=side)))
    assert image.get("Laterality") == laterality


def test_a_modality_that_the_order_names_is_kept() -> None:
    assert film_dataset(film_image(order_with(modality="MG"))).Modality == "MG"


@pytest.mark.parametrize(
    "order",
    [
        patient_with(patient_id="1" * 65),
        patient_with(other_ids=(OtherPatientId("a\\b", Issuer()),)),
        order_with(accession_number="1" * 17),
        order_with(scheduled_procedure_step_id="a\nb"),
    ],
)
def test_an_identifier_that_does_not_fit_stops_the_image(order: object) -> None:
    with pytest.raises(ConfigError, match="does not fit in DICOM"):
        film_dataset(film_image(order))  # type: ignore[arg-type]  # parametrize has no types


def test_a_bad_study_uid_stops_the_image() -> None:
    with pytest.raises(ConfigError, match="study instance UID"):
        film_dataset(film_image(study_instance_uid=Uid("")))


def test_a_scan_with_too_long_a_side_is_refused() -> None:
    with pytest.raises(ConfigError, match="65536 x 10 pixels"):
        film_dataset(film_image(request=ScanRequest(4800, 0, 0, 65536, 10)))


def test_a_time_without_a_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="time zone"):
        film_dataset(film_image(acquired_at=datetime(2026, 7, 1)))
