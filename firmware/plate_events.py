"""What happened to a plate, as values; firmware/events.py has them among all the others.

A plate's number is a thing's, not a patient's: it may be in the log.
"""

from dataclasses import dataclass

from hal.errors import Sentence
from hal.values import Uid


@dataclass(frozen=True)
class PlateFound:
    """It was read, and looked at; its rows come now."""

    plate_id: str
    columns: int
    rows: int
    pitch_um: int
    exposure_index: float | None
    """None: the plate's response is not calibrated, or its field says nothing."""
    deviation_index: float | None


@dataclass(frozen=True)
class KeptPlateStored:
    """An image that the reader kept from before is stored: no scan that the panel waits for."""

    sop_instance_uid: Uid
    path: str
    plate_id: str
    is_known: bool
    """False: nobody here knew whose it is; it is stored as an urgent one."""
    sentence: Sentence


@dataclass(frozen=True)
class PlateErased:
    """The reader erased it, after its image was durable here."""

    sop_instance_uid: Uid
    plate_id: str


@dataclass(frozen=True)
class PlateTrouble:
    """Nothing is lost, and a person should know: of the plate, or of the reader."""

    plate_id: str
    sentence: Sentence
    is_over: bool = False
