"""The index's rows from the files alone: what is good is queued, what was put aside stays so.

A rejected or superseded image is told by its file's name. One that was corrected just before its
file got that name is told by its successor, which names it and has its pixels.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from firmware.correcting import Correcting
from firmware.dicom.corrected import NotCorrectable
from firmware.index.catalogue import Catalogue
from firmware.index.corrections import Waiting
from firmware.index.entry import Entry
from firmware.index.found_again import FoundAgain
from firmware.keeping import Condition
from firmware.recovery import adopt, adopt_aside
from firmware.routing import Route
from firmware.store import ASIDE, Store, path_of
from hal.errors import StorageCorrupt
from hal.values import Uid


@dataclass
class Rebuilding:
    store: Store
    catalogue: Catalogue
    found: FoundAgain
    route: Route
    indexed: int = 0
    aside: int = 0
    quarantined: int = 0
    _successors: dict[Uid, Entry] = field(default_factory=dict, init=False)
    """By whose place they took."""

    def rebuild(self, paths: Iterable[str]) -> None:
        """`paths`: what `Store.published` and `Store.put_aside` list."""
        for path in paths:
            self._take(path)
        for successor in self._successors.values():
            self._link(successor)

    def _take(self, path: str) -> None:
        if path.endswith(ASIDE):
            entries = adopt_aside(self.store, self.catalogue, path)
            self.aside += len(entries)
        else:
            entries, _ = adopt(self.store, self.catalogue, [path], self.route)
            self.indexed += len(entries)
        self.quarantined += not entries
        self._note(*entries)

    def _note(self, *entries: Entry) -> None:
        self._successors |= {one.replaces: one for one in entries if one.replaces}

    def _link(self, successor: Entry) -> None:
        old = self.found.replaced(successor)
        if old is not None and old.condition is Condition.SUPERSEDED:
            self.found.lay(old, successor)
        elif old is not None and old.condition is Condition.GOOD:
            self._supersede(old, successor)

    def _supersede(self, old: Waiting, successor: Entry) -> None:
        """Only where the pixels agree: another system's image may name one of ours too."""
        if self.store.disk.size_bytes(path_of(successor.sop_instance_uid)) is None:
            return
        reading = Correcting(self.store, "")
        try:
            _, pixels_at = reading.head(old.file)
            pixel_sha256 = reading.same_pixels(old.file, pixels_at, successor.sop_instance_uid)
        except (NotCorrectable, StorageCorrupt):
            return
        self.found.supersede(self.found.lay(old, successor), old, pixel_sha256)
        self.store.supersede(old.uid)
