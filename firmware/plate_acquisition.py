"""A plate becomes a published DICOM file while it is read; it is erased when that file is durable.

Reading destroys the latent image, so the order of things is the whole of this module:

    number of the reading, UIDs and order, durable in the index
    READ; a look at some rows (firmware/plate_look.py); the header; all rows into the file
    CRC-32 of the samples as they came, durable in the index
    publish; one transaction records the image, queues it, and marks the reading stored
    ERASE with that number and sum; eject

Killed anywhere in it, the node finds at its next look at the reader which image that still keeps,
and goes on from there (`settle`): read again into the same UIDs, under the order that it was begun
with, or erased, where it is stored. Memory holds one block of rows, and LOOK_ROWS rows.
"""

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from firmware.events import ScanStarted, Stored
from firmware.index.plate_reads import PlateRead
from firmware.keeping import Condition
from firmware.plate_doubts import Doubt, LastRead, Stopped, ghost_warning, reason_to_stop
from firmware.plate_events import KeptPlateStored, PlateErased, PlateTrouble
from firmware.plate_moves import UNSTORED, ReadState
from firmware.plate_reading import PlateReading
from firmware.plate_sentences import FETCHED, NOBODYS, NOT_DURABLE, NOT_NOTED, NOT_READ
from firmware.provisional import NAME, provisional_id
from firmware.runtime import Channel
from hal.cassette_reader import LoadedCassette, PlateRequest
from hal.clock import Entropy
from hal.errors import (
    DeviceError,
    DeviceNeedsOperator,
    ScanCancelled,
    Sentence,
    StorageCorrupt,
    StorageError,
    StorageFailed,
)
from hal.values import Order, Patient, Priority

DEVICE = "cassette-reader"
HEADER_BYTES_MAX = 64 * 1024
PLATE_BYTES_MAX = 2 * 8_600 * 7_200  # 35 x 43 cm at 50 um: its size is not known before it is read
AGAIN_S = 600.0  # a second press within it means the plate that was stopped
TURN_WAIT_S = 3.0  # a look at the reader takes less; a kept image that comes takes longer
GONE_FROM_HERE = frozenset(
    one.value for one in (Condition.EVICTING, Condition.EVICTED, Condition.DISCARDED)
)
"""Every archive had committed to it: it is durable there. Or a person rejected or corrected it, and
its days are over: nobody wants it any more, and its plate is to be used again."""

UNKNOWN_CASSETTE = LoadedCassette("", "", 0, 0, 0, is_id_read=False)
"""Of an image that the reader kept, and nobody here had it read."""
log = logging.getLogger("sapi.plates")


