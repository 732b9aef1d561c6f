"""Where a calibration exposure comes from: the cassette reader, or an image that is stored.

A whole plate in memory, 30 MB: a command's, never the node's.
"""

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray

from firmware.dicom.plate import AS_READ, MODALITY
from firmware.index.plate_reads import READ_BYTES
from firmware.plate_sentences import NO_CASSETTE, ROWS_MISSING
from firmware.reports import Row
from hal.cassette_reader import CassetteReader, PlateRequest
from hal.clock import Entropy
from hal.errors import ConfigError, DeviceMisbehaved, DeviceNeedsOperator, Sentence

KEEPS_ANOTHER = Sentence(
    en="The cassette reader keeps an image that is not stored yet. Start the node, which fetches "
    "it; then stop the node and calibrate.",
    fr="Le lecteur de cassettes conserve une image qui n'est pas encore stockée. Démarrez le "
    "poste, qui la récupère ; puis arrêtez-le et étalonnez.",
)
NO_PLATE_IMAGE = Sentence(
    en="{uid} is no image of a plate as it was read ({found}). Name one that was: with flat_field "
    "= false, and not a film.",
    fr="{uid} n'est pas l'image d'une plaque telle que lue ({found}). Indiquez-en une : lue avec "
    "flat_field = false, et non un film.",
)
NOT_HERE = Sentence(
    en="The file of {uid} is not here ({found}). `sapi-node index fetch {uid}` fetches it back.",
    fr="Le fichier de {uid} n'est pas ici ({found}). « sapi-node index fetch {uid} » le récupère.",
)


@dataclass(frozen=True)
class FlatExposure:
    samples: NDArray[np.uint16]
    """Rows x columns, as the reader sent them."""
    bits: int
    gain: float
    plate_id: str
    reader_serial: str


@dataclass(frozen=True)
class KeptExposure:
    """What the reader keeps until it is told that this very image may go."""

    exposure: FlatExposure
    read: int

    def let_go(self, reader: CassetteReader) -> None:
        """Erase and eject. Raises DeviceError."""
        samples = self.exposure.samples
        reader.erase(self.read, samples.size, zlib.crc32(samples.astype("<u2").tobytes()))
        reader.eject()


def read_exposure(
    reader: CassetteReader, entropy: Entropy, pitch_um: int, gain_thousandths: int
) -> KeptExposure:
    """Raises DeviceError. The reader keeps the image, whatever becomes of this."""
    if reader.kept_read() is not None:
        raise DeviceNeedsOperator(KEEPS_ANOTHER)
    cassette = reader.load()
    if cassette is None:
        raise DeviceNeedsOperator(NO_CASSETTE)
    serial = reader.identify().serial_number
    read = int.from_bytes(entropy.random_bytes(READ_BYTES), "big") or 1
    geometry = reader.begin(PlateRequest(read, pitch_um, gain_thousandths))
    samples = np.empty((geometry.rows, geometry.columns), np.uint16)
    rows = 0
    for block in reader.rows():
        if block.first_row != rows or rows + block.rows > geometry.rows:
            break
        came = np.frombuffer(block.samples, "<u2").reshape(-1, geometry.columns)
        samples[rows : rows + block.rows] = came
        rows += block.rows
    if rows != geometry.rows:
        raise DeviceMisbehaved(ROWS_MISSING.fill(rows=rows, rows_total=geometry.rows))
    gain = geometry.gain_thousandths / 1000
    exposure = FlatExposure(samples, geometry.bits, gain, cassette.plate_id, serial)
    return KeptExposure(exposure, read)


def stored_exposure(store_root: Path, instance: Row) -> FlatExposure:
    """`instance`: its row of the index. Raises ConfigError."""
    uid = instance["sop_instance_uid"]
    if instance["condition"] != "good":
        raise ConfigError(NOT_HERE.fill(uid=uid, found=instance["condition"]))
    if instance["modality"] != MODALITY:
        raise ConfigError(NO_PLATE_IMAGE.fill(uid=uid, found=instance["modality"]))
    dataset = pydicom.dcmread(store_root / instance["path"])
    how = str(dataset.get("AcquisitionDeviceProcessingDescription", "?"))
    if how != AS_READ:
        raise ConfigError(NO_PLATE_IMAGE.fill(uid=uid, found=how))
    return FlatExposure(
        samples=np.ascontiguousarray(dataset.pixel_array, np.uint16),
        bits=int(dataset.BitsStored),
        gain=float(dataset.Sensitivity),
        plate_id=str(dataset.get("PlateID", "")),
        reader_serial=str(dataset.get("DeviceSerialNumber", "")),
    )
