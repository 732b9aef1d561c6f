"""Holds a world to its invariants: at each event, after each start, and at the end.

It looks on and never takes part: no call of it is a switch point, and it changes nothing.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from firmware.events import (
    AuditHead,
    Committed,
    Event,
    Evicted,
    FileDamaged,
    NotFetchedBack,
    Reconciled,
    Recovered,
    Rejected,
    RowsArrived,
    ScanFailed,
    ScanStarted,
    Sent,
    Stored,
    WorkerFailed,
)
from firmware.plate_events import KeptPlateStored
from hal.values import Patient
from sim.checker import archive, decisions, images, plates
from sim.checker.image import URGENT, shown_of
from sim.checker.index import (
    OpenRow,
    is_note,
    later_instances,
    on_the_line,
    path_of,
    read_index,
)
from sim.checker.known import VIOLATION, Known, Violated, Violation
from sim.checker.look import Check, Digests, Look
from sim.checker.panel import PanelChecks
from sim.checker.trail import TrailChecks
from sim.disk import ModelDisk
from sim.kernel import Kernel
from sim.scheduled_memory import ArchiveMemory

AFTER_A_START: tuple[Check, ...] = (
    images.a_file_has_its_row,
    images.no_start_throws_an_image_away,
)
"""A file whose row could not be written is taken in at the next start."""
ALWAYS: tuple[Check, ...] = (
    images.what_was_called_stored_is_here_or_promised,
    images.a_row_has_its_file,
    images.what_is_lost_was_told,
    images.what_is_damaged_is_kept_aside,
    images.what_is_indexed_is_queued,
    images.no_uid_is_given_twice,
    images.an_image_is_of_the_film_and_the_patient_on_the_display,
    images.a_film_thrown_away_has_its_image,
    plates.a_plate_is_one_image,
    images.the_index_is_whole,
    archive.what_is_sent_was_accepted,
    archive.what_was_told_sent_stays_sent,
    archive.what_was_told_committed_stays_committed,
    archive.an_archive_has_the_same_image,
    archive.an_archive_saw_nothing_impossible,
    decisions.what_was_put_aside_is_not_sent,
    decisions.what_was_told_not_sent_is_at_no_archive,
    decisions.a_decision_is_kept,
    decisions.a_correction_moves_what_was_chosen,
    decisions.a_note_names_what_was_replaced,
)
AT_THE_END: tuple[Check, ...] = (*ALWAYS, decisions.what_was_asked_for_is_done)
CASSETTE_READER = "cassette-reader"  # so says firmware.plate_acquisition
ERASED = "a plate is erased only when its image is durable"
OWN_MISTAKE = "nternal error"  # so say firmware.runtime.BUG and acquisition_worker.UNEXPECTED


@dataclass
class Circumstances:
    """What a world tells its checker: whatever a node cannot be blamed for, and its people."""

    harmed: Collection[str] = ()
    """Files that a fault reached after they were whole, or that it lied about: they may be lost."""
    film_on_glass: Callable[[], int | None] = lambda: None
    thrown_away: Collection[int] = ()
    """Films of which nothing is left but the image."""
    answer_max_s: float = 60.0
    """How long a press may go without an answer here."""
    begins_max_s: float = 60.0
    """And WORKING without its scan."""


class Checker:
    """One world's. `panel` is the present life's."""

    def __init__(
        self,
        kernel: Kernel,
        archives: Mapping[str, ArchiveMemory],
        circumstances: Circumstances,
    ) -> None:
        self.known = Known()
        self._is_over = False
        self._kernel = kernel
        self._archives = archives
        self._circumstances = circumstances
        self.panel: PanelChecks = self._panel_checks(kernel)
        self._trail = TrailChecks(self.known)
        self._digests = Digests()
        self._disk: ModelDisk | None = None
        self._folder: Path | None = None
        self._found: list[str] = []

    def violate(self, invariant: str, detail: str) -> None:
        """The world ends here; what follows from the first violation says nothing."""
        if self._is_over:
            return
        self._is_over = True
        self._kernel.say("checker", VIOLATION, f"{invariant}: {detail}")
        self._kernel.fail(Violated(Violation(invariant, detail, self._kernel.now_s)))

    def power_on(self, disk: ModelDisk, index_folder: Path) -> PanelChecks:
        """Another life; its panel's checks, which look on."""
        self._disk, self._folder = disk, index_folder
        self.known.put_off = frozenset()
        self._found = [
            path
            for path in disk.paths
            if path.startswith(images.PLACE) and path.endswith(images.WHOLE)
        ]
        self.panel = self._panel_checks(self._kernel)
        return self.panel

    def power_off(self, lock_waits: int) -> None:
        self.panel.look()
        if lock_waits:
            self.violate("nobody waits for the index", f"{lock_waits} times")

    def can_get_through(self, rows: list[OpenRow]) -> list[OpenRow]:
        """Without those whose files a fault reached: a node that sends them would be wrong."""
        return [row for row in rows if row[-1] not in self._circumstances.harmed]

    def can_be_corrected(self, requests: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """Without those that wait for an image that no archive has any more."""
        held = [archive.held for archive in self._archives.values()]
        return [
            awaited
            for awaited in requests
            if all(any(uid in one for one in held) for uid in awaited)
        ]

    def started(self, disk: ModelDisk, index_folder: Path) -> None:
        """After the product's own recovery, before anything else of it ran."""
        self.known.seen.starts += 1
        self.panel.ready()
        self.look(disk, index_folder, (*AFTER_A_START, *ALWAYS))

    def look(
        self, disk: ModelDisk, index_folder: Path, checks: tuple[Check, ...], *, whole: bool = False
    ) -> None:
        index = read_index(index_folder, self._trail.next_seq, whole=whole)
        look = Look(
            disk,
            index,
            self.known,
            self._archives,
            self._circumstances.harmed,
            self._circumstances.thrown_away,
            self._digests,
            self._found,
        )
        for check in checks:
            for detail in check(look):
                self.violate(check.__name__.replace("_", " "), detail)
        for detail in self._trail.broken(index.trail):
            self.violate("the trail is whole", detail)

    def hear(self, event: Event) -> None:
        """As the node's listener: it was told to the log and the panel just now."""
        seen = self.known.seen
        match event:
            case ScanStarted():
                self.panel.scan_started(is_plate=event.device == CASSETTE_READER)
            case RowsArrived():
                self.panel.rows_arrived(self._circumstances.film_on_glass())
            case Stored():
                seen.stored += 1
                self.panel.scan_stored(event.sop_instance_uid)
                self._stored(event)
            case KeptPlateStored():
                self._kept_stored(event.sop_instance_uid, event.path)
            case ScanFailed():
                self.panel.scan_failed()
                self._own_mistake("a scan", event.sentence.en)
            case Sent():
                seen.sent += 1
                self.known.sent.add((event.sop_instance_uid, event.destination))
                accepted = self._archives[event.destination].accepted
                self._require(event.sop_instance_uid in accepted, event, "accepted")
            case Committed():
                seen.committed += 1
                self.known.committed.add((event.sop_instance_uid, event.destination))
                promised = self._archives[event.destination].promised
                self._require(event.sop_instance_uid in promised, event, "promised")
            case Evicted():
                seen.evicted += 1
                self._evicted(event)
            case Rejected():
                self._rejected(event)
            case Reconciled():
                self._replaced(event.of, event.sop_instance_uid)
            case Recovered():
                self.known.lost.update(event.missing)
                self.known.put_off = frozenset(event.put_off)
            case FileDamaged() | NotFetchedBack():
                self.known.lost.add(event.sop_instance_uid)
            case AuditHead():
                self._trail.told(event.seq, event.hash)
            case WorkerFailed():
                self._own_mistake(event.worker, event.sentence.en)

    def chosen(self, uids: tuple[str, ...], patient: Patient) -> None:
        """At the desk, ahead of asking for it."""
        shown = shown_of(patient)
        for uid in uids:
            self.known.chosen.setdefault(uid, []).append(shown)
            film = self.film_of(uid)
            if film is not None:
                self.known.confirmed.setdefault(film, set()).add(shown)

    def film_of(self, uid: str) -> int | None:
        """Whose film it is, to a person who looks at it."""
        images = self.known.images.values()
        return next((image.film for image in images if image.uid == uid), None)

    def _evicted(self, event: Evicted) -> None:
        uid = event.sop_instance_uid
        promised = [uid in memory.promised for memory in self._archives.values()]
        of_some = self._folder is not None and is_note(self._folder, uid)
        self._require(any(promised) if of_some else all(promised), event, "promised")

    def _rejected(self, event: Rejected) -> None:
        uid = event.sop_instance_uid
        if uid not in self.known.may_reject:
            self.violate("only a person rejects", f"nobody was asked about {uid}")
        self.known.seen.rejected += 1
        if event.was_sent or event.is_being_sent:
            return
        for one in (uid, *self._later(uid)):
            if not event.may_have_come:
                self.known.rejected.add(one)
            self.known.put_aside.setdefault(one, self._kernel.now_s)

    def _later(self, uid: str) -> list[str]:
        """The image may have been corrected before it was rejected: it is sent under no UID."""
        return later_instances(self._folder, uid) if self._folder is not None else []

    def _replaced(self, uid: str, successor: str) -> None:
        """What is on the line at this moment may arrive."""
        if self._folder is None:
            return
        if not on_the_line(self._folder, uid):
            self.known.put_aside.setdefault(uid, self._kernel.now_s)
        self._kept_stored(successor, path_of(self._folder, successor))

    def _stored(self, event: Stored) -> None:
        uid, path = event.sop_instance_uid, event.path
        before = self.known.stored.setdefault(uid, event.sha256)
        if before != event.sha256:
            self.violate("a UID is one image", f"{uid} was stored twice, with two digests")
        if self._disk is None or path in self._circumstances.harmed:
            return
        if self._digests.of(self._disk, path, self.known) != event.sha256:
            self.violate("called stored only when it is", f"{path} is not what was called stored")
        elif not self._disk.is_durable(path):
            self.violate("called stored only when it is", f"{path} would not outlive a power cut")
        else:
            self._true(uid, path, event.sha256)

    def _kept_stored(self, uid: str, path: str) -> None:
        """What the reader kept, or what was corrected; no panel waits for it."""
        disk = self._disk
        if disk is None or path in self._circumstances.harmed:
            return
        sha256 = self._digests.of(disk, path, self.known)
        if sha256 is None or not disk.is_durable(path):
            self.violate("called stored only when it is", f"{path} would not outlive a power cut")
            return
        self.known.seen.stored += 1
        self.known.stored[uid] = sha256
        self._true(uid, path, sha256)

    def plate_read(self, number: int) -> None:
        """By the reader, for good."""
        if not self.panel.scans_plate:
            self.violate("a plate is read only in a scan", f"plate {number}")
        self.known.read.add(number)
        self.known.confirmed.setdefault(number, set()).update(self.panel.confirmed)

    def plate_kept_of_another(self, number: int) -> None:
        self.known.read.add(number)
        self.known.confirmed.setdefault(number, set()).add(URGENT)

    def plate_erased(self, number: int) -> None:
        self.known.erased.add(number)
        if self.is_harmed(number) or self._disk is None:
            return
        self.known.seen.plates += 1
        found = plates.durable_image(number, self._disk, self._digests, self.known, self._archives)
        if found is None:
            self.violate(ERASED, f"that of plate {number} is not")
        elif not any(map(found.is_of, self.known.confirmed.get(number, ()))):
            self.violate(ERASED, f"that of plate {number} is {found.family} {found.given}'s")

    def is_harmed(self, number: int) -> bool:
        return plates.is_harmed(number, self.known, self._circumstances.harmed)

    def _true(self, uid: str, path: str, sha256: str) -> None:
        inode = self._disk.seen(path) if self._disk is not None else None
        content = bytes(inode.data) if inode is not None else b""
        for detail in images.untrue(self.known, uid, path, sha256, content):
            self.violate(images.TRUE, detail)

    def _require(self, is_so: bool, event: Sent | Committed | Evicted, what: str) -> None:
        if not is_so:
            name, uid = type(event).__name__, event.sop_instance_uid
            self.violate(f"told {name} only when it is", f"{uid} was never {what}")

    def _own_mistake(self, where: str, sentence: str) -> None:
        if OWN_MISTAKE in sentence:
            self.violate("no mistake of its own stops a worker", f"{where}: {sentence}")

    def _panel_checks(self, kernel: Kernel) -> PanelChecks:
        limits_s = (self._circumstances.answer_max_s, self._circumstances.begins_max_s)
        return PanelChecks(self.known, lambda: kernel.now_s, self.violate, *limits_s)
