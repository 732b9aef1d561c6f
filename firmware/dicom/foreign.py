"""An image that another device made: is it whole, and does it say which one it is?

It reads the head, never the pixels, and never changes a byte. Whatever the file does to the
parser is a verdict here: one file must not stop the others, nor come back for ever.
"""

import re
from collections.abc import Callable

from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError

from firmware.dicom.entry_reader import entry_of
from firmware.dicom.file_meta import Implementation
from firmware.dicom.pixel_data import Pixels, pixels_of
from firmware.import_verdicts import Judged, Verdict, judged
from firmware.index.entry import Entry
from hal.disk import FileReader
from hal.values import Uid

MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"
UID_FORM = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+")
UID_CHARACTERS_MAX = 64
UIDS = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
PIXELS_WRONG = {Pixels.NONE: Verdict.NO_IMAGE, Pixels.CUT_SHORT: Verdict.CUT_SHORT}


def read_foreign(file: FileReader, size_bytes: int) -> tuple[Entry, Implementation | None] | Judged:
    """What the index says of it and who wrote it, or why it is not taken."""
    try:
        dataset = dcmread(_Seekable(file), stop_before_pixels=True)
        return _read(dataset, file, size_bytes)
    except InvalidDicomError:
        return judged(Verdict.NOT_DICOM, reason="no DICM prefix")
    except Exception as error:  # noqa: BLE001 -- pydicom raises whatever the bytes make it do
        return judged(Verdict.NOT_DICOM, reason=type(error).__name__)


def _read(
    dataset: Dataset, file: FileReader, size_bytes: int
) -> tuple[Entry, Implementation | None] | Judged:
    meta = dataset.file_meta
    if meta.get("MediaStorageSOPClassUID") == MEDIA_STORAGE_DIRECTORY:
        return judged(Verdict.MEDIA_DIRECTORY)
    for keyword in UIDS:
        if not _is_uid(dataset.get(keyword)):
            return judged(Verdict.UIDS_MISSING, reason=keyword)
    syntax, uid = meta.get("TransferSyntaxUID"), str(dataset.SOPInstanceUID)
    if not _is_uid(syntax) or "FileMetaInformationGroupLength" not in meta:
        return judged(Verdict.UIDS_MISSING, reason="TransferSyntaxUID")
    if (meta.get("MediaStorageSOPClassUID"), meta.get("MediaStorageSOPInstanceUID")) != (
        dataset.SOPClassUID,
        uid,
    ):
        return judged(Verdict.UIDS_MISSING, reason="MediaStorageSOPInstanceUID")
    if not dataset.get("Rows") or not dataset.get("Columns"):
        return judged(Verdict.NO_IMAGE)
    wrong = PIXELS_WRONG.get(pixels_of(file, size_bytes, str(syntax)))
    if wrong is not None:
        return judged(wrong)
    return entry_of(dataset, Uid(str(syntax))), _implementation(dataset)


def _is_uid(value: object) -> bool:
    uid = str(value or "")
    return len(uid) <= UID_CHARACTERS_MAX and UID_FORM.fullmatch(uid) is not None


def _implementation(dataset: Dataset) -> Implementation | None:
    """Who wrote it: an image that comes back from an archive needs that said again."""
    meta = dataset.file_meta
    class_uid = str(meta.get("ImplementationClassUID") or "")
    if not class_uid:
        return None
    return Implementation(
        Uid(class_uid),
        str(meta.get("ImplementationVersionName") or ""),
        str(meta.get("SourceApplicationEntityTitle") or ""),
    )


class _Seekable:
    """What pydicom wants of a file, from a FileReader."""

    def __init__(self, file: FileReader) -> None:
        self.read: Callable[..., bytes] = file.read
        self.seek: Callable[..., int] = file.seek
        self.tell: Callable[[], int] = file.tell
