"""What happened, as values: the log, the panel, the page and the demo listen to these.

They carry UIDs, never a patient's name; SeenBefore has one for the panel, which no log gets.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from firmware.plate_events import KeptPlateStored, PlateErased, PlateFound, PlateTrouble
from hal.errors import Sentence
from hal.values import Uid


@dataclass(frozen=True)
class Recovered:
    """What the start found of a power cut or a crash, and what became of it."""

    cut_short: tuple[str, ...] = ()
    """Scans that were never stored: their films have to be scanned again."""
    adopted: tuple[Uid, ...] = ()
    """Stored but not in the index: they are now, and queued."""
    kept_aside: tuple[str, ...] = ()
    """Files that are none of this node's images, in quarantine/."""
    missing: tuple[Uid, ...] = ()
    """In the index, but their files are gone: found now, or before and not back."""
    put_off: tuple[str, ...] = ()
    """Stored, and the index has no room for their rows yet."""
    put_aside: tuple[Uid, ...] = ()
    """Rejected or superseded, and not in the index: they are now, and sent nowhere."""


@dataclass(frozen=True)
class Adopted:
    """There was room at last for what the start had put off."""

    adopted: tuple[Uid, ...]
    kept_aside: tuple[str, ...]
    left: int
    """Still put off."""


@dataclass(frozen=True)
class ScanStarted:
    device: str


@dataclass(frozen=True)
class FilmFound:
    columns: int
    rows: int
    resolution_dpi: int
    film_size: str
    """e.g. "24x30 cm"; empty when it is no standard size."""
    tilt_deg: float | None
    """Clockwise positive; None when no edge is straight."""
    reaches_edge: bool
    """The film may go on beyond the scan area."""


@dataclass(frozen=True)
class CalibrationIgnored:
    """It was made on another scanner: the image says that its density is not calibrated."""

    made_on: str
    scanner: str


@dataclass(frozen=True)
class SameFilm:
    """The film on the scanner was scanned before, to all appearance."""

    of: Uid
    """The image that was made of it then."""
    at: datetime
    is_other_patients: bool
    """It was scanned under another patient: this image must not go before somebody has looked."""
    likeness: float
    sentence: Sentence


@dataclass(frozen=True)
class SeenBefore:
    """Under which other patient the film was scanned; the image was stored held."""

    time: str
    """As people say it; with the day, where it was not today."""
    name: str = field(repr=False)  # the log has no names


@dataclass(frozen=True)
class RowsArrived:
    rows: int
    rows_total: int
    size_bytes: int
    elapsed_s: float


@dataclass(frozen=True)
class Stored:
    """Durable and indexed: from here on it may be called stored."""

    sop_instance_uid: Uid
    path: str
    rows: int
    columns: int
    sha256: str
    scan_s: float
    last_row_to_durable_s: float
    seen_before: SeenBefore | None = None


@dataclass(frozen=True)
class ScanFailed:
    sentence: Sentence


@dataclass(frozen=True)
class Accepted:
    """A person looked at it and let it go, or ended its examination."""

    sop_instance_uid: Uid


@dataclass(frozen=True)
class Rejected:
    sop_instance_uid: Uid
    reason: str
    was_sent: bool
    """It was there before, or got there all the same."""
    is_being_sent: bool = False
    """At this moment: what becomes of it is told by another of these."""
    may_have_come: bool = False
    """A sending of it was cut off or failed, and nobody knows whether the archive has it."""


@dataclass(frozen=True)
class Sent:
    sop_instance_uid: Uid
    destination: str
    send_s: float
    """From asking for an association to this instance's response."""
    warning: str = ""
    """The archive accepted it, and says that it changed or doubted something."""
    size_bytes: int = 0
    took_s: float = 0.0
    """Of it alone: since the response before, or since the association was asked for."""


@dataclass(frozen=True)
class AcceptsSyntaxes:
    """An archive was asked in which transfer syntaxes it takes a kind of image."""

    destination: str
    sop_class_uid: Uid
    transfer_syntaxes: tuple[Uid, ...]


@dataclass(frozen=True)
class MadeSmall:
    """For a thin line, ahead of its turn; or not, and then it goes as it is stored."""

    sop_instance_uid: Uid
    codec: str
    size_bytes: int
    made_bytes: int
    why_not: str = ""


@dataclass(frozen=True)
class NotSent:
    sop_instance_uid: Uid
    destination: str
    sentence: Sentence
    will_retry: bool


@dataclass(frozen=True)
class SaidDuplicate:
    """The archive says that it has one with this UID: neither sent nor refused, until compared."""

    sop_instance_uid: Uid
    destination: str
    sentence: Sentence


@dataclass(frozen=True)
class Compared:
    """What an archive called a duplicate was fetched, and held against what is stored."""

    sop_instance_uid: Uid
    destination: str
    same: bool


