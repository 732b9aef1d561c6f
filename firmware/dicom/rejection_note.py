"""A rejection note: images that an archive has are in the wrong place, and no longer to be used.

IHE RAD TF-1 Imaging Object Change Management: a Key Object Selection Document (PS3.3 A.35.4,
PS3.16 TID 2010) in the study of the images that it rejects, entitled (113038, DCM, "Incorrect
Modality Worklist Entry"). It asks the archive to hide them; the node removes nothing anywhere.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from pydicom.dataset import Dataset

from firmware.dicom import codes, values
from firmware.dicom.charset import CHARACTER_SET
from firmware.dicom.film import Station
from firmware.dicom.uids import IMPLEMENTATION_VERSION_NAME, KEY_OBJECT_SELECTION_DOCUMENT
from hal.values import Code, SopReference, Uid

MODALITY = "KO"
SERIES_NUMBER = 999
"""Behind every series of images: what a person never opens."""
INCORRECT_WORKLIST_ENTRY = Code("113038", "DCM", "Incorrect Modality Worklist Entry")  # CID 7010
OBSERVER_TYPE = Code("121005", "DCM", "Observer Type")
DEVICE = Code("121007", "DCM", "Device")
DEVICE_OBSERVER_UID = Code("121012", "DCM", "Device Observer UID")
DEVICE_OBSERVER_NAME = Code("121013", "DCM", "Device Observer Name")
DESCRIPTION = Code("113012", "DCM", "Key Object Description")
OF_THE_STUDY = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "IssuerOfPatientID"),
    *("IssuerOfPatientIDQualifiersSequence", "OtherPatientIDsSequence", "StudyDate", "StudyTime"),
    *("AccessionNumber", "IssuerOfAccessionNumberSequence", "ReferringPhysicianName", "StudyID"),
    *("StudyDescription", "StudyInstanceUID", "TimezoneOffsetFromUTC"),
)
"""As the rejected images say it: the note is filed where they are."""
TYPE_2 = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime"),
    *("AccessionNumber", "ReferringPhysicianName", "StudyID"),
)


@dataclass(frozen=True)
class Note:
    sop_instance_uid: Uid
    series_instance_uid: Uid
    rejected: tuple[tuple[Uid, SopReference], ...]
    """(its series, the image) of each."""
    why: str
    station: Station
    at: datetime
    timezone: tzinfo


def rejection_note(image: Dataset, note: Note) -> Dataset:
    """`image`: the head of one of the rejected, in whose study the note is."""
    image.decode()
    dataset = Dataset()
    dataset.SpecificCharacterSet = CHARACTER_SET
    for keyword in OF_THE_STUDY:
        if keyword in image:
            dataset[keyword] = image[keyword]
        elif keyword in TYPE_2:
            setattr(dataset, keyword, "")
    _add_document(dataset, note)
    dataset.CurrentRequestedProcedureEvidenceSequence = [_evidence(dataset, note)]
    _add_content(dataset, note)
    return dataset


def _add_document(dataset: Dataset, note: Note) -> None:
    """Key Object Document Series, General Equipment, Key Object Document (PS3.3 C.17.6)."""
    at, station = note.at.astimezone(note.timezone), note.station
    dataset.SOPClassUID = KEY_OBJECT_SELECTION_DOCUMENT
    dataset.SOPInstanceUID = note.sop_instance_uid
    dataset.SeriesInstanceUID = note.series_instance_uid
    dataset.Modality = MODALITY
    dataset.SeriesNumber = SERIES_NUMBER
    dataset.InstanceNumber = 1
    dataset.ReferencedPerformedProcedureStepSequence = []
    for what in ("Content", "InstanceCreation"):
        setattr(dataset, f"{what}Date", at.strftime("%Y%m%d"))
        setattr(dataset, f"{what}Time", at.strftime("%H%M%S"))
    dataset.TimezoneOffsetFromUTC = at.strftime("%z")[:5]
    dataset.Manufacturer = values.text(station.manufacturer)
    dataset.InstitutionName = values.text(station.institution_name)
    dataset.StationName = values.text(station.station_name, values.SHORT_STRING_MAX)
    dataset.SoftwareVersions = IMPLEMENTATION_VERSION_NAME


def _evidence(dataset: Dataset, note: Note) -> Dataset:
    """Every rejected image by its place (PS3.3 table C.17-3)."""
    study = Dataset()
    study.StudyInstanceUID = dataset.StudyInstanceUID
    study.ReferencedSeriesSequence = []
    for series in dict.fromkeys(series for series, _ in note.rejected):
        item = Dataset()
        item.SeriesInstanceUID = series
        item.ReferencedSOPSequence = [_reference(one) for of, one in note.rejected if of == series]
        study.ReferencedSeriesSequence.append(item)
    return study


def _add_content(dataset: Dataset, note: Note) -> None:
    """TID 2010, with TID 1002 for the device that observed it."""
    dataset.ValueType = "CONTAINER"
    dataset.ConceptNameCodeSequence = codes.items([INCORRECT_WORKLIST_ENTRY])
    dataset.ContinuityOfContent = "SEPARATE"
    template = Dataset()
    template.MappingResource = "DCMR"
    template.TemplateIdentifier = "2010"
    dataset.ContentTemplateSequence = [template]
    dataset.ContentSequence = [
        *_observer(note.station),
        _item("CONTAINS", "TEXT", DESCRIPTION, TextValue=values.text(note.why, 1024)),
        *_images(reference for _, reference in note.rejected),
    ]


def _observer(station: Station) -> Iterable[Dataset]:
    device = _item("HAS OBS CONTEXT", "CODE", OBSERVER_TYPE)
    device.ConceptCodeSequence = codes.items([DEVICE])
    yield device
    yield _item("HAS OBS CONTEXT", "UIDREF", DEVICE_OBSERVER_UID, UID=device_uid(station))
    name = values.text(station.station_name) or station.ae_title
    yield _item("HAS OBS CONTEXT", "TEXT", DEVICE_OBSERVER_NAME, TextValue=name)


def device_uid(station: Station) -> Uid:
    """Always the same of one station (RFC 9562 5.8: version 8, by a rule of our own)."""
    named = f"device {station.institution_name}/{station.ae_title}"
    number = int.from_bytes(hashlib.sha256(named.encode()).digest()[:16], "big")
    number = number & ~(0xF << 76) | 0x8 << 76
    return Uid(f"2.25.{number & ~(0x3 << 62) | 0x2 << 62}")


def _images(references: Iterable[SopReference]) -> Iterable[Dataset]:
    for reference in references:
        item = Dataset()
        item.RelationshipType = "CONTAINS"
        item.ValueType = "IMAGE"
        item.ReferencedSOPSequence = [_reference(reference)]
        yield item


def _reference(reference: SopReference) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = reference.sop_class_uid
    item.ReferencedSOPInstanceUID = reference.sop_instance_uid
    return item


def _item(relationship: str, value_type: str, name: Code, **value: str) -> Dataset:
    item = Dataset()
    item.RelationshipType = relationship
    item.ValueType = value_type
    item.ConceptNameCodeSequence = codes.items([name])
    for keyword, one in value.items():
        setattr(item, keyword, one)
    return item
