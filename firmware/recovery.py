"""At start: what a power cut or a crash left behind is found, mended or reported.

Files are the truth. A `.part` was never called stored and goes; a published file without a row is
adopted, and one that is none of ours is kept aside; a row without its file is reported, until the
file is there again, put back by a person or fetched back just before the power went. Evictions
half done are the eviction worker's. Runs before any worker, under the store's lock.
"""

from pathlib import Path

from firmware.dicom.entry_reader import read_entry
from firmware.events import Recovered
from firmware.index.catalogue import Catalogue
from firmware.index.entry import Entry
from firmware.index.keeping import Keeping
from firmware.keeping import Condition, Found
from firmware.routing import Route
from firmware.store import Store, path_of
from hal.errors import StorageCorrupt
from hal.values import Uid

ACTOR = "recovery"


def recover(store: Store, catalogue: Catalogue, keeping: Keeping, route: Route) -> Recovered:
    cut_short = tuple(store.parts())
    for path in cut_short:
        store.disk.remove(path)
    present = set(store.published())
    indexed = catalogue.paths()
    known = set(indexed) | {kept.file.path for kept in keeping.in_condition(Condition.EVICTING)}
    strays, no_longer_good = _take_back(store, keeping, sorted(present - known))
    adopted, kept_aside = adopt(store, catalogue, strays, route)
    missing = tuple(Uid(uid) for path, uid in indexed.items() if path not in present)
    for uid in missing:
        keeping.found(uid, Found.FILE_GONE)
    return Recovered(cut_short, adopted, no_longer_good + kept_aside, missing)


def _take_back(
    store: Store, keeping: Keeping, paths: list[str]
) -> tuple[list[str], tuple[str, ...]]:
    """Files of images that were damaged, missing or evicted, and are there again, bit for bit.

    (paths that no row knows, what is kept aside because it is not what the row says).
    """
    strays, kept_aside = [], []
    for path in paths:
        kept = keeping.at(path)
        if kept is None:
            strays.append(path)
        elif store.measure(path) == kept.file:
            store.disk.sync_folder(str(Path(path).parent))
            keeping.found(kept.instance, Found.RIGHT_DIGEST)
        else:
            kept_aside.append(store.quarantine(path))
    return strays, tuple(kept_aside)


def adopt(
    store: Store, catalogue: Catalogue, paths: list[str], route: Route
) -> tuple[tuple[Uid, ...], tuple[str, ...]]:
    """Index and queue files that were published; (their UIDs, what is kept aside instead)."""
    adopted, kept_aside = [], []
    # A process that was killed between rename and sync left names that only the cache has.
    for folder in sorted({str(Path(path).parent) for path in paths}):
        store.disk.sync_folder(folder)
    for path in paths:
        entry = _own_entry(store, path)
        if entry is None:
            kept_aside.append(store.quarantine(path))
        else:
            catalogue.record(entry, store.measure(path), route, ACTOR, "adopted")
            adopted.append(entry.sop_instance_uid)
    return tuple(adopted), tuple(kept_aside)


def _own_entry(store: Store, path: str) -> Entry | None:
    """None: no image of this node's, or one that somebody put under another's name."""
    try:
        entry = read_entry(store.disk, path)
    except StorageCorrupt:
        return None
    return entry if path_of(entry.sop_instance_uid) == path else None