@dataclass
class PlateAcquisition:
    reading: PlateReading
    entropy: Entropy
    turns: Channel[bool]
    """Holds one token: who has it has the reader, and this module's index connection."""
    _stopped: Stopped | None = field(default=None, init=False)
    """The last press brought a warning instead of an image."""
    _told: PlateTrouble | None = field(default=None, init=False)
    """Why the plate in the reader was not erased, as it was last told."""
    why_kept: DeviceError | None = field(default=None, init=False)
    """The same, as an error; None: nothing is in the way of another plate."""

    def __post_init__(self) -> None:
        self.turns.put(True)

    @contextmanager
    def turn(self) -> Generator[bool]:
        """For one worker at a time. False: another one is fetching an image."""
        mine = self.turns.take(TURN_WAIT_S) is not None
        try:
            yield mine
        finally:
            if mine:
                self.turns.put(True)

    def cassette(self) -> LoadedCassette | None:
        """What is in the slot, pulled in. What the reader keeps from before is fetched first.

        Raises DeviceError: also why a stored plate is not erased, for no other one is read then.
        """
        self._told = None  # whoever presses SCAN hears again what is the matter
        self.settle()
        if self.why_kept is not None:
            raise self.why_kept
        return self.reading.reader.load()

    def acquire(
        self, cassette: LoadedCassette, order: Order, cancelled: Callable[[], bool]
    ) -> Stored:
        """Read, publish, index, queue and erase one plate under the order that was confirmed.

        Raises DeviceError and StorageError. Once READ was sent nothing stops it but the node's own
        end: the reader keeps the image, and `settle` fetches it.
        """
        self.reading.listener(ScanStarted(DEVICE))
        self._check(cassette, order)
        self.reading.store.check_room(HEADER_BYTES_MAX + PLATE_BYTES_MAX)
        if cancelled():
            raise ScanCancelled(NOT_READ)
        request = self._request(self.reading.reads.draw())
        read = self.reading.reads.begin(request, cassette, order)
        stored = self.reading.read(read, is_known=True)
        self.reading.listener(stored)
        self._let_go(read, is_fresh=True)
        return stored

    def settle(self) -> None:
        """Whatever the reader keeps is stored and erased when this returns.

        Raises DeviceError and StorageError; the reader goes on keeping it.
        """
        self.why_kept = None
        number = self.reading.reader.kept_read()
        if number is None:
            self._note_nothing()
            return
        read = self.reading.reads.find(number)
        is_known = read is not None
        if read is None:
            read = self._adopt(number)
        is_fresh = read.state in UNSTORED
        if is_fresh:
            stored = self.reading.read(read, is_known=is_known)
            self._say_fetched(read, stored, is_known=is_known)
        self._let_go(read, is_fresh=is_fresh)

    def _note_nothing(self) -> None:
        """Nothing is kept, so nothing comes any more of what was begun."""
        try:
            self.reading.reads.came_to_nothing()
        except StorageError as error:
            log.warning("not noted that no image came: %s", error)

    def _adopt(self, number: int) -> PlateRead:
        """An image that nobody here knows: it is whoever's it is, and never erased unread. Of which
        plate the reader does not say, and the cassette that is in now may be another one."""
        now = self.reading.clock.now().astimezone(self.reading.settings.timezone)
        patient = Patient(provisional_id(now, self.entropy.random_bytes(3)), NAME)
        order = Order(patient=patient, priority=Priority.URGENT)
        return self.reading.reads.begin(self._request(number), UNKNOWN_CASSETTE, order)

    def _request(self, number: int) -> PlateRequest:
        settings = self.reading.settings
        return PlateRequest(number, settings.pitch_um, settings.gain_thousandths)

    def _say_fetched(self, read: PlateRead, stored: Stored, *, is_known: bool) -> None:
        plate, patient = read.cassette.plate_id or "?", read.order.patient
        sentence = (
            FETCHED.fill(plate=plate)
            if is_known
            else NOBODYS.fill(plate=plate, name=patient.name, number=patient.patient_id)
        )
        self.reading.listener(
            KeptPlateStored(stored.sop_instance_uid, stored.path, plate, is_known, sentence)
        )

    def _check(self, cassette: LoadedCassette, order: Order) -> None:
        """Stops a plate that was not erased or read twice, once: pressed again it is read."""
        plate, now_s = cassette.plate_id, self.reading.clock.monotonic_s()
        found = self.reading.reads.last_of_plate(plate)
        last = LastRead(*found) if found else None
        reason = reason_to_stop(cassette, last)
        stopped, self._stopped = self._stopped, None
        if reason is not None and not (stopped and stopped.is_meant(plate, order, now_s)):
            self._stopped = Stopped(plate, order, now_s + AGAIN_S)
            self._note_stop(plate, reason.doubt)
            raise DeviceNeedsOperator(reason.sentence)
        now, ghost_h = self.reading.clock.now(), self.reading.settings.ghost_h
        ghost = ghost_warning(cassette, last, now, ghost_h)
        if ghost is not None:
            self.reading.listener(PlateTrouble(plate, ghost))

    def _note_stop(self, plate: str, doubt: Doubt) -> None:
        """The person hears why it was stopped, whatever the index can take."""
        try:
            self.reading.reads.stopped(plate, doubt.value)
        except StorageError as error:
            log.warning("not on the trail: plate %s %s: %s", plate, doubt.value, error)

    def _let_go(self, begun: PlateRead, *, is_fresh: bool) -> None:
        """Erase and eject what is stored. What fails here is said; the image is stored.

        `is_fresh`: it was published just now. Any other is held against its digest first.
        """
        reader, reads = self.reading.reader, self.reading.reads
        read = reads.find(begun.request.read)
        if read is None or read.state not in (ReadState.STORED, ReadState.ERASED):
            raise RuntimeError(f"read {begun.request.read:08X} is not stored")
        self.why_kept = None
        try:
            if not is_fresh:
                self._check_durable(read)
            reader.erase(read.request.read, read.samples, read.crc32)
            self._note_erased(read)
            reader.eject()
            self._told = None
        except DeviceError as error:
            self.why_kept = error
            self._say_once(read.cassette.plate_id, error.sentence)

    def _say_once(self, plate: str, sentence: Sentence) -> None:
        """It is tried every few seconds, and each word would cover what the panel shows."""
        trouble = PlateTrouble(plate, sentence)
        if trouble != self._told:
            self._told = trouble
            self.reading.listener(trouble)

    def _note_erased(self, read: PlateRead) -> None:
        """A ledger that takes nothing now is no scan that failed: this one's image is stored."""
        plate = read.cassette.plate_id
        try:
            self.reading.reads.erased(read)
        except StorageError as error:
            log.warning("read %08X is erased, and not noted: %s", read.request.read, error)
            self.reading.listener(PlateTrouble(plate, NOT_NOTED.fill(plate=plate)))
        else:
            self.reading.listener(PlateErased(read.place.sop_instance_uid, plate))

    def _check_durable(self, read: PlateRead) -> None:
        """Raises DeviceNeedsOperator unless its file is whole, or GONE_FROM_HERE.

        Damaged or missing: the reader may have the only copy.
        """
        found = self.reading.reads.file_of(read)
        try:
            if found is None:
                raise StorageCorrupt(NOT_DURABLE)
            file, condition = found
            if condition not in GONE_FROM_HERE:
                self.reading.store.verify(file)
        except (StorageCorrupt, StorageFailed) as error:
            log.debug("read %08X is not erased: %s", read.request.read, error)
            plate = read.cassette.plate_id or "?"
            raise DeviceNeedsOperator(NOT_DURABLE.fill(plate=plate)) from error
