"""An archive says "I have that one already": is it the same one? It is fetched and compared.

Lost responses make harmless duplicates. But a UID that came from elsewhere can name another image,
and then nothing may ever be called sent. Where the archive gives nothing back (C-GET), its
commitment or its list decides.
"""

import hashlib
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
from hal.errors import PeerError, PeerRefused, Sentence
from hal.values import Uid

ADDED_BYTES_MAX = 1024 * 1024  # group lengths, delimiters, attributes of the archive's own
AGAIN_S = 60.0
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

    def step(self) -> None:
        """Compare one, if there is one and the archive can be asked."""
        if self.clock.monotonic_s() < self._not_before_s:
            return
        doubted = self.proofs.next_doubted(self.destination, ADDED_BYTES_MAX)
        if doubted is None:
            return
        uid = doubted.wanted.reference.sop_instance_uid
        try:
            same = self._is_same(doubted)
        except PeerRefused as error:
            if error.status == NOTHING_THERE:
                self._found(uid, same=False)
            else:
                self.proofs.not_compared(uid, self.destination, str(error))
        except PeerError:
            self._not_before_s = self.clock.monotonic_s() + AGAIN_S
        else:
            self._found(uid, same=same)

    def _found(self, uid: Uid, *, same: bool) -> None:
        if same:
            self.proofs.same(uid, self.destination)
        else:
            self.proofs.other(uid, self.destination, str(OTHER_CONTENT))
        self.listener(Compared(uid, self.destination, same))

    def _is_same(self, doubted: Doubted) -> bool:
        disk = self.store.disk
        uid = doubted.wanted.reference.sop_instance_uid
        aside = f"{FETCHING}/{uid}.{self.destination}.compared"
        disk.remove(aside)
        try:
            size_bytes = 0
            with disk.create(aside) as writer, closing(self._blocks(doubted)) as blocks:
                for block in blocks:
                    writer.write(block)
                    size_bytes += len(block)
            with (
                disk.open(doubted.file.path) as ours,
                unpacked(disk, aside, size_bytes) as (theirs, plain_bytes),
            ):
                return is_same(doubted, ours, theirs, plain_bytes)
        except NotUnpacked:
            return False
        finally:
            disk.remove(aside)

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
