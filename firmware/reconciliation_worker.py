"""Corrects the images of a study that a person gave to an order: one image a step.

Killed or cut off anywhere, it goes on with the same UIDs: they were laid before the first byte, a
successor that was published is adopted at the start, and an image is superseded in the transaction
that queues its successor. It removes nothing, here or at an archive, but its own new file of an
image that was rejected while that was written.

An image that cannot be corrected holds no other of its study back, and the archives that have the
old copies of those others are told, whatever the end is.
"""

from dataclasses import dataclass, field
from datetime import tzinfo

from firmware.correcting import Correcting
from firmware.dicom.corrected import Change, NotCorrectable, check_syntax, corrected
from firmware.dicom.entry_reader import entry_of
from firmware.dicom.file_meta import file_meta, this_release
from firmware.dicom.film import Station
from firmware.dicom.part10 import explicit_little_endian
from firmware.dicom.rejection_note import Note, rejection_note
from firmware.dicom.uids import EXPLICIT_VR_LITTLE_ENDIAN
from firmware.events import Listener, Reconciled
from firmware.index.catalogue import Catalogue
from firmware.index.corrections import Correction, Corrections, Job, Waiting
from firmware.index.entry import Entry
from firmware.index.fetches import Fetches
from firmware.index.reconciliations import Outcome
from firmware.keeping import Condition
from firmware.routing import Route, everywhere
from firmware.scrub import Scrub
from firmware.store import PublishedFile, Store
from hal.clock import Clock, Entropy
from hal.errors import ConfigError, Sentence, StorageCorrupt, StorageError, StorageFull
from hal.values import SopReference, Uid

LOOK_S = 1.0  # a person waits at the page
WAIT_S = 10.0  # for what an archive gives back, a line that is busy, or room

BEGUN = Sentence("Being corrected.", "Rattachement en cours.")
COMES_BACK = Sentence(
    en="Images of this study that are not on this disk are awaited: {count}.",
    fr="Images de cet examen absentes de ce disque, attendues : {count}.",
)
NOT_BACK = Sentence(
    en="Images of this study that are not on this disk are awaited: {count}. The last try: {why}",
    fr="Images de cet examen absentes de ce disque, attendues : {count}. Dernier essai : {why}",
)
DAMAGED = Sentence(
    en="An image of this study is damaged here ({uid}). The rest of it waits until the image is "
    "back from the archive.",
    fr="Une image de cet examen est abîmée ici ({uid}). La suite attend son retour de l'archive.",
)
DONE = Sentence(
    en="Done: under {name} now, and queued.",
    fr="Terminé : désormais sous {name}, et en file d'envoi.",
)
NOT_DONE = Sentence(
    en="{why} Images of this study that were not corrected: {left}. Corrected and queued: {count}.",
    fr="{why} Images de cet examen non rattachées : {left}. Rattachées et en file d'envoi : "
    "{count}.",
)
WITH_NOTE = Sentence(
    en="{end} Told to withdraw the old images: {where}.",
    fr="{end} Archives priées de retirer les anciennes images : {where}.",
)
NOT_CORRECTABLE = Sentence(
    en="Image {uid} cannot be written anew ({reason}). It stays as it was: correct it where it "
    "comes from.",
    fr="L'image {uid} ne peut pas être réécrite ({reason}). Elle reste telle quelle : "
    "corrigez-la à sa source.",
)
MadeNote = tuple[Catalogue, Entry, PublishedFile, Route]
WHY = Sentence(
    en="Filed under another patient or order; corrected instances are sent.",
    fr="Images rangées sous un autre patient ou une autre demande ; images corrigées envoyées.",
)


