"""Reading an instance to send it: blocks of its data set, and at the end the proof.

The length and the SHA-256 of the whole file, preamble included, are held against the index
before the last block is handed out. The digest is computed by a second thread while the block
before is on its way: on a small board it is slower than the network. Memory is two blocks,
whatever the size of the file.
"""

import hashlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from drivers.wire.part10 import HEAD_BYTES_MAX, FileHead, NotPart10, read_head
from hal.archive import InstanceFile
from hal.disk import FileReader
from hal.errors import Sentence, StorageCorrupt, StorageFailed

BLOCK_BYTES = 512 * 1024
"""Stays in the processor's cache from the read over the digest to the socket, and is long enough
that handing it to the other thread costs little; even, as fragments must be (PS3.8 E.1)."""

NOT_AS_INDEXED = Sentence(
    en="The file of instance {uid} is not what was stored ({what}). It was not delivered; restore "
    "it from the mirror.",
    fr="Le fichier de l'instance {uid} n'est pas celui qui a été enregistré ({what}). Il n'a pas "
    "été envoyé ; restaurez-le depuis le miroir.",
)
NOT_READ = Sentence(
    en="The file of instance {uid} cannot be read ({reason}). It was not delivered; check the "
    "disks.",
    fr="Le fichier de l'instance {uid} est illisible ({reason}). Il n'a pas été envoyé ; vérifiez "
    "les disques.",
)


class Workbench:
    """Two buffers and a digesting thread, for one file after the other."""

    def __init__(self) -> None:
        self.buffers = (memoryview(bytearray(BLOCK_BYTES)), memoryview(bytearray(BLOCK_BYTES)))
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="dicom-digest")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()

    def update(self, digest: "hashlib._Hash", block: memoryview) -> Future[None]:
        """In the order of the calls."""
        return self._thread.submit(digest.update, block)


class DataSetReader:
    """The data set of one open file, block by block. Raises StorageCorrupt, OSError."""

    def __init__(self, instance: InstanceFile, reader: FileReader, workbench: Workbench) -> None:
        self._instance = instance
        self._reader = reader
        self._workbench = workbench
        self._digest = hashlib.sha256()
        self._digesting: dict[int, Future[None]] = {}
        self._read_bytes = 0

    def blocks(self) -> Iterator[tuple[memoryview, bool]]:
        """(block, is_last); a block is overwritten by the next but one.

        The last one comes only when the whole file proved to be what the index says.
        """
        block = self._first_block()
        for number in range(1, self._blocks_max() + 1):
            following = self._next(number % 2)
            if not following:
                break
            yield block, False
            block = following
        self._check_whole()
        yield block, True

    def _blocks_max(self) -> int:
        """A file that grows is stopped one block late, and then is not what was indexed."""
        return self._instance.size_bytes // BLOCK_BYTES + 1

    def _first_block(self) -> memoryview:
        first = self._next(0)
        try:
            head = read_head(bytes(first[:HEAD_BYTES_MAX]))
        except NotPart10 as error:
            raise self._corrupt(str(error)) from error
        self._check_head(head)
        data_set = first[head.data_set_offset :]
        if not data_set:
            raise self._corrupt("no data set")
        return data_set

    def _check_head(self, head: FileHead) -> None:
        if head.reference != self._instance.reference:
            raise self._corrupt("another instance")
        if head.transfer_syntax_uid != self._instance.transfer_syntax_uid:
            raise self._corrupt("another transfer syntax")

    def _next(self, which: int) -> memoryview:
        """The next block, in that buffer, once the digest is done with what is in there."""
        self._digested(which)
        view = self._workbench.buffers[which]
        filled = 0
        while filled < len(view):
            count = self._reader.readinto(view[filled:])
            if not count:
                break
            filled += count
        block = view[:filled]
        self._digesting[which] = self._workbench.update(self._digest, block)
        self._read_bytes += filled
        return block

    def _digested(self, which: int) -> None:
        if which in self._digesting:
            self._digesting.pop(which).result()

    def _check_whole(self) -> None:
        if self._read_bytes != self._instance.size_bytes:
            raise self._corrupt(f"{self._read_bytes} of {self._instance.size_bytes} bytes")
        self._digested(0)
        self._digested(1)
        if self._digest.hexdigest() != self._instance.sha256:
            raise self._corrupt("SHA-256 differs")

    def _corrupt(self, what: str) -> StorageCorrupt:
        uid = self._instance.reference.sop_instance_uid
        return StorageCorrupt(NOT_AS_INDEXED.fill(uid=uid, what=what))


def not_read(instance: InstanceFile, error: OSError) -> StorageFailed:
    uid = instance.reference.sop_instance_uid
    return StorageFailed(NOT_READ.fill(uid=uid, reason=error.strerror or error))
