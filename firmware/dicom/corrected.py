"""The head of an image as it would be had it been made under another order (PS3.3 C.12.1.1.9).

Pixels are not its business: they are copied, byte for byte. What the image shows (body part, side,
view) gives way only to what the order says; what describes a person goes with that person. Whatever
is replaced or removed is kept in the Original Attributes Sequence.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from firmware.dicom import codes, film_record, order_modules, values
from firmware.dicom.charset import CHARACTER_SET
from firmware.dicom.film import STUDY_UID, Station
from firmware.dicom.uids import IMPLEMENTATION_VERSION_NAME
from hal.errors import NodeError, Sentence
from hal.values import Code, Order, Uid

OF_THE_ORDER = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex"),
    *("IssuerOfPatientID", "IssuerOfPatientIDQualifiersSequence", "OtherPatientIDsSequence"),
    *("AccessionNumber", "IssuerOfAccessionNumberSequence", "ReferringPhysicianName"),
    *("StudyID", "StudyDescription", "ReferencedStudySequence", "ProcedureCodeSequence"),
    *("AdmissionID", "RequestAttributesSequence", "SeriesDescription"),
)
"""What the order says, or else nobody."""
OF_THE_PERSON = (
    *("ReferencedPatientSequence", "PatientBirthTime", "OtherPatientIDs", "OtherPatientNames"),
    *("PatientBirthName", "PatientMotherBirthName", "PatientAddress", "EthnicGroup"),
    *("PatientTelephoneNumbers", "MilitaryRank", "BranchOfService", "CountryOfResidence"),
    *("RegionOfResidence", "PatientReligiousPreference", "PatientComments", "Occupation"),
    *("PatientAge", "PatientSize", "PatientWeight", "PatientBodyMassIndex", "MedicalAlerts"),
    *("Allergies", "SmokingStatus", "PregnancyStatus", "LastMenstrualDate", "PatientState"),
    *("AdditionalPatientHistory", "AdmittingDiagnosesDescription", "SpecialNeeds"),
    *("AdmittingDiagnosesCodeSequence", "IssuerOfAdmissionIDSequence", "CurrentPatientLocation"),
    *("ReferringPhysicianIdentificationSequence", "PhysiciansOfRecord"),
    *("NameOfPhysiciansReadingStudy", "RequestingPhysician", "RequestingService"),
    *(
        "RequestedProcedureDescription",
        "RequestedProcedureCodeSequence",
        "InsurancePlanIdentification",
    ),
)
"""PS3.3 C.7.1.1, C.7.2.1, C.7.2.2, C.2 to C.4: of whoever it was filed under."""
MODIFYING_EQUIPMENT = Code("109103", "DCM", "Modifying Equipment")  # PS3.16 CID 7005
SYSTEM = "SAPI_NODE"


@dataclass(frozen=True)
class Change:
    order: Order
    reason: str
    """COERCE or CORRECT."""
    study_instance_uid: Uid
    series_instance_uid: Uid
    series_number: int
    sop_instance_uid: Uid
    station: Station
    at: datetime
    """Aware. Laid down once: the same change always gives the same bytes."""
    timezone: tzinfo


DEFLATED = Sentence(
    en="head and pixels are deflated together", fr="en-tête et pixels y sont compressés ensemble"
)
ODD_HEAD = Sentence(
    en="something in its head cannot be read: {reason}",
    fr="son en-tête contient une valeur illisible : {reason}",
)


class NotCorrectable(Exception):
    """An image whose head cannot be written anew around the same pixels; `why` says it."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(why.en)
        self.why = why


def check_syntax(transfer_syntax_uid: str) -> None:
    """Raises NotCorrectable. All other syntaxes have a head that stands apart from the pixels,
    compressed or not (PS3.5 annex A)."""
    if transfer_syntax_uid == DeflatedExplicitVRLittleEndian:
        raise NotCorrectable(DEFLATED)


@contextmanager
def odd_heads() -> Generator[None]:
    """What pydicom stumbles over in another device's head is about the image, not a fault here."""
    try:
        yield
    except (NodeError, NotCorrectable):
        raise  # about the order, or the disk, perhaps for a moment
    except Exception as error:
        raise NotCorrectable(ODD_HEAD.fill(reason=error)) from error


def corrected(original: Dataset, change: Change) -> Dataset:
    """A new data set, without pixels; `original` is not to be used any more.

    Raises NotCorrectable, and ConfigError when the order does not fit in DICOM.
    """
    with odd_heads():
        return _corrected(original, change)


