"""The grayscale chain of a film's data set: stored value -> P-Value (PS3.3 C.8.6.3, C.11.2)."""

from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.valuerep import format_number_as_ds

from firmware.imaging.density import DensityCalibration
from firmware.imaging.presentation import AMBIENT_LIGHT_CD_M2, ILLUMINATION_CD_M2, voi_lut

LUT_DESCRIPTOR = Tag(0x0028, 0x3002)
LUT_DATA = Tag(0x0028, 0x3006)
DESCRIPTOR = [0, 0, 16]  # PS3.3 C.11.2.1.1: 0 entries means 65536; from stored value 0; 16 bits


def add_rescale(dataset: Dataset) -> None:
    """An identity, spelt out: Multi-frame Grayscale Word SC wants just that."""
    dataset.RescaleIntercept = 0
    dataset.RescaleSlope = 1
    dataset.RescaleType = "US"


def add_voi_lut(dataset: Dataset, calibration: DensityCalibration) -> None:
    """The table to P-Values. Its explanation tells a person how density comes back from them.

    LUT Data is OW: as US its 128 KiB would not fit the 16-bit length of an explicit VR.
    """
    item = Dataset()
    item.add_new(LUT_DESCRIPTOR, "US", DESCRIPTOR)
    item.LUTExplanation = (
        f"Film at {ILLUMINATION_CD_M2} + {AMBIENT_LIGHT_CD_M2} cd/m2, "
        f"OD 0 to {calibration.density_max:g}"
    )
    item.add_new(LUT_DATA, "OW", voi_lut(calibration).astype("<u2").tobytes())
    dataset.VOILUTSequence = [item]
    dataset.PresentationLUTShape = "IDENTITY"


def add_light_box(dataset: Dataset) -> None:
    """With which density comes back from P-Values (PS3.3 C.8.6.3.1); not in plain SC's modules."""
    dataset.Illumination = ILLUMINATION_CD_M2
    dataset.ReflectedAmbientLight = AMBIENT_LIGHT_CD_M2


def add_window(dataset: Dataset, window: tuple[float, float]) -> None:
    center, width = window
    dataset.WindowCenter = format_number_as_ds(float(center))
    dataset.WindowWidth = format_number_as_ds(float(width))
