"""One scan's image blocks, as FS G and ESC G frame them, made one by one as they are asked for."""

from collections.abc import Iterator

import numpy as np

from drivers.wire.esci.codes import BlockError, Status
from drivers.wire.esci.messages import ClassicBlockHeader, ExtendedScanStart, ScanParameters
from sim.film_on_glass import FilmOnGlass
from sim.film_scanner_faults import ScannerFaults

Chunk = bytes | memoryview
"""One USB transfer."""


def block_count(scan: ScanParameters) -> int:
    return -(-scan.rows // lines_per_block(scan))


def lines_per_block(scan: ScanParameters) -> int:
    return max(1, scan.lines_per_block)


def scan_start(scan: ScanParameters) -> ExtendedScanStart:
    """A last block of full size, rather than 0, where the rows divide evenly: SANE's TCP client
    misreads the end otherwise."""
    full_blocks = block_count(scan) - 1
    last_lines = scan.rows - full_blocks * lines_per_block(scan)
    return ExtendedScanStart(
        block_bytes=lines_per_block(scan) * scan.line_bytes,
        full_blocks=full_blocks,
        last_block_bytes=last_lines * scan.line_bytes,
    )


def extended_blocks(
    glass: FilmOnGlass, scan: ScanParameters, faults: ScannerFaults
) -> Iterator[Chunk]:
    """Image data and its error byte, in one transfer."""
    for number, data in enumerate(_image_blocks(glass, scan, before=0, after=1)):
        data[-1] = faults.error_bits if number == faults.error_block else BlockError(0)
        yield data


def classic_blocks(glass: FilmOnGlass, scan: ScanParameters) -> Iterator[Chunk]:
    """Header and image data, in one transfer."""
    last, size = block_count(scan) - 1, ClassicBlockHeader.SIZE
    for number, data in enumerate(_image_blocks(glass, scan, before=size, after=0)):
        status = Status.AREA_END if number == last else Status(0)
        lines = (len(data) - size) // scan.line_bytes
        data[:size] = ClassicBlockHeader(
            status=status, line_bytes=scan.line_bytes, lines=lines
        ).to_bytes()
        yield data


def _image_blocks(
    glass: FilmOnGlass, scan: ScanParameters, before: int, after: int
) -> Iterator[memoryview]:
    """Blocks of whole lines with room left `before` and `after` the data."""
    lines_max = min(lines_per_block(scan), scan.rows)
    for first_row in range(0, scan.rows, lines_max):
        lines = min(lines_max, scan.rows - first_row)
        end = before + lines * scan.line_bytes
        buffer = np.empty(end + after, np.uint8)
        image = buffer[before:end]
        if scan.depth == 16:
            glass.fill(image.view("<u2").reshape(lines, scan.columns), first_row)
        else:
            samples = np.empty((lines, scan.columns), np.uint16)
            glass.fill(samples, first_row)
            image.reshape(lines, scan.columns)[:] = samples >> 8
        yield buffer.data
