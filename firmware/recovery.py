"""At start: what a power cut or a crash left behind is found, mended or reported.

Files are the truth. A `.part` was never called stored and goes; a published file without a row is
adopted, a rejected or superseded one as what it is, and one that is none of ours is kept aside; a
row without its file is reported, until the file is there again, put back by a person or fetched
back just before the power went. Evictions half done are the eviction worker's. Runs before any
worker, under the store's lock.

A disk so full that the index cannot grow keeps no node from starting: eviction is what makes room.
What had to be written is put off then, and firmware/adoption.py does it as soon as there is room.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from firmware.dicom.entry_reader import read_entry
from firmware.events import Recovered
from firmware.index.catalogue import Catalogue
from firmware.index.entry import Entry
from firmware.index.keeping import Keeping, Kept
from firmware.keeping import Condition, Found
from firmware.routing import Route
from firmware.store import (
    ASIDE,
    REJECTED,
    SUPERSEDED,
    Store,
    path_of,
    published_path,
    rejected_path,
    superseded_path,
)
from hal.errors import StorageCorrupt, StorageFull
from hal.values import Uid

ACTOR = "recovery"
PUT_ASIDE = {
    REJECTED: (Condition.REJECTED, rejected_path),
    SUPERSEDED: (Condition.SUPERSEDED, superseded_path),
}


def recover(store: Store, catalogue: Catalogue, keeping: Keeping, route: Route) -> Recovered:
    cut_short = tuple(store.parts())
    for path in cut_short:
        store.disk.remove(path)
    for kept in keeping.in_condition(Condition.SUPERSEDED):
        store.supersede(kept.instance)
    for kept in keeping.in_condition(Condition.REJECTED):
        store.reject(kept.instance)
    present = set(store.published())
    indexed = catalogue.paths()
    known = set(indexed) | {kept.file.path for kept in keeping.in_condition(Condition.EVICTING)}
    taken = take_in(store, catalogue, keeping, sorted(present - known), route)
    put_aside = take_aside(store, catalogue, keeping)
    # A start that failed after it had noted some has told nobody; and the lamp forgets at a start.
    missing = tuple(kept.instance for kept in keeping.in_condition(Condition.MISSING))
    gone = tuple(Uid(uid) for path, uid in indexed.items() if path not in present)
    with suppress(StorageFull):  # told all the same, and the scrub comes upon them too
        for uid in gone:
            keeping.found(uid, Found.FILE_GONE)
    missing += gone
    return Recovered(cut_short, taken.adopted, taken.kept_aside, missing, taken.put_off, put_aside)


def take_in(
    store: Store, catalogue: Catalogue, keeping: Keeping, paths: list[str], route: Route
) -> Recovered:
    """Published files of no good row: taken back, adopted, kept aside; put off from the first on
    that the index has no room for.
    """
    adopted: list[Uid] = []
    kept_aside: list[str] = []
    put_off: tuple[str, ...] = ()
    for number, path in enumerate(paths):
        try:
            kept = keeping.at(path)
            if kept is None and _is_over(keeping, path):
                store.remove(path)
                aside: tuple[str, ...] = ()
            elif kept is None:
                entries, aside = adopt(store, catalogue, [path], route)
                adopted += [entry.sop_instance_uid for entry in entries]
            else:
                aside = _take_back(store, keeping, kept)
            kept_aside += aside
        except StorageFull:
            put_off = tuple(paths[number:])
            break
    return Recovered((), tuple(adopted), tuple(kept_aside), (), put_off)


def _is_over(keeping: Keeping, path: str) -> bool:
    """It was put aside, and its days are over; then a folder that could not be synced gave it its
    first name back."""
    return any(keeping.is_over(str(Path(path).with_suffix(suffix))) for suffix in ASIDE)


def _take_back(store: Store, keeping: Keeping, kept: Kept) -> tuple[str, ...]:
    """The file of an image that was damaged, missing or evicted, and is there again, bit for bit;
    what is kept aside because it is not what the row says.
    """
    path = kept.file.path
    if store.measure(path) != kept.file:
        return (store.quarantine(path),)
    store.disk.sync_folder(str(Path(path).parent))
    keeping.found(kept.instance, Found.RIGHT_DIGEST)
    return ()


def adopt(
    store: Store, catalogue: Catalogue, paths: list[str], route: Route
) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Index and queue files that were published; (what they are, what is kept aside instead).

    The copy of an image that was rejected while that was written is rejected with it.
    """
    adopted: list[Entry] = []
    kept_aside: list[str] = []
    # A process that was killed between rename and sync left names that only the cache has.
    for folder in sorted({str(Path(path).parent) for path in paths}):
        store.disk.sync_folder(folder)
    for path in paths:
        entry = own_entry(store, path)
        if entry is None:
            kept_aside.append(store.quarantine(path))
        elif catalogue.is_of_a_rejected(entry.sop_instance_uid):
            store.reject(entry.sop_instance_uid)
            adopted += adopt_aside(store, catalogue, rejected_path(entry.sop_instance_uid))
        else:
            catalogue.record(entry, store.measure(path), route, ACTOR, "adopted")
            adopted.append(entry)
    return tuple(adopted), tuple(kept_aside)


def take_aside(store: Store, catalogue: Catalogue, keeping: Keeping) -> tuple[Uid, ...]:
    """Rejected and superseded files that no row knows, after an index was lost; those whose days
    are over by their row go.

    Without room for their rows they stay as they are: nothing sends, evicts or removes them.
    """
    taken: list[Uid] = []
    with suppress(StorageFull):
        for path in store.put_aside():
            if keeping.is_over(path):
                store.remove(path)
            elif keeping.at(path) is None and keeping.at(published_path(path)) is None:
                entries = adopt_aside(store, catalogue, path)
                taken += [entry.sop_instance_uid for entry in entries]
    return tuple(taken)


def adopt_aside(store: Store, catalogue: Catalogue, path: str) -> tuple[Entry, ...]:
    """Indexed as what it is; one that is not this node's is in quarantine now."""
    condition, place_of = PUT_ASIDE[Path(path).suffix]
    entry = own_entry(store, path, place_of)
    if entry is None:
        store.quarantine(path)
        return ()
    catalogue.record_aside(entry, store.measure(path), condition, ACTOR)
    return (entry,)


def own_entry(store: Store, path: str, place_of: Callable[[Uid], str] = path_of) -> Entry | None:
    """None: no image of this node's, or one that somebody put under another's name."""
    try:
        entry = read_entry(store.disk, path)
    except StorageCorrupt:
        return None
    return entry if place_of(entry.sop_instance_uid) == path else None