@dataclass(frozen=True)
class FellBack:
    """It waited too long while its archive is away: another one gets it too."""

    sop_instance_uid: Uid
    destination: str
    fallback: str


@dataclass(frozen=True)
class ConfirmedByQuery:
    """The archive lists it. It has promised nothing."""

    sop_instance_uid: Uid
    destination: str


@dataclass(frozen=True)
class CommitmentAsked:
    transaction_uid: Uid
    destination: str
    count: int


@dataclass(frozen=True)
class CommitmentNotTaken:
    transaction_uid: Uid
    destination: str
    sentence: Sentence
    refused: bool
    """The archive has no storage commitment, or said no; else it may answer later."""


@dataclass(frozen=True)
class CommitmentDenied:
    """Accepted once, but not kept: it is queued again."""

    sop_instance_uid: Uid
    destination: str
    sentence: Sentence
    is_held: bool = False
    """Too often: a person has to look."""


@dataclass(frozen=True)
class Committed:
    sop_instance_uid: Uid
    destination: str


@dataclass(frozen=True)
class ReportUnknown:
    """A commitment report for nothing that was asked: not believed."""

    transaction_uid: Uid


@dataclass(frozen=True)
class FileDamaged:
    """A stored file is not what it was, or gone. What there is of it is in quarantine/."""

    sop_instance_uid: Uid
    why: str
    comes_back: bool = False
    """An archive committed to it: it is fetched from there by itself."""


@dataclass(frozen=True)
class FetchedBack:
    """It is good again: the archive gave back the very bytes that were stored."""

    sop_instance_uid: Uid
    was: str
    """A Condition's value: damaged, missing or evicted."""
    lost_left: int
    """So many others are damaged or missing still."""


@dataclass(frozen=True)
class NotFetchedBack:
    sop_instance_uid: Uid
    sentence: Sentence
    is_lost: bool
    """Damaged or missing here; else it was evicted, and somebody asked for it."""


@dataclass(frozen=True)
class Evicted:
    """Removed to make room; every archive had committed to it."""

    sop_instance_uid: Uid


@dataclass(frozen=True)
class CertificateEnds:
    destination: str
    days_left: int
    sentence: Sentence


@dataclass(frozen=True)
class QueueTrouble:
    """What in the queue needs a person, or that nothing does any more."""

    held: int
    stray: int
    """Waiting for an archive that the configuration does not have."""
    sentence: Sentence
    steps: int = 0
    """Procedure steps that the RIS refused."""

    @property
    def in_trouble(self) -> bool:
        return bool(self.held or self.stray or self.steps)


@dataclass(frozen=True)
class Reconciled:
    """A corrected image is stored and queued; the one that was wrong is not sent any more."""

    sop_instance_uid: Uid
    of: Uid


@dataclass(frozen=True)
class Imported:
    """A file that a person brought is stored and queued, or was there already."""

    sop_instance_uid: Uid
    verdict: str


@dataclass(frozen=True)
class NotImported:
    sop_instance_uid: Uid
    """Empty where the file does not say it."""
    verdict: str


@dataclass(frozen=True)
class SpaceLow:
    """Nothing more may be evicted, and room is short."""

    free_bytes: int
    low_bytes: int


@dataclass(frozen=True)
class AuditHead:
    """The newest entry of the trail. In the log, it shows a tail that was cut off the index."""

    seq: int
    hash: str


@dataclass(frozen=True)
class ArrayChanged:
    state: str
    """An ArrayState's value; `unknown` when the array could not be asked."""
    sentence: Sentence
    """The worst trouble, or that all is well again."""
    in_trouble: bool
    """The fault lamp."""


@dataclass(frozen=True)
class WorkerFailed:
    worker: str
    sentence: Sentence


Event = (
    ScanStarted
    | FilmFound
    | SameFilm
    | PlateFound
    | PlateErased
    | PlateTrouble
    | KeptPlateStored
    | RowsArrived
    | CalibrationIgnored
    | Stored
    | ScanFailed
    | Accepted
    | Rejected
    | AcceptsSyntaxes
    | MadeSmall
    | Sent
    | NotSent
    | SaidDuplicate
    | CertificateEnds
    | QueueTrouble
    | Reconciled
    | Imported
    | NotImported
    | Compared
    | FellBack
    | ConfirmedByQuery
    | CommitmentAsked
    | CommitmentNotTaken
    | CommitmentDenied
    | Committed
    | ReportUnknown
    | ArrayChanged
    | WorkerFailed
    | Recovered
    | Adopted
    | AuditHead
    | FileDamaged
    | FetchedBack
    | NotFetchedBack
    | Evicted
    | SpaceLow
)
Listener = Callable[[Event], None]
