"""A DICOM file up to its pixels (PS3.10 7.1), so that rows can be written as they are scanned.

Explicit VR little endian, so the scanner's own bytes are the pixels. It writes no file: it
returns the bytes that go in front, and those that may have to follow.
"""

from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from firmware.dicom.file_meta import file_meta, this_release
from firmware.dicom.uids import EXPLICIT_VR_LITTLE_ENDIAN
from hal.errors import ConfigError, Sentence
from hal.values import SopReference, Uid

PIXEL_DATA_TAG = b"\xe0\x7f\x10\x00"
PIXEL_BYTES_MAX = 0xFFFFFFFE  # PS3.5 7.1.1: a 32-bit length; FFFFFFFF means "undefined"
TOO_MANY_PIXELS = Sentence(
    en="A scan of {size_bytes} bytes is more than a DICOM file holds (4 GiB); "
    "choose a lower resolution.",
    fr="Une numérisation de {size_bytes} octets dépasse ce qu'admet un fichier DICOM (4 Gio) ; "
    "choisissez une résolution plus basse.",
)


@dataclass(frozen=True)
class Part10Header:
    """`data` is followed by the pixels, then by `pixel_padding`."""

    data: bytes
    dataset_offset: int
    """Where the data set begins: what is sent by C-STORE is the file from here on."""
    sop_class_uid: Uid
    sop_instance_uid: Uid
    transfer_syntax_uid: Uid


def part10_header(dataset: Dataset, pixel_bytes: int, source_ae_title: str = "") -> Part10Header:
    """Preamble, file meta information, data set, and the head of a Pixel Data of `pixel_bytes`.

    `dataset` has no Pixel Data, nor anything behind it. Raises ConfigError over 4 GiB.
    """
    padded_bytes = pixel_bytes + len(pixel_padding(pixel_bytes))
    if padded_bytes > PIXEL_BYTES_MAX:
        raise ConfigError(TOO_MANY_PIXELS.fill(size_bytes=pixel_bytes))
    reference = SopReference(Uid(dataset.SOPClassUID), Uid(dataset.SOPInstanceUID))
    meta = file_meta(reference, EXPLICIT_VR_LITTLE_ENDIAN, this_release(source_ae_title))
    pixel_head = PIXEL_DATA_TAG + b"OW\0\0" + padded_bytes.to_bytes(4, "little")
    return Part10Header(
        data=meta + explicit_little_endian(dataset) + pixel_head,
        dataset_offset=len(meta),
        sop_class_uid=reference.sop_class_uid,
        sop_instance_uid=reference.sop_instance_uid,
        transfer_syntax_uid=EXPLICIT_VR_LITTLE_ENDIAN,
    )


def pixel_padding(pixel_bytes: int) -> bytes:
    """What follows the pixels: every value has an even length (PS3.5 7.1.1)."""
    return bytes(pixel_bytes % 2)


def explicit_little_endian(dataset: Dataset) -> bytes:
    out = DicomBytesIO()
    out.is_little_endian = True
    out.is_implicit_VR = False
    write_dataset(out, dataset)
    return out.getvalue()
