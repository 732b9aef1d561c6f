"""What people decided: rejected is not sent, accepted stays so, and a correction moves what was
chosen, to whom it was chosen for, and no pixel of it is lost.

Witnesses are the display, the finger, the desk and the archives. The index is read for what it
keeps of it, and the trail for what was decided: each of its entries is held by its hash.
"""

from collections.abc import Iterator

from hal.values import Uid
from sim.checker.look import Look

TIMED_OUT = "timed out"
VERDICTS = ("accepted", "rejected", TIMED_OUT)
PANEL = "panel"
REPLACED = ("superseded", "discarded")
FAILED = "failed"


def what_was_put_aside_is_not_sent(look: Look) -> Iterator[str]:
    """Rejected before it was sent, or replaced by another instance."""
    for uid, at_s in look.known.put_aside.items():
        for name, memory in look.archives.items():
            if memory.offered.get(Uid(uid), at_s) > at_s:
                yield f"{uid} was put aside, and sent to {name} after that"


def what_was_told_not_sent_is_at_no_archive(look: Look) -> Iterator[str]:
    """A person was told so, and warns nobody: under no UID that the image has had by then."""
    for uid in look.known.rejected:
        for name, memory in look.archives.items():
            if uid in memory.bodies:
                yield f"{uid} was rejected and told not to be sent, and {name} got it"


def a_decision_is_kept(look: Look) -> Iterator[str]:
    for _, _, actor, action, uid, *_ in look.index.trail:
        if action not in VERDICTS or actor != PANEL:
            continue
        before = look.known.verdicts.get(uid, TIMED_OUT)
        if action == TIMED_OUT != before:
            yield f"{uid} was {before}, and nobody came back for it"
        look.known.verdicts[uid] = action
    for uid, verdict in look.known.verdicts.items():
        if look.index.verdicts.get(uid, verdict) != verdict:
            yield f"{uid} was {verdict}, and is {look.index.verdicts[uid]}"


def a_correction_moves_what_was_chosen(look: Look) -> Iterator[str]:
    """Every superseded image has its successor: the same film, of the patient chosen for it."""
    images = {image.uid: image for image in look.known.images.values()}
    for uid, row in look.index.instances.items():
        successor = look.index.corrections.get(uid)
        if row.condition not in REPLACED or (row.condition != REPLACED[0] and successor is None):
            continue
        if row.condition != REPLACED[0] and _is_stopped(look, uid, successor):
            continue
        look.known.seen.corrected += 1
        old, new = images.get(uid), images.get(successor or "")
        if uid not in look.known.chosen:
            yield f"{uid} was corrected, and nobody asked for it"
        elif successor is None or successor not in look.index.instances:
            yield f"{uid} is superseded, and no image is in its place"
        elif old is None or new is None:
            continue  # its file was reached by a fault before anybody saw what it shows
        elif new.film != old.film:
            yield f"film {old.film} is superseded by film {new.film}"
        elif not any(new.is_of(chosen) for chosen in look.known.chosen[uid]):
            yield f"film {new.film} was given to {new.family} {new.given}, chosen by nobody"


def _is_stopped(look: Look, uid: str, successor: str | None) -> bool:
    """Rejected while its successor was laid only: its days were over, and nothing replaced it."""
    return look.index.verdicts.get(uid) == "rejected" and successor not in look.index.instances


def a_note_names_what_was_replaced(look: Look) -> Iterator[str]:
    for refused in look.known.notes.values():
        for uid in sorted(refused):
            row = look.index.instances.get(uid)
            if row is None or row.condition not in REPLACED:
                yield f"a rejection note names {uid}, which nothing replaced"


def what_was_asked_for_is_done(look: Look) -> Iterator[str]:
    """At the end, unless what it takes was rotten, or lost by an archive that had promised it. An
    archive that has what was replaced was told so, by a note."""
    is_harmed = look.harmed or _is_lost_elsewhere(look)
    for study, outcome, said in look.index.requests:
        if outcome != "done" and not is_harmed:
            yield f"the correction of study {study} is {outcome}: {said}"
    for uid, row in look.index.instances.items():
        for name, memory in look.archives.items():
            is_there = row.condition == REPLACED[0] and Uid(uid) in memory.accepted
            if is_there and not look.harmed and not _is_noted(look, uid, name):
                yield f"{uid} was replaced, is at {name}, and no note of it was sent there"


def _is_lost_elsewhere(look: Look) -> bool:
    evicted = [uid for uid, row in look.index.instances.items() if row.condition == "evicted"]
    return any(memory.lied_about(Uid(uid)) for memory in look.archives.values() for uid in evicted)


def _is_noted(look: Look, uid: str, name: str) -> bool:
    """Its content is not known where it was evicted before anybody looked."""
    note = look.index.note_of.get(uid, "")
    row = look.index.instances.get(note)
    if row is None or (note, name) not in look.index.outbox:
        return False
    return uid in look.known.notes.get(row.sha256, frozenset({uid}))
