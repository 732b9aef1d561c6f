"""The pipeline of sending: a second thread reads and proves what follows while a block is on
its way and while the archive makes up its mind.

One thread, because files are read in the order they are sent; reading and the digest run without
the interpreter's lock. Memory is BLOCKS_AHEAD blocks,
whatever the files. It never hands out the last block of a file that is not what the index says.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from queue import SimpleQueue
from threading import Event, Thread
from typing import Self, cast

from drivers.dicom_file import BLOCK_BYTES, DataSetReader, not_read
from hal.archive import InstanceFile

BLOCKS_AHEAD = 4
"""One is being sent, one read: two more keep either from waiting for a slow turn of the other."""

Block = tuple[memoryview, bool]
"""A view of one buffer, and whether it is the last of its instance."""


class Ended(Exception):
    """Nobody wants the rest."""


class ReadAhead:
    """Instances in the order given; call `blocks` once for each."""

    def __init__(self, instances: Sequence[InstanceFile], whole_file: bool = False) -> None:
        """`whole_file`: for peers that take files; else the data sets alone."""
        self._free: SimpleQueue[bytearray] = SimpleQueue()
        self._ready: SimpleQueue[Block | Exception] = SimpleQueue()
        self._ended = Event()
        self._whole_file = whole_file
        for _ in range(BLOCKS_AHEAD):
            self._free.put(bytearray(BLOCK_BYTES))
        self._thread = Thread(
            target=self._read_all, args=(instances,), name="dicom-read-ahead", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._free.put(bytearray())  # wakes the thread where all buffers are out
        self._thread.join()

    def blocks(self) -> Iterator[Block]:
        """Of the next instance. A block is overwritten once the next one is asked for.

        Raises StorageCorrupt, StorageFailed; the instance after that one is next.
        """
        is_last = False
        while not is_last:
            block = self._ready.get()
            if isinstance(block, Exception):
                raise block
            data, is_last = block
            yield data, is_last
            self._free.put(cast(bytearray, data.obj))

    def _read_all(self, instances: Sequence[InstanceFile]) -> None:
        for instance in instances:
            try:
                self._read(instance)
            except Ended:
                return
            except OSError as error:
                failed = not_read(instance, error)
                failed.__cause__ = error
                self._ready.put(failed)
            except Exception as error:  # noqa: BLE001  raised again by the one who waits for it
                self._ready.put(error)

    def _read(self, instance: InstanceFile) -> None:
        kept: deque[bytearray] = deque()

        def buffer() -> bytearray:
            kept.append(self._free.get())
            if self._ended.is_set():
                raise Ended
            return kept[-1]

        try:
            with instance.open() as reader:
                blocks = DataSetReader(instance, reader, buffer, self._whole_file).blocks()
                for block in blocks:
                    self._ready.put(block)
                    kept.popleft()
        finally:
            for unused in kept:
                self._free.put(unused)
