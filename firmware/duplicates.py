"""An archive says "I have that one already": is it the same one? It is fetched and compared.

Lost responses make harmless duplicates. But a UID that came from elsewhere can name another image,
and then nothing may ever be called sent. Where the archive gives nothing back (C-GET), its
commitment or its list decides.
"""

import hashlib
import logging
import math
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from firmware.dicom.file_meta import META_BYTES_MAX, data_set_offset
from firmware.dicom.returned import Encoding, encodings
from firmware.dicom.unpacked import NotUnpacked
from firmware.events import Compared, Listener
from firmware.index.proofs import Doubted, Proofs
from firmware.plain_again import unpacked
from firmware.store import FETCHING, READ_BYTES, Store
from hal.archive import Archive
from hal.clock import Clock
from hal.disk import FileReader
from hal.errors import PeerError, PeerRefused, Sentence, StorageError
from hal.values import Uid

log = logging.getLogger("sapi.duplicates")

ADDED_BYTES_MAX = 1024 * 1024  # group lengths, delimiters, attributes of the archive's own
AGAIN_S = 60.0
NOT_GIVEN_MAX = 10
"""So often in a row an archive that is there does not come to the end of it: it never will."""
NOT_GOOD = Sentence(
    en="our own file is damaged or missing", fr="notre propre fichier est abîmé ou absent"
)
NOTHING_THERE = 0x0000
"""Status of a C-GET that found no match: what it calls a duplicate is in another study."""

OTHER_CONTENT = Sentence(
    en="The archive has another image under this one's UID, or has changed it. It is not sent: "
    "have the archive's administrator compare the two.",
    fr="L'archive possède une autre image sous l'UID de celle-ci, ou l'a modifiée. Elle n'est pas "
    "envoyée : faites comparer les deux par l'administrateur de l'archive.",
)


@dataclass
class Duplicates:
    destination: str
    archive: Archive
    proofs: Proofs
    store: Store
    clock: Clock
    listener: Listener
    _not_before_s: float = field(default=-math.inf, init=False)
    _not_given: int = field(default=0, init=False)

    def step(self) -> None:
        """Compare one, if there is one and the archive can be asked."""
        if self.clock.monotonic_s() < self._not_before_s:
            return
        doubted = self.proofs.next_doubted(self.destination, ADDED_BYTES_MAX)
        if doubted is None:
            return
        if doubted.is_good:
            self._compare(doubted)
        else:  # a commitment lets it be fetched back, and then its digest is looked at
            uid = doubted.wanted.reference.sop_instance_uid
            self.proofs.not_compared(uid, self.destination, NOT_GOOD)

    def _compare(self, doubted: Doubted) -> None:
        uid = doubted.wanted.reference.sop_instance_uid
        try:
            same = self._is_same(doubted)
        except PeerRefused as error:
            if error.status == NOTHING_THERE:
                self._found(uid, same=False)
            else:
                self.proofs.not_compared(uid, self.destination, error.sentence)
        except PeerError as error:
            self._not_given_now(uid, error)
        except StorageError as error:  # no room, or a disk that fails: nothing of it is the image's
            log.warning("instance=%s not compared: %s", uid, error)
            self._not_before_s = self.clock.monotonic_s() + AGAIN_S
        else:
            self._not_given = 0
            self._found(uid, same=same)

    def _not_given_now(self, uid: Uid, error: PeerError) -> None:
        """Asked again, for as long as the archive is away, but not for ever where it is there."""
        self._not_before_s = self.clock.monotonic_s() + AGAIN_S
        try:
            self.archive.echo()
        except PeerError:
            return
        self._not_given += 1
        if self._not_given >= NOT_GIVEN_MAX:
            self.proofs.not_compared(uid, self.destination, error.sentence)

    def _found(self, uid: Uid, *, same: bool) -> None:
        if same:
            self.proofs.same(uid, self.destination)
        else:
            self.proofs.other(uid, self.destination, OTHER_CONTENT)
        self.listener(Compared(uid, self.destination, same))

    def _is_same(self, doubted: Doubted) -> bool:
        disk = self.store.disk
        uid = doubted.wanted.reference.sop_instance_uid
        aside = f"{FETCHING}/{uid}.{self.destination}.compared"
        copies = 2 if doubted.wanted.sent_as else 1  # as it comes, and unpacked
        self.store.check_room(copies * doubted.wanted.data_set_bytes_max)
        disk.remove(aside)
        try:
            with disk.open(doubted.file.path) as ours:
                size_bytes = self._receive(doubted, aside)
                with unpacked(disk, aside, size_bytes) as (theirs, plain_bytes):
                    return is_same(doubted, ours, theirs, plain_bytes)
        except NotUnpacked:
            return False
        finally:
            disk.remove(aside)

    def _receive(self, doubted: Doubted, aside: str) -> int:
        size_bytes = 0
        with self.store.disk.create(aside) as writer, closing(self._blocks(doubted)) as blocks:
            for block in blocks:
                writer.write(block)
                size_bytes += len(block)
        return size_bytes

    def _blocks(self, doubted: Doubted) -> Generator[bytes, None, None]:
        """A generator, so that it can be closed whatever the archive's iterator is."""
        yield from self.archive.retrieve(doubted.wanted)


def is_same(doubted: Doubted, ours: FileReader, theirs: FileReader, size_bytes: int) -> bool:
    """Behind our own file's head, in one of the encodings it may have had, it has our digest.

    Preamble and File Meta Information are all that is taken from our own file: an archive that
    gives back less than the data set has not shown that it keeps the rest.
    """
    meta_bytes = data_set_offset(ours.read(META_BYTES_MAX))
    if meta_bytes is None:
        return False
    for encoding in encodings(theirs, size_bytes):
        if meta_bytes + encoding.size_bytes != doubted.file.size_bytes:
            continue
        ours.seek(0)
        digest = hashlib.sha256(ours.read(meta_bytes))
        for chunk in _chunks(encoding, theirs):
            digest.update(chunk)
        if digest.hexdigest() == doubted.file.sha256:
            return True
    return False


def _chunks(encoding: Encoding, file: FileReader) -> Iterator[bytes]:
    yield encoding.head
    file.seek(encoding.start)
    left_bytes = encoding.end - encoding.start
    while chunk := file.read(min(READ_BYTES, left_bytes)):
        left_bytes -= len(chunk)
        yield chunk
