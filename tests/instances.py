"""Small synthetic DICOM files, each proven by its digest, as the index would hand them over."""

import hashlib
from dataclasses import replace
from pathlib import Path

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from xxhash import xxh3_128

from hal.archive import InstanceFile
from hal.values import SopReference, Uid

MULTI_FRAME_GRAYSCALE_WORD = "1.2.840.10008.5.1.4.1.1.7.3"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
SOP_CLASSES = (MULTI_FRAME_GRAYSCALE_WORD, SECONDARY_CAPTURE)


def synthetic(sop_class_uid: str, rows: int, columns: int) -> Dataset:
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID = sop_class_uid
    image.SOPInstanceUID = generate_uid()
    image.StudyInstanceUID = generate_uid()
    image.SeriesInstanceUID = generate_uid()
    image.PatientName = "ESSAI^Phantome"
    image.PatientID = "SYNTHETIC"
    image.StudyDate = image.StudyTime = image.AccessionNumber = image.StudyID = ""
    image.PatientBirthDate = image.PatientSex = image.ReferringPhysicianName = ""
    image.Modality = "RG"
    image.ConversionType = "DF"
    image.SeriesNumber = image.InstanceNumber = 1
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    image.Rows, image.Columns = rows, columns
    image.BitsAllocated = image.BitsStored = 16
    image.HighBit, image.PixelRepresentation = 15, 0
    if sop_class_uid == MULTI_FRAME_GRAYSCALE_WORD:
        image.NumberOfFrames = 1
        image.BurnedInAnnotation = "NO"
    line = bytes(range(256)) * (2 * columns // 256 + 1)
    image.PixelData = b"".join(line[row % 97 :][: 2 * columns] for row in range(rows))
    return image


def instance_file(
    path: Path,
    sop_class_uid: str = MULTI_FRAME_GRAYSCALE_WORD,
    rows: int = 64,
    columns: int = 64,
) -> InstanceFile:
    """Writes the file; two bytes a pixel."""
    image = synthetic(sop_class_uid, rows, columns)
    image.save_as(path, enforce_file_format=True)
    return indexed(path, SopReference(Uid(sop_class_uid), Uid(image.SOPInstanceUID)))


def of_another(instance: InstanceFile) -> InstanceFile:
    """The same file, and the digests of one that it is not."""
    return replace(instance, **digests(b"another"))


def digests(content: bytes) -> dict[str, str]:
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "xxh3": xxh3_128(content).hexdigest(),
    }


def indexed(path: Path, reference: SopReference) -> InstanceFile:
    content = path.read_bytes()
    return InstanceFile(
        reference=reference,
        transfer_syntax_uid=Uid(ExplicitVRLittleEndian),
        size_bytes=len(content),
        open=lambda: path.open("rb", buffering=0),
        **digests(content),
    )
