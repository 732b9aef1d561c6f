"""A small picture of a film for the panel's display and the web page.

Rows come once, in order, and are averaged in blocks as they pass: memory is one row of sums and
the small picture, whatever the film's size. It is for looking, never for diagnosis.
"""

import io
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIZE_MAX_PX = 1024


def preview_png(
    rows: Iterable[NDArray[np.uint16]],
    columns: int,
    rows_total: int,
    lut: NDArray[np.uint16],
    size_max_px: int = SIZE_MAX_PX,
) -> bytes:
    """An 8-bit gray PNG, no side longer than `size_max_px`.

    `rows` are blocks of n x `columns` stored values (a single row may be 1-D). `lut` has 65536
    entries, as `presentation.voi_lut` or `window_lut` make it. Fewer than `rows_total` rows give
    a shorter picture; more than that is a ValueError.
    """
    factor = max(1, -(-max(columns, rows_total) // size_max_px))
    lines = list(_averaged(rows, columns, rows_total, factor))
    if not lines:
        raise ValueError("a picture needs at least one row")
    shown = (lut[np.stack(lines)] >> 8).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(shown).save(out, "PNG")
    return out.getvalue()


def _averaged(
    blocks: Iterable[NDArray[np.uint16]], columns: int, rows_total: int, factor: int
) -> Iterator[NDArray[np.uint16]]:
    """One line for each `factor` rows; the last one may be of fewer."""
    starts = np.arange(0, columns, factor)
    widths = np.diff(np.append(starts, columns))
    sums = np.zeros(len(starts), dtype=np.int64)
    gathered = 0
    for row_number, row in enumerate(_single_rows(blocks, columns)):
        if row_number >= rows_total:
            raise ValueError(f"more than the {rows_total} rows announced")
        sums += np.add.reduceat(row, starts, dtype=np.int64)
        gathered += 1
        if gathered == factor:
            yield (sums // (widths * gathered)).astype(np.uint16)
            sums[:] = 0
            gathered = 0
    if gathered:
        yield (sums // (widths * gathered)).astype(np.uint16)


def _single_rows(
    blocks: Iterable[NDArray[np.uint16]], columns: int
) -> Iterator[NDArray[np.uint16]]:
    for block in blocks:
        yield from block.reshape(-1, columns)
