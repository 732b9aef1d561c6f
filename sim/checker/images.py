"""Files and rows: nothing that was called stored is lost, and neither is without the other."""

from collections.abc import Iterator

from pydicom.errors import InvalidDicomError

from sim.checker.image import read_image, read_note
from sim.checker.known import Known
from sim.checker.look import Look

PLACE, WHOLE, PART, ASIDE = "instances/", ".dcm", ".part", "quarantine"
GONE = ("evicting", "evicted")
ASIDE_SUFFIXES = (".rejected", ".superseded")
"""Of whole images that are not to be sent; in the folder where they were."""
NOT_IN_USE = ("rejected", "superseded", "discarded")
REJECTED = ("rejected", "discarded")
LOST = ("damaged", "missing")
WITH_FILE = ("good", "rejected", "superseded")
UNREADABLE = (InvalidDicomError, AttributeError, KeyError, ValueError, TypeError, EOFError)


def put_aside(path: str) -> tuple[str, ...]:
    """Where an image goes that was rejected or superseded."""
    return tuple(path.removesuffix(WHOLE) + suffix for suffix in ASIDE_SUFFIXES)


def what_was_called_stored_is_here_or_promised(look: Look) -> Iterator[str]:
    for uid, sha256 in look.known.stored.items():
        row = look.index.instances.get(uid)
        if row is None:
            yield f"{uid} was called stored and is not in the index"
        elif row.sha256 != sha256:
            yield f"{uid} has another digest in the index"
        elif row.condition in LOST and row.path not in look.harmed:
            yield f"{uid} is {row.condition}, and no fault did it"


def a_row_has_its_file(look: Look) -> Iterator[str]:
    look.known.seen.rows += len(look.index.instances)
    for uid, row in look.index.instances.items():
        if row.condition in WITH_FILE and look.digest(row.path) != row.sha256:
            if not look.is_harmed(row.path):
                yield f"{row.path} is not what the index says, and no fault did it"
        elif row.condition in GONE and not look.promised(uid):
            yield f"{uid} is {row.condition}, and the archive never promised to keep it"


def what_is_lost_was_told(look: Look) -> Iterator[str]:
    for uid, row in look.index.instances.items():
        if row.condition in LOST and uid not in look.known.lost:
            yield f"{uid} is {row.condition}, and nobody was told"


def what_is_damaged_is_kept_aside(look: Look) -> Iterator[str]:
    for uid, row in look.index.instances.items():
        aside = f"{ASIDE}/{row.path.rpartition('/')[2]}"
        is_gone = look.disk.seen(aside) is None and aside not in look.harmed
        if row.condition == "damaged" and is_gone:
            yield f"{uid} is damaged, and what there was of it is gone"


def a_file_has_its_row(look: Look) -> Iterator[str]:
    """After a start: what was cut short is gone, what was whole is adopted or kept aside."""
    kept = {row.path for row in look.index.instances.values() if row.condition != "evicted"}
    for path in look.disk.paths:
        if path.endswith(PART):
            yield f"{path} was left behind"
        elif path.startswith(PLACE) and path not in kept and path not in look.known.put_off:
            yield f"{path} has no row: neither adopted, nor put off, nor kept aside"


def no_start_throws_an_image_away(look: Look) -> Iterator[str]:
    """But one whose days are over by its row, and whose first name a cut brought back."""
    over = {row.path for row in look.index.instances.values() if row.condition == "discarded"}
    for path in look.found:
        if not over.isdisjoint(put_aside(path)):
            continue
        places = (path, f"{ASIDE}/{path.rpartition('/')[2]}", *put_aside(path))
        if all(look.disk.seen(place) is None for place in places):
            yield f"{path} was there before the start, and is nowhere"


def what_is_indexed_is_queued(look: Look) -> Iterator[str]:
    queued = {uid for uid, _ in look.index.outbox}
    for uid in look.index.instances.keys() - queued:
        if look.index.instances[uid].condition not in REJECTED:
            yield f"{uid} is on its way to nowhere"


def no_uid_is_given_twice(look: Look) -> Iterator[str]:
    for uid in sorted(look.index.laid & look.index.instances.keys()):
        yield f"{uid} is stored and would be given to the next scan too"


def an_image_is_of_the_film_and_the_patient_on_the_display(look: Look) -> Iterator[str]:
    """Not of one that a start adopted from a disk whose fsync had lied: its row is as torn."""
    for uid, row in look.index.instances.items():
        is_known = row.sha256 in look.known.images or row.sha256 in look.known.notes
        if is_known or look.is_harmed(row.path):
            continue
        if look.digest(row.path) == row.sha256:
            inode = look.disk.seen(row.path)
            if inode is not None:
                yield from untrue(look.known, uid, row.path, row.sha256, bytes(inode.data))


TRUE = an_image_is_of_the_film_and_the_patient_on_the_display.__name__.replace("_", " ")


def untrue(known: Known, uid: str, path: str, sha256: str, content: bytes) -> Iterator[str]:
    """Of one image, read once."""
    try:
        image = known.images[sha256] = read_image(content)
    except UNREADABLE as error:
        if not _is_note(known, sha256, content):
            yield f"{uid} is no image: {error}"
        return
    known.seen.images += 1
    known.paths.setdefault(image.film, set()).add(path)
    if image.uid != uid:
        yield f"{uid} is {image.uid} in its file"
    if not image.is_whole:
        yield f"{uid} is not the film or plate that was put in"
    confirmed = known.confirmed.get(image.film, set())
    if not any(image.is_of(one) for one in confirmed):
        shown = "; ".join(sorted(confirmed)) or "nothing"
        yield f"film {image.film} is filed under {image.family} {image.given}, confirmed: {shown}"


def _is_note(known: Known, sha256: str, content: bytes) -> bool:
    try:
        refused = read_note(content)
    except UNREADABLE:
        return False
    if refused is not None:
        known.notes[sha256] = refused
        known.seen.noted += 1
    return refused is not None


def a_film_thrown_away_has_its_image(look: Look) -> Iterator[str]:
    """In use; or a person rejected it after all, and it is kept."""
    kept = {
        look.film(uid, row.sha256)
        for uid, row in look.index.instances.items()
        if row.condition not in NOT_IN_USE
        or uid in look.known.may_reject
        or is_replaced_unseen(look, uid)
    }
    unknown = any(  # a file that a fault took before anybody saw which film it shows
        row.path in look.harmed and row.sha256 not in look.known.images
        for row in look.index.instances.values()
    )
    for film in look.thrown_away:
        look.known.seen.thrown_away += 1
        if film not in kept and not unknown:
            yield f"film {film} was thrown away, and no image shows it"


def is_replaced_unseen(look: Look, uid: str) -> bool:
    """What took its place was adopted at a start, and evicted before anybody saw what it shows."""
    row = look.index.instances.get(look.index.corrections.get(uid, ""))
    return row is not None and row.sha256 not in look.known.images and row.condition in GONE


def the_index_is_whole(look: Look) -> Iterator[str]:
    yield from look.index.troubles
