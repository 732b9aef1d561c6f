"""The archives: each has what the node says it has, and just the image that was stored."""

from collections.abc import Iterator

from sim.checker.look import Look

ACCEPTED = ("sent", "awaiting", "confirmed by query", "committed")
DENIED = ("commitment denied", "denied for good")


def what_is_sent_was_accepted(look: Look) -> Iterator[str]:
    """Told so, or found there with the same bytes (what was called a duplicate)."""
    for (uid, name), state in look.index.outbox.items():
        memory = look.archives[name]
        if state in ACCEPTED and uid not in memory.accepted and uid not in memory.bodies:
            yield f"{uid} is {state}, and {name} never took it"
        if state == "committed" and uid not in memory.promised:
            yield f"{uid} is committed, and {name} never promised it"


def what_was_told_sent_stays_sent(look: Look) -> Iterator[str]:
    """But for what the archive then said that it does not keep."""
    for entry in look.index.trail:
        if entry[3] in DENIED:
            look.known.sent.discard((entry[4], entry[5].partition(":")[0]))
    for place in look.known.sent - look.known.committed:
        if look.index.outbox.get(place) not in ACCEPTED:
            yield f"{place} was told to be sent, and is {look.index.outbox.get(place)}"


def what_was_told_committed_stays_committed(look: Look) -> Iterator[str]:
    for place in look.known.committed:
        if look.index.outbox.get(place) != "committed":
            yield f"{place} was told to be committed, and is {look.index.outbox.get(place)}"


def an_archive_has_the_same_image(look: Look) -> Iterator[str]:
    """Whose it is and that it is the film is held against the image here (images.py)."""
    for name, memory in look.archives.items():
        for uid, bodies in memory.bodies.items():
            row = look.index.instances.get(uid)
            look.known.seen.archived += 1
            if row is None:
                yield f"{uid} is at {name}, and the index does not know it"
            elif any(body.sha256 != row.sha256 for body in bodies):
                yield f"{uid} is another image at {name}"


def an_archive_saw_nothing_impossible(look: Look) -> Iterator[str]:
    for memory in look.archives.values():
        yield from memory.violations
