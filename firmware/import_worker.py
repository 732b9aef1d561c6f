"""Takes in what a person laid into the spool: judged, published, indexed and queued, as a scan is.

A file that is refused is removed from the spool with its reason told; the source is never touched.
"""

from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path

from firmware.dicom.foreign import read_foreign
from firmware.events import Imported, Listener, NotImported
from firmware.import_verdicts import Judged, Verdict, judged
from firmware.index.catalogue import Catalogue
from firmware.index.entry import Entry
from firmware.index.implementations import Implementations
from firmware.index.imports import Imports, PutAside, Spooled
from firmware.panel_screens import reason_words
from firmware.routing import Route, everywhere
from firmware.store import SPOOL, Store
from hal.errors import StorageCorrupt
from hal.values import Uid

LOOK_S = 1.0  # a person waits at the terminal


@dataclass
class ImportWorker:
    store: Store
    catalogue: Catalogue
    imports: Imports
    implementations: Implementations
    route: Route
    listener: Listener
    zone: tzinfo = UTC
    """The hospital's: days are told in it."""
    _swept: bool = field(default=False, init=False)

    def step(self) -> float:
        if not self._swept:
            self._sweep()
        spooled = self.imports.next()
        if spooled is None:
            return LOOK_S
        told = self._take(spooled)
        self.store.disk.remove(spooled.file.path)
        event = Imported if told.is_good else NotImported
        self.listener(event(told.uid, told.verdict.value))
        return 0.0

    def _sweep(self) -> None:
        """What a command that was killed laid down half, or a crash left after its verdict."""
        wanted = self.imports.spools()
        for name in self.store.disk.names(SPOOL):
            path = f"{SPOOL}/{name}"
            if path not in wanted:
                self.store.disk.remove(path)
        self._swept = True

    def _take(self, spooled: Spooled) -> Judged:
        disk, file = self.store.disk, spooled.file
        if disk.size_bytes(file.path) is None:
            return self._gone(spooled)
        with disk.open(file.path) as reader:
            read = read_foreign(reader, file.size_bytes)
        if isinstance(read, Judged):
            return self._settle(spooled, read)
        entry, written_by = read
        uid, sha256 = entry.sop_instance_uid, self.imports.sha256_of(entry.sop_instance_uid)
        if sha256 == file.sha256:
            aside = self.imports.put_aside(uid)
            if aside is not None:
                return self._settle(spooled, self._decided(uid, aside))
            return self._send_too(spooled, entry)
        if sha256 is not None:
            return self._settle(spooled, judged(Verdict.OTHER_CONTENT, uid, uid=uid))
        if self.imports.is_anothers(entry):
            return self._settle(spooled, judged(Verdict.OTHER_PATIENT, uid))
        if written_by is not None:
            self.implementations.remember(written_by)
        return self._publish(spooled, entry)

    def _gone(self, spooled: Spooled) -> Judged:
        """Published, and the power went before the row said so: the start has adopted it."""
        uid = self.imports.uid_of(spooled.file)
        if uid is None:
            self._check_nothing_waits()
            return self._settle(spooled, judged(Verdict.DAMAGED))
        told = judged(Verdict.IMPORTED, uid, where=spooled.send_to or "…")
        self.imports.send_too(spooled, uid, told, urgent=False)
        return told

    def _check_nothing_waits(self) -> None:
        """Or it has been published, and the start had no room for its row yet. StorageFull."""
        for path in self.store.waiting:
            uid = Uid(Path(path).stem)
            if self.imports.sha256_of(uid) is None:
                self.store.check_place(uid)

    def _publish(self, spooled: Spooled, entry: Entry) -> Judged:
        uid = entry.sop_instance_uid
        route = everywhere(spooled.send_to) if spooled.send_to else self.route
        told = judged(Verdict.IMPORTED, uid, where=_names(route, entry))
        try:
            published = self.store.take_in(spooled.file, uid)
        except StorageCorrupt:
            return self._settle(spooled, judged(Verdict.DAMAGED, uid))
        self.imports.record(self.catalogue, spooled, entry, published, route, told)
        return told

    def _decided(self, uid: Uid, aside: PutAside) -> Judged:
        """A person did, before; whoever brings it again may not know."""
        day = f"{aside.at.astimezone(self.zone):%d/%m/%Y}"
        if aside.successor is not None:
            return judged(Verdict.CORRECTED_BEFORE, uid, day=day, successor=aside.successor)
        return judged(Verdict.REJECTED_BEFORE, uid, day=day, reason=reason_words(aside.reason))

    def _send_too(self, spooled: Spooled, entry: Entry) -> Judged:
        uid = entry.sop_instance_uid
        where = spooled.send_to or _names(self.route, entry)
        told = judged(Verdict.ALREADY_THERE, uid, where=where)
        self.imports.send_too(spooled, uid, told, urgent=entry.urgent)
        return told

    def _settle(self, spooled: Spooled, told: Judged) -> Judged:
        self.imports.settle(spooled, told)
        return told


def _names(route: Route, entry: Entry) -> str:
    return ", ".join(way.destination for way in route(entry))
