"""What the index says of an image, read from the image itself.

Index and file cannot differ, for the index is made from the data set, at acquisition as in
recovery. Read from the head of a file: never its pixels.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from pydicom import Dataset, dcmread

from firmware.dicom.film_record import is_urgent
from firmware.dicom.pixel_data import Pixels, pixels_of
from firmware.dicom.uids import KEY_OBJECT_SELECTION_DOCUMENT
from firmware.index.entry import Entry
from hal.disk import Disk
from hal.errors import Sentence, StorageCorrupt
from hal.values import Uid

LONG_PAST = datetime(1970, 1, 1, tzinfo=UTC)
HEAD_BYTES = 1024 * 1024  # a VOI LUT of 128 KiB, and room

UNREADABLE = Sentence(
    en="{name} is no DICOM image that this node built ({reason}). It is kept aside.",
    fr="{name} n'est pas une image DICOM de ce poste ({reason}). Le fichier est mis de côté.",
)


def entry_of(dataset: Dataset, transfer_syntax_uid: Uid) -> Entry:
    """What another device left out is empty here. Raises AttributeError or ValueError when the
    data set does not say which image it is."""
    is_document = _is_document(dataset)
    replaces, why = _replaces(dataset)
    return Entry(
        patient_id=str(dataset.get("PatientID") or ""),
        issuer=str(dataset.get("IssuerOfPatientID") or ""),
        name=str(dataset.get("PatientName") or ""),
        birth_date=str(dataset.get("PatientBirthDate") or ""),
        sex=str(dataset.get("PatientSex") or ""),
        study_instance_uid=Uid(str(dataset.StudyInstanceUID)),
        accession_number=str(dataset.get("AccessionNumber") or ""),
        description=str(dataset.get("StudyDescription") or ""),
        urgent=is_urgent(dataset),
        series_instance_uid=Uid(str(dataset.SeriesInstanceUID)),
        series_number=int(dataset.get("SeriesNumber") or 0),
        modality=str(dataset.get("Modality") or "OT"),
        sop_instance_uid=Uid(str(dataset.SOPInstanceUID)),
        sop_class_uid=Uid(str(dataset.SOPClassUID)),
        transfer_syntax_uid=transfer_syntax_uid,
        instance_number=int(dataset.get("InstanceNumber") or 0),
        rows=0 if is_document else int(dataset.Rows),
        columns=0 if is_document else int(dataset.Columns),
        created_at=_created_at(dataset),
        station_name=str(dataset.get("StationName") or ""),
        procedures=tuple(_procedures(dataset)),
        replaces=replaces,
        replaced_why=why,
    )


def read_entry(disk: Disk, path: str) -> Entry:
    """Raises StorageCorrupt when the file is none that this node built, or is cut short."""
    with disk.open(path) as file:
        head = BytesIO(file.read(HEAD_BYTES))
    try:
        dataset = dcmread(head, stop_before_pixels=True)
        syntax = Uid(str(dataset.file_meta.TransferSyntaxUID))
        if not _is_document(dataset):
            _check_pixels(head, disk.size_bytes(path) or 0, syntax)
        return entry_of(dataset, syntax)
    except Exception as error:  # pydicom raises whatever a damaged file makes it stumble over
        raise StorageCorrupt(UNREADABLE.fill(name=Path(path).name, reason=error)) from error


def _check_pixels(head: BytesIO, size_bytes: int, syntax: Uid) -> None:
    """Raises ValueError when there are fewer than announced. Where they begin behind what was read
    of the file, nobody knows."""
    pixels = pixels_of(head, size_bytes, syntax)
    is_behind = pixels is Pixels.NONE and size_bytes > HEAD_BYTES
    if pixels is not Pixels.THERE and not is_behind:
        raise ValueError(pixels.value)


def _is_document(dataset: Dataset) -> bool:
    """Of this node's own: it has no pixels."""
    return bool(dataset.get("SOPClassUID") == KEY_OBJECT_SELECTION_DOCUMENT)


def _replaces(dataset: Dataset) -> tuple[Uid | None, str]:
    """(the instance whose place it took last, why) of the Original Attributes Sequence."""
    for item in reversed(dataset.get("OriginalAttributesSequence") or ()):
        for was in item.get("ModifiedAttributesSequence") or ():
            if uid := str(was.get("SOPInstanceUID") or ""):
                return Uid(uid), str(item.get("ReasonForTheAttributeModification") or "")
    return None, ""


def _procedures(dataset: Dataset) -> Iterator[str]:
    """Of the study, and of each request that it answers (PS3.3 table 10-9)."""
    for item in (dataset, *(dataset.get("RequestAttributesSequence") or ())):
        for keyword in ("RequestedProcedureDescription", "StudyDescription"):
            if value := str(item.get(keyword) or ""):
                yield value
        for keyword in ("RequestedProcedureCodeSequence", "ProcedureCodeSequence"):
            for code in item.get(keyword) or ():
                yield from filter(
                    None, (str(code.get("CodeValue") or ""), str(code.get("CodeMeaning") or ""))
                )


def _created_at(dataset: Dataset) -> datetime:
    """Ours always say it. Of others' images, the nearest that they say; else a day long past."""
    for what in ("InstanceCreation", "Acquisition", "Content", "Series", "Study"):
        day = str(dataset.get(f"{what}Date") or "")
        if re.fullmatch(r"[0-9]{8}", day):
            time = str(dataset.get(f"{what}Time") or "")[:6]
            time = time if re.fullmatch(r"[0-9]{6}", time) else "000000"
            offset = str(dataset.get("TimezoneOffsetFromUTC") or "+0000")
            return datetime.strptime(f"{day}{time}{offset}", "%Y%m%d%H%M%S%z")
    return LONG_PAST
