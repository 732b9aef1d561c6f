"""What can become of a stored file, and every change there is.

Nothing is given up on the way out: EVICTING is entered only when every destination has committed
(firmware/index/keeping.py asks for it in the same transaction), and what is DAMAGED or MISSING
stays on record until it is good again.
"""

from dataclasses import dataclass
from enum import Enum


class Condition(Enum):
    GOOD = "good"
    DAMAGED = "damaged"
    """Not what was written. The file is in quarantine/."""
    MISSING = "missing"
    EVICTING = "evicting"
    EVICTED = "evicted"
    """Removed to make room. The archive keeps it; the row stays, and a person can have it back."""
    REJECTED = "rejected"
    """By a person, before it was sent. The file stays (store.REJECTED), and is not sent."""
    SUPERSEDED = "superseded"
    """Corrected: another instance is in its place. The file stays (store.SUPERSEDED), not sent."""
    DISCARDED = "discarded"
    """It was one of these two, and its days are over: the file is removed, the row stays."""


@dataclass(frozen=True)
class Rules:
    """How long files stay, in days after the archive's commitment. Without one they stay."""

    keep_days: float
    keep_urgent_days: float
    restored_days: float = 0.0
    """After it was fetched back: the image, and the damaged file that it replaced."""
    trusted_lists: tuple[str, ...] = ()
    """Archives whose list is enough, by configuration, where others have to commit."""


class Found(Enum):
    WRONG_DIGEST = "wrong digest"
    FILE_GONE = "file gone"
    EVICTION_CHOSEN = "eviction chosen"
    FILE_REMOVED = "file removed"
    RIGHT_DIGEST = "right digest"
    FETCHED_BACK = "fetched back"
    """From the archive, and proven by its digest."""
    REJECTED = "rejected"
    CORRECTED = "corrected"
    """Its successor is stored and queued, in the same transaction."""
    DAYS_OVER = "days over"


CHANGES: dict[tuple[Condition, Found], Condition] = {
    (Condition.GOOD, Found.WRONG_DIGEST): Condition.DAMAGED,
    (Condition.GOOD, Found.FILE_GONE): Condition.MISSING,
    (Condition.GOOD, Found.EVICTION_CHOSEN): Condition.EVICTING,
    (Condition.GOOD, Found.REJECTED): Condition.REJECTED,
    (Condition.GOOD, Found.CORRECTED): Condition.SUPERSEDED,
    # firmware/index/forgetting.py: superseded only when every archive has its successor for good.
    (Condition.REJECTED, Found.DAYS_OVER): Condition.DISCARDED,
    (Condition.SUPERSEDED, Found.DAYS_OVER): Condition.DISCARDED,
    (Condition.EVICTING, Found.FILE_REMOVED): Condition.EVICTED,
    # A disk that came back, or a file that a person put back.
    (Condition.MISSING, Found.RIGHT_DIGEST): Condition.GOOD,
    # Or one that was fetched back, and the power went before the row said so.
    (Condition.DAMAGED, Found.RIGHT_DIGEST): Condition.GOOD,
    (Condition.EVICTED, Found.RIGHT_DIGEST): Condition.GOOD,
    (Condition.DAMAGED, Found.FETCHED_BACK): Condition.GOOD,
    (Condition.MISSING, Found.FETCHED_BACK): Condition.GOOD,
    (Condition.EVICTED, Found.FETCHED_BACK): Condition.GOOD,
}
