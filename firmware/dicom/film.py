"""A digitized film as a DICOM data set: everything but the pixels, which follow as scanned.

Multi-frame Grayscale Word Secondary Capture says what the pixels mean (P-Values, light-box,
optical density) and is the default; plain Secondary Capture is for archives that take nothing
else. It never changes a pixel value: see firmware/imaging/presentation.py for the decision.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from pydicom.dataset import Dataset
from pydicom.valuerep import format_number_as_ds

from firmware.dicom import codes, film_record, film_scale, order_modules, performed_step, values
from firmware.dicom.charset import CHARACTER_SET
from firmware.dicom.performed_step import PerformedStep
from firmware.dicom.uids import (
    IMPLEMENTATION_VERSION_NAME,
    MULTI_FRAME_GRAYSCALE_WORD_SECONDARY_CAPTURE,
    SECONDARY_CAPTURE,
)
from firmware.imaging.density import DensityCalibration
from firmware.imaging.film_sizes import FilmSize
from hal.errors import ConfigError, Sentence
from hal.film_scanner import MM_PER_INCH, ScannerIdentity, ScanRequest
from hal.values import Order, Uid

SIDE_MAX = 65535  # Rows and Columns are US
TOO_LARGE = Sentence(
    en="A scan of {columns} x {rows} pixels is more than DICOM can hold (65535 a side); "
    "choose a lower resolution.",
    fr="Une numérisation de {columns} x {rows} pixels dépasse ce que DICOM admet (65535 par "
    "côté) ; choisissez une résolution plus basse.",
)
STUDY_UID = Sentence("study instance UID", "UID de l'examen")
SERIES_UID = Sentence("series instance UID", "UID de la série")
SOP_UID = Sentence("SOP instance UID", "UID de l'image")


class FilmObject(Enum):
    MULTI_FRAME = "multi-frame"
    SECONDARY_CAPTURE = "secondary-capture"

    @property
    def sop_class_uid(self) -> Uid:
        if self is FilmObject.MULTI_FRAME:
            return MULTI_FRAME_GRAYSCALE_WORD_SECONDARY_CAPTURE
        return SECONDARY_CAPTURE


@dataclass(frozen=True)
class Station:
    """Where the node stands, and what it is called there. The AE title belongs to the file's
    meta information (see `part10_header`): no image module has a place for it."""

    institution_name: str
    station_name: str
    ae_title: str
    department_name: str = ""
    manufacturer: str = "SAPI"


@dataclass(frozen=True)
class FilmImage:
    """One film, scanned or about to be: all that its data set is made of."""

    order: Order
    study_instance_uid: Uid
    series_instance_uid: Uid
    sop_instance_uid: Uid
    series_number: int
    instance_number: int
    station: Station
    scanner: ScannerIdentity
    request: ScanRequest
    film_size: FilmSize | None
    calibration: DensityCalibration
    acquired_at: datetime
    """Aware, in the hospital's own time zone."""
    tilt_deg: float | None = None
    """How crooked the film lies, clockwise positive; None: not known."""
    film_object: FilmObject = FilmObject.MULTI_FRAME
    window: tuple[float, float] | None = None
    """(center, width) in stored values. Only a plain Secondary Capture takes it, in place of the
    VOI LUT, for viewers that know no LUT; its output is not in P-Values, and not said to be."""
    performed: PerformedStep | None = None
    """None: not told, as of an image that nobody's examination is open for."""


def film_dataset(image: FilmImage) -> Dataset:
    """The data set without Pixel Data. Raises ConfigError when the order or size cannot be said."""
    if max(image.request.columns, image.request.rows) > SIDE_MAX:
        raise ConfigError(TOO_LARGE.fill(columns=image.request.columns, rows=image.request.rows))
    dataset = Dataset()
    dataset.SpecificCharacterSet = CHARACTER_SET
    _add_identity(dataset, image)
    _add_dates(dataset, image.acquired_at)
    order_modules.add_patient(dataset, image.order.patient)
    order_modules.add_study(dataset, image.order)
    order_modules.add_request(dataset, image.order)
    order_modules.add_body_part(dataset, image.order)
    if image.performed:
        performed_step.add_performed_step(dataset, image.performed, image.order)
    _add_series(dataset, image)
    _add_station(dataset, image.station)
    _add_digitizer(dataset, image)
    _add_geometry(dataset, image)
    _add_pixel_description(dataset, image)
    _add_meaning(dataset, image)
    film_record.add_record(dataset, image.calibration, image.film_size)
    film_record.add_priority(dataset, image.order.priority)
    return dataset


def _add_identity(dataset: Dataset, image: FilmImage) -> None:
    dataset.SOPClassUID = image.film_object.sop_class_uid
    dataset.SOPInstanceUID = values.uid(image.sop_instance_uid, SOP_UID)
    dataset.StudyInstanceUID = values.uid(image.study_instance_uid, STUDY_UID)
    dataset.SeriesInstanceUID = values.uid(image.series_instance_uid, SERIES_UID)


