"""The faults of the drawer, and what each of them is to the device that has it."""

from collections.abc import Mapping
from enum import Enum

from firmware.worklist_worker import WORKLIST
from sim.archive_faults import ArchiveFaults
from sim.ris_peer import RisFaults

OUT_OF_RESOURCES = 0xA700
SLOW_S = 20.0
"""An answer that comes, and later than anybody waits for with pleasure."""


class Fault(Enum):
    COVER_OPEN = "cover-open"
    JAM = "jam"
    JAM_HALFWAY = "jam-halfway"
    LAMP_COLD = "lamp-cold"
    UNPLUGGED = "unplugged"
    CASSETTE_JAM = "cassette-jam"
    CASSETTE_LABEL = "cassette-label"
    READER_LASER = "reader-laser"
    READER_LAMP = "reader-lamp"
    READER_UNPLUGGED = "reader-unplugged"
    READER_CUT = "reader-cut"
    """When half of the image is over; and until it is turned off."""
    ARCHIVE_AWAY = "archive-away"
    ARCHIVE_REFUSES = "archive-refuses"
    ARCHIVE_SLOW = "archive-slow"
    RIS_AWAY = "ris-away"
    RIS_SLOW = "ris-slow"
    RIS_CHARACTER_SET = "ris-character-set"
    DISK_DEAD = "disk-dead"
    DISK_FULL = "disk-full"


OF_READER = frozenset(
    {
        Fault.CASSETTE_JAM,
        Fault.CASSETTE_LABEL,
        Fault.READER_LASER,
        Fault.READER_LAMP,
        Fault.READER_UNPLUGGED,
        Fault.READER_CUT,
    }
)
OF_ARCHIVE: Mapping[Fault, ArchiveFaults | None] = {
    Fault.ARCHIVE_AWAY: None,
    Fault.ARCHIVE_REFUSES: ArchiveFaults(store_status=OUT_OF_RESOURCES),
    Fault.ARCHIVE_SLOW: ArchiveFaults(answer_after_s=SLOW_S),
}
"""In the order of what is worst; None: nobody listens there."""
OF_RIS: Mapping[Fault, RisFaults | None] = {
    Fault.RIS_AWAY: None,
    Fault.RIS_SLOW: RisFaults(answer_after_s=SLOW_S),
    Fault.RIS_CHARACTER_SET: RisFaults(wrong_character_set=True),
}
"""Likewise."""
ON_THE_WIRE = frozenset(OF_RIS) - {Fault.RIS_AWAY}
"""A plain list of orders can be away, and nothing else."""
NOTICED_BY: Mapping[Fault, str] = {
    **dict.fromkeys(OF_RIS, WORKLIST),
    **dict.fromkeys(OF_READER, "plates"),
    Fault.DISK_DEAD: "array watch",
}
"""The worker that would look by itself within a minute, and may be woken to look now."""