def _corrected(original: Dataset, change: Change) -> Dataset:
    original.decode()
    replaced = Dataset()
    wanted = _wanted(change)
    side = ("Laterality",) if change.order.body_part_examined else ()  # of that part, or none
    for keyword in (*OF_THE_ORDER, *OF_THE_PERSON, *side):
        if keyword not in wanted:
            _take_out(original, keyword, replaced)
    for element in wanted:
        if element.keyword == "SpecificCharacterSet":
            continue  # in an item it would say how the item is encoded
        if element.tag in original and original[element.tag] != element:
            replaced[element.tag] = original[element.tag]
    original.update(wanted)
    film_record.add_priority(original, change.order.priority)
    _date(original, change, replaced)
    _add_trace(original, change, replaced)
    return original


def check(order: Order) -> None:
    """Raises ConfigError when it says something that does not fit in DICOM."""
    wanted = Dataset()
    order_modules.add_patient(wanted, order.patient)
    order_modules.add_study(wanted, order)
    order_modules.add_request(wanted, order)
    if order.study_instance_uid:
        values.uid(order.study_instance_uid, STUDY_UID)


def head_bytes(dataset: Dataset, transfer_syntax_uid: str) -> bytes:
    """Raises NotCorrectable."""
    check_syntax(transfer_syntax_uid)
    syntax = UID(transfer_syntax_uid)
    out = DicomBytesIO()
    out.is_little_endian = syntax.is_little_endian
    out.is_implicit_VR = syntax.is_implicit_VR
    with odd_heads():
        write_dataset(out, dataset)
    return out.getvalue()


def _wanted(change: Change) -> Dataset:
    """Just what a film that is scanned under this order is given (firmware/dicom/film.py)."""
    wanted, order = Dataset(), change.order
    wanted.SpecificCharacterSet = CHARACTER_SET
    order_modules.add_patient(wanted, order.patient)
    order_modules.add_study(wanted, order)
    order_modules.add_request(wanted, order)
    if order.body_part_examined:
        order_modules.add_body_part(wanted, order)
    if description := values.text(order.scheduled_procedure_step_description):
        wanted.SeriesDescription = description
    wanted.StudyInstanceUID = change.study_instance_uid
    wanted.SeriesInstanceUID = change.series_instance_uid
    wanted.SeriesNumber = change.series_number
    wanted.SOPInstanceUID = change.sop_instance_uid
    return wanted


def _take_out(original: Dataset, keyword: str, replaced: Dataset) -> None:
    if keyword in original:
        replaced[keyword] = original[keyword]
        del original[keyword]


def _date(dataset: Dataset, change: Change, replaced: Dataset) -> None:
    """Instance Creation is this instance's; all other dates are the image's, and stay."""
    now = change.at.astimezone(_zone(dataset, change.timezone))
    for keyword, value in (
        ("InstanceCreationDate", now.strftime("%Y%m%d")),
        ("InstanceCreationTime", now.strftime("%H%M%S")),
    ):
        if keyword in dataset:
            replaced[keyword] = dataset[keyword]
        setattr(dataset, keyword, value)


def _zone(dataset: Dataset, otherwise: tzinfo) -> tzinfo:
    """The one that the data set says of all its times (0008,0201)."""
    said = str(dataset.get("TimezoneOffsetFromUTC") or "")
    try:
        return timezone(
            timedelta(minutes=int(said[:1] + "1") * (int(said[1:3]) * 60 + int(said[3:5])))
        )
    except ValueError:
        return otherwise


def _add_trace(dataset: Dataset, change: Change, replaced: Dataset) -> None:
    """Original Attributes; and who wrote this, as Contributing Equipment (PS3.3 C.12.1)."""
    at = change.at.astimezone(_zone(dataset, change.timezone)).strftime("%Y%m%d%H%M%S%z")[:19]
    item = Dataset()
    item.ModifiedAttributesSequence = [replaced]
    item.AttributeModificationDateTime = at
    item.ModifyingSystem = values.text(change.station.station_name) or SYSTEM
    item.SourceOfPreviousValues = values.text(
        str(dataset.get("StationName") or dataset.get("InstitutionName") or "")
    )
    item.ReasonForTheAttributeModification = change.reason
    earlier = list(dataset.get("OriginalAttributesSequence") or ())
    dataset.OriginalAttributesSequence = [*earlier, item]
    by = list(dataset.get("ContributingEquipmentSequence") or ())
    dataset.ContributingEquipmentSequence = [*by, _this_node(change.station, at)]


def _this_node(station: Station, at: str) -> Dataset:
    item = Dataset()
    item.PurposeOfReferenceCodeSequence = codes.items([MODIFYING_EQUIPMENT])
    item.Manufacturer = values.text(station.manufacturer)
    item.InstitutionName = values.text(station.institution_name)
    item.StationName = values.text(station.station_name, values.SHORT_STRING_MAX)
    item.SoftwareVersions = IMPLEMENTATION_VERSION_NAME
    item.ContributionDateTime = at
    item.ContributionDescription = "Reconciled with its order"
    return item
