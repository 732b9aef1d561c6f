"""What was told, shown and seen from outside: all that a node is held to."""

from dataclasses import dataclass, field

from sim.checker.image import Image

VIOLATION = "VIOLATION"  # in the trace


@dataclass(frozen=True)
class Violation:
    invariant: str
    detail: str
    at_s: float

    def __str__(self) -> str:
        return f"{self.invariant}: {self.detail}"


class Violated(Exception):
    """Ends a world: what comes after a broken promise proves nothing."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(str(violation))
        self.violation = violation


@dataclass
class Seen:
    """How much was looked at. A check that had nothing to look at would find nothing."""

    stored: int = 0
    """Images called stored, each looked for on the platter at once."""
    sent: int = 0
    committed: int = 0
    evicted: int = 0
    cuts: int = 0
    starts: int = 0
    """Starts after which the whole store was held against what had been told."""
    rows: int = 0
    """Rows of the index, again at each start."""
    digests: int = 0
    """Files read and hashed."""
    images: int = 0
    """Compared pixel by pixel with the film that lay on the glass, and by name with the display."""
    archived: int = 0
    """Images at the archive, compared with what was stored here."""
    thrown_away: int = 0
    """Films of which the image is all there is."""
    trail: int = 0
    """Entries of the trail whose hash was computed again."""
    heads: int = 0
    """Of the trail, told and found in it again."""
    plates: int = 0
    """Erased ones, each looked for on the platter at that moment."""
    rejected: int = 0
    """Images that were told to be rejected by the panel."""
    corrected: int = 0
    """Superseded images, each compared with its successor and with what was chosen at the desk."""
    noted: int = 0
    """Rejection notes."""
    presses: int = 0
    drained: int = 0
    """Worlds in which everything reached the archive once all worked again."""


@dataclass
class Known:
    stored: dict[str, str] = field(default_factory=dict)
    """UID -> SHA-256, as the node told when it called the image stored."""
    sent: set[tuple[str, str]] = field(default_factory=set)
    """(UID, destination)."""
    committed: set[tuple[str, str]] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    """Told to be damaged or missing."""
    put_off: frozenset[str] = frozenset()
    """Files of which the node told at this start that its index has no room for them yet."""
    images: dict[str, Image] = field(default_factory=dict)
    """SHA-256 of a file -> what it shows."""
    paths: dict[int, set[str]] = field(default_factory=dict)
    """Film or plate -> files that were seen to show it."""
    read: set[int] = field(default_factory=set)
    """Plates whose latent image is gone."""
    erased: set[int] = field(default_factory=set)
    """And of which the reader keeps nothing any more."""
    confirmed: dict[int, set[str]] = field(default_factory=dict)
    """Film -> what the display showed when SCAN was pressed for it; URGENT: that word."""
    may_reject: set[str] = field(default_factory=set)
    """UIDs for which a person pressed the button that rejects, the question on the display."""
    rejected: set[str] = field(default_factory=set)
    """Told to be put aside, and not to be sent."""
    put_aside: dict[str, float] = field(default_factory=dict)
    """UID -> since when it may not be sent any more; nothing of it was on a line then."""
    verdicts: dict[str, str] = field(default_factory=dict)
    """UID -> the last decision of a person, as the trail has it."""
    chosen: dict[str, list[str]] = field(default_factory=dict)
    """UID -> to whom it was to be given, as a display would show them."""
    notes: dict[str, frozenset[str]] = field(default_factory=dict)
    """SHA-256 of a rejection note's file -> the UIDs that it names."""
    seen: Seen = field(default_factory=Seen)