@dataclass
class ReconciliationWorker:
    store: Store
    corrections: Corrections
    catalogue: Catalogue
    fetches: Fetches
    scrub: Scrub
    station: Station
    timezone: tzinfo
    route: Route
    clock: Clock
    entropy: Entropy
    listener: Listener
    _passed: int = field(default=0, init=False)
    """The request that has to wait, so that the next one has its turn."""
    _refused: dict[int, dict[Uid, Sentence]] = field(default_factory=dict, init=False)
    """By open request: the images that it leaves as they are, and why. After a restart they are
    tried once more."""

    def step(self) -> float:
        self.corrections.withdraw_again()
        job = self.corrections.next(self._passed)
        if job is None:
            return LOOK_S
        try:
            wait_s = self._go_on(job)
        except StorageError:
            self._passed = job.number
            raise
        if wait_s > 0:
            self._passed = job.number
        return wait_s

    def _go_on(self, job: Job) -> float:
        refused = self._refused.get(job.number, {})
        left = tuple(one for one in self.corrections.waiting(job) if one.uid not in refused)
        try:
            if not left:
                return self._finish(job)
            if left[0].condition is not Condition.GOOD:
                return self._await(job, left)
            return self._correct(job, left[0])
        except StorageFull as error:
            self.corrections.say(job, Outcome.UNDER_WAY, error.sentence)
            return WAIT_S
        except StorageCorrupt as error:
            self._wait_for_repair(job, left, error)
            return WAIT_S
        except ConfigError as error:
            self._refuse(job, left, error.sentence)  # it is about the request, not about this image
        except NotCorrectable as error:
            if not left:  # of a corrected one, for the note
                sentence = NOT_CORRECTABLE.fill(uid="-", reason=error.why)
                self._end(job, Outcome.FAILED, sentence)
                return 0.0
            sentence = NOT_CORRECTABLE.fill(uid=left[0].uid, reason=error.why)
            self._refuse(job, left[:1], sentence)
        return 0.0

    def _refuse(self, job: Job, images: tuple[Waiting, ...], why: Sentence) -> None:
        """They stay as they are, and the request will have FAILED; the others are corrected."""
        refused = self._refused.setdefault(job.number, {})
        refused.update({image.uid: why for image in images})

    def _correct(self, job: Job, image: Waiting) -> float:
        check_syntax(image.transfer_syntax_uid)  # reading a deflated head would inflate all of it
        laid = self.corrections.lay(job, image, self.entropy)
        successor = self.corrections.one(laid.successor)
        if successor is not None and successor.condition is not Condition.GOOD:
            return self._await(job, (successor,))  # adopted, sent and evicted before it was proven
        self.corrections.say(job, Outcome.UNDER_WAY, BEGUN)
        writing = Correcting(self.store, self.station.ae_title)
        dataset, pixels_at = writing.head(image.file)
        if successor is not None:
            pixel_sha256 = writing.same_pixels(image.file, pixels_at, laid.successor)
            if not self.corrections.record(job, image, None, pixel_sha256):
                return 0.0
        else:
            dataset = corrected(dataset, self._change(job, laid))
            made = writing.write(image.file, dataset, pixels_at, image.transfer_syntax_uid)
            new = (self.catalogue, made.entry, made.file, self.route)
            if not self.corrections.record(job, image, new, made.pixel_sha256):
                self.store.remove(made.file.path)
                return 0.0
        self.store.supersede(image.uid)
        self.listener(Reconciled(laid.successor, image.uid))
        return 0.0

    def _change(self, job: Job, laid: Correction) -> Change:
        return Change(
            order=job.order,
            reason=job.reason,
            study_instance_uid=job.target_study,
            series_instance_uid=laid.series,
            series_number=laid.series_number,
            sop_instance_uid=laid.successor,
            station=self.station,
            at=laid.laid_at,
            timezone=self.timezone,
        )

    def _await(self, job: Job, waiting: tuple[Waiting, ...]) -> float:
        """What is damaged or missing comes back by itself; what was evicted is asked for."""
        sentence = COMES_BACK.fill(count=len(waiting))
        for image in waiting:
            standing = self.fetches.standing(image.uid)
            is_asked = standing is not None and standing.due_at is not None
            if image.condition is Condition.EVICTED and not is_asked:
                self.fetches.ask(image.uid, job.asked_by)
            elif standing and standing.error:
                sentence = NOT_BACK.fill(count=len(waiting), why=standing.error)
        self.corrections.say(job, Outcome.UNDER_WAY, sentence)
        return WAIT_S

    def _wait_for_repair(
        self, job: Job, waiting: tuple[Waiting, ...], error: StorageCorrupt
    ) -> None:
        """It is set aside, and fetched back as what the scrub comes upon in its pass."""
        if not waiting:
            raise error
        self.corrections.say(job, Outcome.UNDER_WAY, DAMAGED.fill(uid=waiting[0].uid))
        self.scrub.look_at(waiting[0].uid)

    def _finish(self, job: Job) -> float:
        """All have successors, but for those that were refused one: tell the archives that have
        the old ones."""
        if self.corrections.is_on_the_line(job):
            return LOOK_S
        for uid in self.corrections.replaced(job):
            self.store.supersede(uid)  # again, where the disk did not take it
        outcome, sentence = self._outcome(job)
        replaced, destinations = self.corrections.sent(job)
        if not replaced:
            self._end(job, outcome, sentence)
            return 0.0
        note = None if self.corrections.has(job.note) else self._note(job)
        sentence = WITH_NOTE.fill(end=sentence, where=", ".join(destinations))
        self._end(job, outcome, sentence, note, destinations)
        return 0.0

    def _outcome(self, job: Job) -> tuple[Outcome, Sentence]:
        left = self.corrections.waiting(job)  # all of them refused
        if not left:
            name = job.order.patient.name.replace("^", " ").strip()
            return Outcome.DONE, DONE.fill(name=name)
        why = tuple(self._refused[job.number].values())[-1]  # of the request as a whole, if any
        count = len(self.corrections.replaced(job))
        return Outcome.FAILED, NOT_DONE.fill(why=why, left=len(left), count=count)

    def _end(
        self,
        job: Job,
        outcome: Outcome,
        sentence: Sentence,
        note: MadeNote | None = None,
        destinations: tuple[str, ...] = (),
    ) -> None:
        self.corrections.end(job, outcome, sentence, note, destinations)
        self._refused.pop(job.number, None)

    def _note(self, job: Job) -> MadeNote:
        replaced, destinations = self.corrections.sent(job)
        first = replaced[0]
        head, _ = Correcting(self.store, self.station.ae_title).head(
            PublishedFile(first.path, 0, "")
        )
        note = Note(
            sop_instance_uid=job.note,
            series_instance_uid=job.note_series,
            rejected=tuple((one.series, one.reference) for one in replaced),
            why=WHY.fr,
            station=self.station,
            at=self.clock.now(),
            timezone=self.timezone,
        )
        dataset = rejection_note(head, note)
        reference = SopReference(Uid(dataset.SOPClassUID), job.note)
        meta = file_meta(reference, EXPLICIT_VR_LITTLE_ENDIAN, this_release(self.station.ae_title))
        data = meta + explicit_little_endian(dataset)
        self.store.check_room(len(data))
        with self.store.incoming(job.note, len(data)) as file:
            file.write(data)
            published = file.publish()
        entry = entry_of(dataset, EXPLICIT_VR_LITTLE_ENDIAN)
        return self.catalogue, entry, published, everywhere(*destinations)
