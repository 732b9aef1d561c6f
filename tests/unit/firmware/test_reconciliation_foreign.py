"""Other devices' images are corrected in their own transfer syntax: a new head, the same pixels."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import Dataset, FileDataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from firmware.dicom.entry_reader import entry_of
from firmware.index.reconciliations import Outcome
from hal.values import Uid
from tests.unit.dicom.films import ORDER, PATIENT
from tests.unit.firmware.reconciling import ROUTE, STUDY, World

OLD_UID = Uid("2.25.900.7.1")
CR = "1.2.840.10008.5.1.4.1.1.1"
NATIVE = bytes(range(64)) * 2
FRAGMENT = b"\xff\xd8" + bytes(range(99)) + b"\xff\xd9"
"""Nothing decodes it: it is copied."""
SYNTAXES = {
    "implicit": ImplicitVRLittleEndian,
    "explicit": ExplicitVRLittleEndian,
    "JPEG-LS": JPEGLSLossless,
    "HTJ2K": HTJ2KLossless,
    "RLE": RLELossless,
    "JPEG": JPEGBaseline8Bit,
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "index.sqlite3")
    yield made
    made.database.close()


def foreign(syntax: UID) -> FileDataset:
    """As another vendor's modality wrote it: Latin-1, a private block, its own trailing padding."""
    image = FileDataset("", {}, file_meta=FileMetaDataset(), preamble=bytes(128))
    image.file_meta.TransferSyntaxUID = syntax
    image.SpecificCharacterSet = "ISO_IR 100"
    image.SOPClassUID, image.SOPInstanceUID = CR, OLD_UID
    image.StudyInstanceUID, image.SeriesInstanceUID = STUDY, f"{STUDY}.7"
    image.PatientName, image.PatientID = "FAUX^Élodie", "F7"
    image.PatientBirthDate, image.PatientSex = "19700101", "F"
    image.InstitutionName = "Clinique de la Forêt"
    image.Modality, image.SeriesNumber, image.InstanceNumber = "CR", 7, 1
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.Rows, image.Columns = 8, 8
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 12, 11
    image.PixelRepresentation = 0
    image.SmallestImagePixelValue = 3  # US or SS, by the one before (PS3.5 annex A, implicit)
    private = image.private_block(0x0029, "ANOTHER VENDOR", create=True)
    private.add_new(0x10, "LO", "kept")
    image.PixelData = encapsulate([FRAGMENT]) if syntax.is_encapsulated else NATIVE
    image["PixelData"].VR = "OB" if syntax.is_encapsulated else "OW"
    image.DataSetTrailingPadding = bytes(6)
    return image


def stored(world: World, image: FileDataset) -> bytes:
    """In the store, as an import leaves it."""
    buffer = BytesIO()
    image.save_as(buffer, enforce_file_format=True)
    data = buffer.getvalue()
    with world.store.incoming(OLD_UID, len(data)) as file:
        file.write(data)
        published = file.publish()
    entry = entry_of(dcmread(BytesIO(data)), Uid(image.file_meta.TransferSyntaxUID))
    world.catalogue.record(entry, published, ROUTE, "import")
    return data


def outcome(world: World) -> tuple[Outcome, str, str]:
    world.desk.reconcile(STUDY, ORDER, "Mme Martin")
    world.work()
    standing = world.desk.standing(STUDY)
    assert standing is not None
    return standing.outcome, standing.sentence.en, standing.sentence.fr


@pytest.mark.parametrize("syntax", SYNTAXES.values(), ids=list(SYNTAXES))
def test_the_head_changes_and_the_rest_is_the_same_to_the_bit(world: World, syntax: UID) -> None:
    before = stored(world, foreign(syntax))
    assert outcome(world)[0] is Outcome.DONE
    new_uid = world.successors()[OLD_UID]
    (row,) = world.database.rows("SELECT path FROM instance WHERE sop_instance_uid = ?", (new_uid,))
    with world.disk.open(row["path"]) as file:
        after = file.read()
    at = before.rindex(b"\xe0\x7f\x10\x00")
    assert after.endswith(before[at:]), "pixels and what follows them"
    assert after.count(b"\xe0\x7f\x10\x00") == 1
    new = dcmread(BytesIO(after))
    assert new.file_meta.TransferSyntaxUID == syntax
    assert new.file_meta.MediaStorageSOPInstanceUID == new.SOPInstanceUID == new_uid
    assert (str(new.PatientName), new.PatientID) == (PATIENT.name, PATIENT.patient_id)
    assert new.InstitutionName == "Clinique de la Forêt"
    assert new.SmallestImagePixelValue == 3
    assert private_text(new) == "kept"
    (trace,) = new.OriginalAttributesSequence
    assert str(trace.ModifiedAttributesSequence[0].PatientName) == "FAUX^Élodie"


def private_text(image: Dataset) -> str:
    value = image.private_block(0x0029, "ANOTHER VENDOR")[0x10].value
    return value.decode() if isinstance(value, bytes) else str(value)


def odd_value() -> FileDataset:
    """Four bytes where the dictionary says that a double belongs; the file says no VR."""
    image = foreign(ImplicitVRLittleEndian)
    image.add_new("ExposureTimeInms", "OB", b"5.0 ")
    return image


REFUSED = {
    "deflated": (foreign(DeflatedExplicitVRLittleEndian), "deflated", "compressés ensemble"),
    "odd value": (odd_value(), "cannot be read", "illisible"),
}


@pytest.mark.parametrize(("image", "en", "fr"), REFUSED.values(), ids=list(REFUSED))
def test_what_cannot_be_corrected_says_so_and_stays(
    world: World, image: FileDataset, en: str, fr: str
) -> None:
    stored(world, image)
    kind, english, french = outcome(world)
    assert kind is Outcome.FAILED
    assert OLD_UID in english
    assert OLD_UID in french
    assert en in english
    assert fr in french
    assert len(world.database.rows("SELECT * FROM instance")) == 1
    assert world.states(OLD_UID) == {"FAR": "queued", "NEAR": "queued"}
