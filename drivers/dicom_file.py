"""Reading an instance to send it: blocks of its data set, and at the end the proof.

The length and a digest of the whole file, preamble included, are held against the index before
the last block is handed out. It reads into the buffers that it is given and keeps none.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Protocol

from xxhash import xxh3_128

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


class Digest(Protocol):
    def update(self, data: memoryview, /) -> None: ...

    def hexdigest(self) -> str: ...


class DataSetReader:
    """The data set of one open file, block by block. Raises StorageCorrupt, OSError."""

    def __init__(
        self,
        instance: InstanceFile,
        reader: FileReader,
        buffer: Callable[[], bytearray],
        whole_file: bool = False,
    ) -> None:
        """`buffer`: one of BLOCK_BYTES for each block, which is a view of it. `whole_file`:
        preamble and File Meta Information too."""
        self._instance = instance
        self._reader = reader
        self._buffer = buffer
        self._whole_file = whole_file
        self._digest, self._expected = proof_of(instance)
        self._read_bytes = 0

    def blocks(self) -> Iterator[tuple[memoryview, bool]]:
        """(block, is_last). The last comes only when the whole file proved to be what the index
        says."""
        block = self._data_set(self._next())
        while block and self._read_bytes < self._instance.size_bytes:
            yield block, False
            block = self._next()
        self._check_whole()
        yield block, True

    def _next(self) -> memoryview:
        left_bytes = self._instance.size_bytes - self._read_bytes
        view = memoryview(self._buffer())[:left_bytes]
        filled = 0
        while filled < len(view):
            count = self._reader.readinto(view[filled:])
            if not count:
                break
            filled += count
        block = view[:filled]
        self._digest.update(block)
        self._read_bytes += filled
        return block

    def _data_set(self, first: memoryview) -> memoryview:
        """The first block, without preamble and File Meta Information (PS3.10 7.1)."""
        try:
            head = read_head(first[:HEAD_BYTES_MAX])
        except NotPart10 as error:
            raise self._corrupt(str(error)) from error
        self._check_head(head)
        data_set = first[head.data_set_offset :]
        if not data_set:
            raise self._corrupt("no data set")
        return first if self._whole_file else data_set

    def _check_head(self, head: FileHead) -> None:
        if head.reference != self._instance.reference:
            raise self._corrupt("another instance")
        if head.transfer_syntax_uid != self._instance.transfer_syntax_uid:
            raise self._corrupt("another transfer syntax")

    def _check_whole(self) -> None:
        size_bytes = self._instance.size_bytes
        if self._read_bytes < size_bytes:
            raise self._corrupt(f"{self._read_bytes} of {size_bytes} bytes")
        if self._reader.read(1):
            raise self._corrupt(f"more than {size_bytes} bytes")
        if self._digest.hexdigest() != self._expected:
            raise self._corrupt("its digest differs")

    def _corrupt(self, what: str) -> StorageCorrupt:
        uid = self._instance.reference.sop_instance_uid
        return StorageCorrupt(NOT_AS_INDEXED.fill(uid=uid, what=what))


def proof_of(instance: InstanceFile) -> tuple[Digest, str]:
    """A digest to feed with the file, and what it has to come to.

    What a disk or a memory does to a file, XXH3-128 finds as SHA-256 does; against an intruder,
    who could change the index as well, neither stands. And where a processor has instructions for
    SHA-256 it still took two thirds of what sending 0.5 MB costs (bench/sending.py); a Raspberry
    Pi 4 has none.
    """
    if instance.xxh3:
        return xxh3_128(), instance.xxh3
    return hashlib.sha256(), instance.sha256


def not_read(instance: InstanceFile, error: OSError) -> StorageFailed:
    uid = instance.reference.sop_instance_uid
    return StorageFailed(NOT_READ.fill(uid=uid, reason=error.strerror or error))
