"""A CR plate as a data set of Computed Radiography Image Storage (PS3.3 A.2): everything but the
pixels, which follow as they were read. It never changes a pixel value."""

from dataclasses import dataclass
from datetime import datetime

from pydicom.dataset import Dataset
from pydicom.valuerep import format_number_as_ds

from firmware.dicom import film_record, order_modules, performed_step, values
from firmware.dicom.charset import CHARACTER_SET
from firmware.dicom.film import SERIES_UID, SOP_UID, STUDY_UID, Station
from firmware.dicom.performed_step import PerformedStep
from firmware.dicom.uids import COMPUTED_RADIOGRAPHY, IMPLEMENTATION_VERSION_NAME
from firmware.imaging.exposure_index import Exposure
from firmware.index.catalogue import Reservation
from hal.cassette_reader import CassetteReaderIdentity, LoadedCassette, PlateGeometry
from hal.errors import Sentence
from hal.values import Order

MODALITY = "CR"  # what acquired the data in the first place (PS3.3 C.7.3.1.1.1)
PROCESSING_MAX = 64
AS_READ = "samples as read"
CORRECTED = "flat field and dead pixels corrected"
UNKNOWN_PLATE = Sentence(
    en="The reader kept this image and nobody here knew whose it is: check the patient.",
    fr="Le lecteur conservait cette image sans que le poste sache à qui elle est : vérifiez le "
    "patient.",
)
TYPED_ID = Sentence(
    en="The plate's number was not read from its barcode.",
    fr="Le numéro de la plaque n'a pas été lu sur son code-barres.",
)


@dataclass(frozen=True)
class PlateImage:
    """One plate, read or about to be: all that its data set is made of."""

    order: Order
    place: Reservation
    station: Station
    reader: CassetteReaderIdentity
    cassette: LoadedCassette
    geometry: PlateGeometry
    window: tuple[float, float]
    """(center, width) in stored values."""
    acquired_at: datetime
    """When its reading began; aware, in the hospital's own time zone."""
    exposure: Exposure | None = None
    """None: the plate's response is not calibrated."""
    is_corrected: bool = False
    is_known: bool = True
    """False: the reader kept it, and the order is a provisional one."""
    performed: PerformedStep | None = None


def plate_dataset(image: PlateImage) -> Dataset:
    """The data set without Pixel Data. Raises ConfigError when the order can't be said."""
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
    _add_equipment(dataset, image)
    _add_plate(dataset, image)
    _add_exposure(dataset, image)
    _add_pixel_description(dataset, image)
    film_record.add_priority(dataset, image.order.priority)
    return dataset


def _add_identity(dataset: Dataset, image: PlateImage) -> None:
    dataset.SOPClassUID = COMPUTED_RADIOGRAPHY
    dataset.SOPInstanceUID = values.uid(image.place.sop_instance_uid, SOP_UID)
    dataset.StudyInstanceUID = values.uid(image.place.study_instance_uid, STUDY_UID)
    dataset.SeriesInstanceUID = values.uid(image.place.series_instance_uid, SERIES_UID)


def _add_dates(dataset: Dataset, acquired_at: datetime) -> None:
    """All of them are the reading's, Acquisition too: for CR it is what made the data."""
    if acquired_at.utcoffset() is None:
        raise ValueError("acquired_at needs a time zone")
    day, time = acquired_at.strftime("%Y%m%d"), acquired_at.strftime("%H%M%S")
    for name in ("Study", "Series", "Acquisition", "Content", "InstanceCreation"):
        setattr(dataset, f"{name}Date", day)
        setattr(dataset, f"{name}Time", time)
    dataset.TimezoneOffsetFromUTC = acquired_at.strftime("%z")[:5]


def _add_series(dataset: Dataset, image: PlateImage) -> None:
    """Body Part Examined and View Position are type 2 here (PS3.3 C.8.1.1)."""
    dataset.Modality = MODALITY
    dataset.SeriesNumber = image.place.series_number
    dataset.InstanceNumber = image.place.instance_number
    for keyword in ("BodyPartExamined", "ViewPosition"):
        if keyword not in dataset:
            setattr(dataset, keyword, "")
    description = values.text(image.order.scheduled_procedure_step_description)
    if description:
        dataset.SeriesDescription = description