def _add_dates(dataset: Dataset, acquired_at: datetime) -> None:
    """All of them are the scan's: when the film was exposed, nobody has told the node, so
    Acquisition Date stays absent."""
    if acquired_at.utcoffset() is None:
        raise ValueError("acquired_at needs a time zone")
    day, time = acquired_at.strftime("%Y%m%d"), acquired_at.strftime("%H%M%S")
    for name in ("Study", "Series", "Content", "InstanceCreation"):
        setattr(dataset, f"{name}Date", day)
        setattr(dataset, f"{name}Time", time)
    dataset.DateOfSecondaryCapture = day
    dataset.TimeOfSecondaryCapture = time
    dataset.TimezoneOffsetFromUTC = acquired_at.strftime("%z")[:5]


def _add_series(dataset: Dataset, image: FilmImage) -> None:
    dataset.Modality = values.code_string(image.order.modality) or "RG"
    dataset.SeriesNumber = image.series_number
    dataset.InstanceNumber = image.instance_number
    description = values.text(image.order.scheduled_procedure_step_description)
    if description:
        dataset.SeriesDescription = description


def _add_station(dataset: Dataset, station: Station) -> None:
    """Manufacturer (type 2) stays empty: with digitized film the General Equipment Module tells
    of the X-ray set (PS3.3 C.8.6.1 note 1), and nobody knows which that was."""
    dataset.Manufacturer = ""
    dataset.InstitutionName = values.text(station.institution_name)
    dataset.StationName = values.text(station.station_name, values.SHORT_STRING_MAX)
    department = values.text(station.department_name)
    if department:
        dataset.InstitutionalDepartmentName = department


def _add_digitizer(dataset: Dataset, image: FilmImage) -> None:
    """SC Equipment (PS3.3 C.8.6.1), and the same as Contributing Equipment (C.12.1)."""
    scanner = image.scanner
    manufacturer = values.text(scanner.manufacturer) or "unknown"
    versions = [values.text(scanner.firmware_version), _node_version(image.station)]
    dataset.ConversionType = "DF"
    dataset.SecondaryCaptureDeviceID = values.text(scanner.serial_number)
    dataset.SecondaryCaptureDeviceManufacturer = manufacturer
    dataset.SecondaryCaptureDeviceManufacturerModelName = values.text(scanner.model)
    dataset.SecondaryCaptureDeviceSoftwareVersions = list(filter(None, versions))
    item = Dataset()
    item.PurposeOfReferenceCodeSequence = codes.items([codes.FILM_DIGITIZER])
    item.Manufacturer = manufacturer
    item.ManufacturerModelName = values.text(scanner.model)
    item.DeviceSerialNumber = values.text(scanner.serial_number)
    item.SoftwareVersions = list(filter(None, versions))
    item.InstitutionName = values.text(image.station.institution_name)
    item.StationName = values.text(image.station.station_name, values.SHORT_STRING_MAX)
    item.SpatialResolution = _spacing_mm(image.request)
    item.ContributionDateTime = image.acquired_at.strftime("%Y%m%d%H%M%S%z")[:19]
    if image.calibration.made_at:
        item.DateOfLastCalibration = image.calibration.made_at.strftime("%Y%m%d")
        item.TimeOfLastCalibration = image.calibration.made_at.strftime("%H%M%S")
    item.ContributionDescription = film_record.calibration_sentence(image.calibration).en
    dataset.ContributingEquipmentSequence = [item]


def _node_version(station: Station) -> str:
    return values.text(f"{station.manufacturer} {IMPLEMENTATION_VERSION_NAME}")


def _spacing_mm(request: ScanRequest) -> str:
    return format_number_as_ds(MM_PER_INCH / request.resolution_dpi)


def _add_geometry(dataset: Dataset, image: FilmImage) -> None:
    """Spacing on the film itself. Pixel Spacing equals the nominal one as long as nobody has
    measured a known length in the image (PS3.3 10.7)."""
    spacing = [_spacing_mm(image.request)] * 2
    dataset.NominalScannedPixelSpacing = spacing
    dataset.PixelSpacing = spacing
    dataset.PatientOrientation = ""  # type 2C: the film may lie either face up
    if image.film_object is FilmObject.MULTI_FRAME:
        dataset.DigitizingDeviceTransportDirection = "COLUMN"  # the carriage goes down the image
        if image.tilt_deg is not None:
            # Clockwise positive: the standard's text on the sign was not at hand.
            dataset.RotationOfScannedFilm = format_number_as_ds(round(image.tilt_deg, 2))


def _add_pixel_description(dataset: Dataset, image: FilmImage) -> None:
    dataset.ImageType = ["ORIGINAL", "SECONDARY"]  # the scanner's own values, of an old exposure
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows = image.request.rows
    dataset.Columns = image.request.columns
    dataset.BitsAllocated = 16
    dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 0
    dataset.LossyImageCompression = "00"
    if image.film_object is FilmObject.MULTI_FRAME:
        dataset.NumberOfFrames = 1


def _add_meaning(dataset: Dataset, image: FilmImage) -> None:
    """BurnedInAnnotation YES: films carry the patient's name and date, exposed into them."""
    dataset.BurnedInAnnotation = "YES"
    film_scale.add_rescale(dataset)
    if image.window is not None and image.film_object is FilmObject.SECONDARY_CAPTURE:
        film_scale.add_window(dataset, image.window)
    else:
        film_scale.add_voi_lut(dataset, image.calibration)
    if image.film_object is FilmObject.MULTI_FRAME:
        film_scale.add_light_box(dataset)
    dataset.ImageComments = film_record.comments(image.calibration, image.film_size)
