"""What each fault is at a call: the error that the driver there would raise, sentence and all."""

from collections.abc import Callable

from drivers.cassette_sentences import ERRORS as READER_SAYS
from drivers.cassette_sentences import LINE_LOST, SILENT
from drivers.film_scanner_sentences import (
    CANCELLED,
    COVER_OPEN,
    FATAL,
    NOT_READY,
    REFUSED,
    UNPLUGGED,
)
from drivers.posix_disk import FAILED
from drivers.wire.cassette_messages import ErrorCode
from hal.errors import (
    DeviceMisbehaved,
    DeviceNeedsOperator,
    DeviceUnavailable,
    PeerRetryable,
    ScanCancelled,
    Sentence,
    StorageFailed,
)
from sim.disk import ShortWrite, SyncLied
from sim.faults import Fault

PANEL_SILENT = Sentence(
    en="The panel does not answer: check its cable.",
    fr="Le panneau ne répond pas : vérifiez son câble.",
)
WORKLIST_SILENT = Sentence(
    en="The worklist does not answer. It is asked again by itself.",
    fr="La liste de travail ne répond pas. Elle sera redemandée automatiquement.",
)
INPUT_OUTPUT = FAILED.fill(reason="Input/output error")


class RowsEnd(Exception):
    """No more rows come, and nothing is said."""


class RowsSkipped(Exception):
    """This block is lost on the way, and nothing is said."""


class PressLost(Exception):
    """The finger pressed, and nothing closed."""


class PressTwice(Exception):
    """The contact bounced for longer than the driver waits."""


class FrameSpoilt(Exception):
    """On the cassette reader's line; whoever carries it draws how."""


class NotErasedBefore(Exception):
    """The plate was read, and not erased, before it was exposed."""


ERRORS: dict[Fault, Callable[[], Exception]] = {
    Fault.FILE_IO: lambda: StorageFailed(INPUT_OUTPUT),
    Fault.FILE_SYNC: lambda: StorageFailed(INPUT_OUTPUT),
    Fault.FOLDER_SYNC: lambda: StorageFailed(INPUT_OUTPUT),
    Fault.FILE_READ: lambda: StorageFailed(INPUT_OUTPUT),
    Fault.SHORT_WRITE: lambda: ShortWrite(INPUT_OUTPUT),
    Fault.INDEX_IO: lambda: StorageFailed(INPUT_OUTPUT),
    Fault.INDEX_SYNC: lambda: StorageFailed(INPUT_OUTPUT),
    Fault.SYNC_LIES: SyncLied,
    Fault.UNPLUGGED: lambda: DeviceUnavailable(UNPLUGGED),
    Fault.COVER: lambda: DeviceNeedsOperator(COVER_OPEN),
    Fault.LAMP: lambda: DeviceMisbehaved(NOT_READY),
    Fault.JAM: lambda: DeviceMisbehaved(FATAL),
    Fault.NAK: lambda: DeviceMisbehaved(REFUSED),
    Fault.ROWS_SHORT: RowsEnd,
    Fault.ROWS_LOST: RowsSkipped,
    Fault.STOPPED_THERE: lambda: ScanCancelled(CANCELLED),
    Fault.PRESS_LOST: PressLost,
    Fault.PRESS_TWICE: PressTwice,
    Fault.PANEL: lambda: DeviceUnavailable(PANEL_SILENT),
    Fault.WORKLIST_AWAY: lambda: PeerRetryable(WORKLIST_SILENT),
    Fault.READER_AWAY: lambda: DeviceUnavailable(LINE_LOST),
    Fault.READER_NOISE: FrameSpoilt,
    Fault.PLATE_USED: NotErasedBefore,
}
HOLDS_AT: dict[Fault, tuple[tuple[str, str], ...]] = {
    Fault.UNPLUGGED: (("scanner", "identify"), ("scanner", "scan"), ("scanner", "rows")),
    Fault.COVER: (("scanner", "scan"), ("scanner", "rows")),
    Fault.LAMP: (("scanner", "scan"), ("scanner", "rows")),
}
"""A fault that lasts is there at more calls than those that it can begin with."""
MENDED_BY_HAND: dict[str, Fault] = {
    UNPLUGGED.en: Fault.UNPLUGGED,
    COVER_OPEN.en: Fault.COVER,
    NOT_READY.en: Fault.LAMP,
    LINE_LOST.en: Fault.READER_AWAY,
    SILENT.en: Fault.READER_SILENT,
    READER_SAYS[ErrorCode.JAM][1].en: Fault.CASSETTE_JAM,
    READER_SAYS[ErrorCode.BARCODE_UNREADABLE][1].en: Fault.CASSETTE_LABEL,
    READER_SAYS[ErrorCode.LASER][1].en: Fault.READER_LASER,
    READER_SAYS[ErrorCode.ERASE_FAILED][1].en: Fault.ERASE_FAILED,
    READER_SAYS[ErrorCode.WRONG_CASSETTE][1].en: Fault.CASSETTE_SWAPPED,
}
"""What the display says -> what a person who reads it puts right."""
