"""What the panel says of an event that has more to it than one sentence. Pure."""

from firmware.events import (
    FetchedBack,
    FilmFound,
    NotFetchedBack,
    Recovered,
    Rejected,
)
from firmware.panel_sentences import (
    CROOKED,
    CUT_SHORT,
    FILES_MISSING,
    FOUND,
    NOT_RESTORED,
    PUT_OFF,
    REACHES_EDGE,
    RECOVERED,
    REJECTED,
    REJECTED_ON_ITS_WAY,
    REJECTED_PERHAPS_LATE,
    REJECTED_TOO_LATE,
    RESTORED,
    RESTORED_BUT,
)
from hal.errors import Sentence

CROOKED_DEG = 3.0  # more than a careful hand leaves, and enough to see


def rejected(event: Rejected) -> Sentence:
    if event.is_being_sent:
        return REJECTED_ON_ITS_WAY
    if event.may_have_come:
        return REJECTED_PERHAPS_LATE
    return REJECTED_TOO_LATE if event.was_sent else REJECTED


def restored(event: FetchedBack) -> Sentence:
    sentence = RESTORED_BUT if event.lost_left else RESTORED
    return sentence.fill(uid=event.sop_instance_uid, count=event.lost_left)


def not_restored(event: NotFetchedBack) -> Sentence:
    return NOT_RESTORED.fill(uid=event.sop_instance_uid, why=event.sentence)


def recovered(event: Recovered) -> Sentence:
    """The worst of it first: the display has room for one."""
    if event.missing:
        return FILES_MISSING.fill(count=len(event.missing))
    if event.cut_short:
        return CUT_SHORT
    if event.put_off:
        return PUT_OFF.fill(count=len(event.put_off))
    return RECOVERED.fill(count=len(event.adopted) + len(event.kept_aside))


def film_found(event: FilmFound) -> Sentence:
    if event.reaches_edge:
        return REACHES_EDGE
    if event.tilt_deg is not None and abs(event.tilt_deg) >= CROOKED_DEG:
        return CROOKED.fill(tilt_deg=abs(event.tilt_deg))
    return FOUND.fill(
        film_size=f"{event.film_size} " if event.film_size else "",
        columns=event.columns,
        rows=event.rows,
        resolution_dpi=event.resolution_dpi,
    )