def _add_equipment(dataset: Dataset, image: PlateImage) -> None:
    """Of CR, the equipment is the reader: it made the pixels."""
    reader, station = image.reader, image.station
    dataset.Manufacturer = values.text(reader.manufacturer)
    dataset.ManufacturerModelName = values.text(reader.model)
    dataset.DeviceSerialNumber = values.text(reader.serial_number)
    node = values.text(f"{station.manufacturer} {IMPLEMENTATION_VERSION_NAME}")
    dataset.SoftwareVersions = [*filter(None, [values.text(reader.firmware_version)]), node]
    dataset.InstitutionName = values.text(station.institution_name)
    dataset.StationName = values.text(station.station_name, values.SHORT_STRING_MAX)
    if department := values.text(station.department_name):
        dataset.InstitutionalDepartmentName = department


def _add_plate(dataset: Dataset, image: PlateImage) -> None:
    """CR Series and CR Image (PS3.3 C.8.1.1, C.8.1.2)."""
    cassette, geometry = image.cassette, image.geometry
    if plate_id := values.text(cassette.plate_id, values.SHORT_STRING_MAX):
        dataset.PlateID = plate_id
    if plate_type := values.text(cassette.plate_type):
        dataset.PlateType = plate_type
    if cassette.width_mm and cassette.height_mm:
        dataset.CassetteSize = f"{cassette.width_mm // 10}CMX{cassette.height_mm // 10}CM"
    is_wide = geometry.columns > geometry.rows
    dataset.CassetteOrientation = "LANDSCAPE" if is_wide else "PORTRAIT"
    if cassette.exposures:
        dataset.ExposuresOnPlate = cassette.exposures
    dataset.Sensitivity = format_number_as_ds(geometry.gain_thousandths / 1000)
    spacing = [format_number_as_ds(geometry.pitch_um / 1000)] * 2
    dataset.ImagerPixelSpacing = spacing
    dataset.PixelSpacing = spacing  # until a known length was measured in the image (PS3.3 10.7)
    dataset.KVP = None  # type 3, and asked for by viewers: nobody has told the node


def _add_exposure(dataset: Dataset, image: PlateImage) -> None:
    exposure = image.exposure
    if exposure is None:
        return
    dataset.ExposureIndex = format_number_as_ds(round(exposure.index, 1))
    if exposure.target is not None and exposure.deviation is not None:
        dataset.TargetExposureIndex = format_number_as_ds(round(exposure.target, 1))
        dataset.DeviationIndex = format_number_as_ds(round(exposure.deviation, 1))


def _add_pixel_description(dataset: Dataset, image: PlateImage) -> None:
    """Samples rise with the logarithm of the exposure, and bone is to be white: MONOCHROME1."""
    geometry, (center, width) = image.geometry, image.window
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    dataset.PatientOrientation = ""  # type 2C: nobody has told how the cassette was held
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME1"
    dataset.Rows, dataset.Columns = geometry.rows, geometry.columns
    dataset.BitsAllocated, dataset.BitsStored = 16, geometry.bits
    dataset.HighBit = geometry.bits - 1
    dataset.PixelRepresentation = 0
    dataset.LossyImageCompression = "00"
    dataset.BurnedInAnnotation = "NO"
    dataset.WindowCenter = format_number_as_ds(float(center))
    dataset.WindowWidth = format_number_as_ds(float(width))
    dataset.AcquisitionDeviceProcessingDescription = CORRECTED if image.is_corrected else AS_READ
    notes = [] if image.is_known else [UNKNOWN_PLATE]
    notes += [] if image.cassette.is_id_read else [TYPED_ID]
    if notes:
        french, english = " ".join(n.fr for n in notes), " ".join(n.en for n in notes)
        dataset.ImageComments = f"{french} / {english}"
