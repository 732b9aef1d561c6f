"""File Meta Information (PS3.10 7.1), the same bytes for the same file, whatever release asks.

C-STORE leaves it behind, so an image that comes back needs it made again, as it was: what it says
beside the instance is who wrote it, and that is remembered (`implementation` in the index).
"""

from dataclasses import dataclass
from io import BytesIO
from struct import Struct

from pydicom import dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import UID

from firmware.dicom.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from hal.values import SopReference, Uid

PREAMBLE = bytes(128) + b"DICM"
META_BYTES_MAX = 64 * 1024  # ours is under 1 KiB
GROUP_LENGTH = Struct("<8sI")
GROUP_LENGTH_TAG = b"\x02\0\0\0UL\x04\0"


@dataclass(frozen=True)
class Implementation:
    """Who wrote a file: (0002,0012), (0002,0013) and (0002,0016)."""

    class_uid: Uid
    version_name: str
    source_ae_title: str = ""


def this_release(source_ae_title: str) -> Implementation:
    return Implementation(IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, source_ae_title)


def file_meta(
    reference: SopReference, transfer_syntax_uid: Uid, implementation: Implementation
) -> bytes:
    """Preamble, prefix and group 0002."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(reference.sop_class_uid)
    meta.MediaStorageSOPInstanceUID = UID(reference.sop_instance_uid)
    meta.TransferSyntaxUID = UID(transfer_syntax_uid)
    meta.ImplementationClassUID = UID(implementation.class_uid)
    meta.ImplementationVersionName = implementation.version_name
    if implementation.source_ae_title:
        meta.SourceApplicationEntityTitle = implementation.source_ae_title
    out = DicomBytesIO()
    write_file_meta_info(out, meta, enforce_standard=True)
    return PREAMBLE + out.getvalue()


def data_set_offset(head: bytes) -> int | None:
    """Where the data set begins, by the group's length, which every file has (PS3.10 table 7.1-1);
    None when `head` is not how a file begins."""
    start = len(PREAMBLE)
    element = head[start : start + GROUP_LENGTH.size]
    if head[128:start] != b"DICM" or len(element) < GROUP_LENGTH.size:
        return None
    tag, length = GROUP_LENGTH.unpack(element)
    return start + GROUP_LENGTH.size + length if tag == GROUP_LENGTH_TAG else None


def implementation_of(head: bytes) -> Implementation | None:
    """Who wrote the file that begins so; None when that cannot be read."""
    try:
        meta = dcmread(BytesIO(head), stop_before_pixels=True, specific_tags=[]).file_meta
        return Implementation(
            Uid(str(meta.ImplementationClassUID)),
            str(meta.ImplementationVersionName),
            str(meta.get("SourceApplicationEntityTitle", "")),
        )
    except Exception:  # noqa: BLE001  pydicom raises whatever a damaged file makes it stumble over
        return None
