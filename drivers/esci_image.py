"""The image flow of FS G: blocks in, rows out, in memory bounded beforehand.

Blocks are read straight into two buffers, one for the full blocks and one for the last, each no
larger than the block asked for. However the scan ends, the device is told.
"""

from array import array
from collections.abc import Generator
from contextlib import suppress
from typing import TypeAlias

from drivers import film_scanner_sentences as say
from drivers.esci_session import EsciSession
from drivers.wire.esci.codes import BlockError
from drivers.wire.esci.messages import ExtendedScanStart, ScanParameters
from hal.errors import DeviceError, DeviceMisbehaved, ScanCancelled, Sentence
from hal.film_scanner import RowBlock

ERROR_BYTES = 1  # after the image data of each block
PROBLEMS: tuple[tuple[BlockError, type[DeviceError], Sentence], ...] = (
    (BlockError.CANCEL, ScanCancelled, say.CANCELLED),
    (BlockError.FATAL, DeviceMisbehaved, say.FATAL),
    (BlockError.NOT_READY, DeviceMisbehaved, say.NOT_READY),
)

Block: TypeAlias = "array[int]"
"""Bytes, in the one type that pyusb reads into."""


def read_image(
    session: EsciSession, parameters: ScanParameters, start: ExtendedScanStart
) -> Generator[RowBlock, None, None]:
    """A block is acknowledged when the next one is asked for, so that a scan given up in between
    is cancelled where the device listens."""
    under_way, first_row = True, 0
    try:
        blocks = _blocks(parameters, start)
        for number, block in enumerate(blocks, start=1):
            if number > 1:
                session.acknowledge_block()
            session.read_block(block)
            under_way = number < len(blocks)
            rows = _rows(block, first_row, parameters.line_bytes)
            yield rows
            first_row += rows.rows
    except BaseException:
        with suppress(DeviceError):  # then the next call finds it out of step, and resets it
            session.abort_scan(under_way)
        raise


def _blocks(parameters: ScanParameters, start: ExtendedScanStart) -> list[Block]:
    """What to read into, block by block: the full ones share one buffer. Raises DeviceMisbehaved
    unless the blocks are no larger than asked for, of whole lines, and make up the image."""
    lengths = (start.block_bytes if start.full_blocks else 0, start.last_block_bytes)
    if (
        max(lengths) > parameters.lines_per_block * parameters.line_bytes
        or any(length % parameters.line_bytes for length in lengths)
        or start.image_bytes != parameters.rows * parameters.line_bytes
    ):
        raise DeviceMisbehaved(say.NOT_UNDERSTOOD.fill(detail=f"{start.image_bytes} bytes"))
    full, last = (array("B", bytes(length + ERROR_BYTES)) for length in lengths)
    return [full] * start.full_blocks + [last] * bool(start.last_block_bytes)


def _rows(block: Block, first_row: int, line_bytes: int) -> RowBlock:
    error = BlockError(block[-1])
    for bit, kind, sentence in PROBLEMS:
        if bit in error:
            raise kind(sentence)
    samples = memoryview(block)[:-ERROR_BYTES]
    return RowBlock(first_row, len(samples) // line_bytes, samples)
