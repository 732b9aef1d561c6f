"""How a file asks to be shown: its windows and its VOI LUT, as presets for the browser.

PS3.3 C.11.2: a LUT and windows are alternatives; a window is on values after the rescale.
"""

from typing import Any

import numpy as np
from pydicom import Dataset

from firmware.web.pixels import Head

WINDOWS_MAX = 8
LEVELS = 65_536


def presets(head: Head) -> list[dict[str, Any]]:
    """Each with a name, and a window in what is sent; `lut`: through the file's LUT first."""
    dataset = head.dataset
    found: list[dict[str, Any]] = []
    if "VOILUTSequence" in dataset and dataset.VOILUTSequence:
        name = str(dataset.VOILUTSequence[0].get("LUTExplanation") or "")
        found.append({"name": name, "lut": True, "centre": LEVELS / 2, "width": LEVELS})
    for name, centre, width in _windows(dataset):
        slope = float(dataset.get("RescaleSlope") or 1) or 1.0
        intercept = float(dataset.get("RescaleIntercept") or 0)
        stored = (centre - intercept) / slope + head.offset
        found.append({"name": name, "lut": False, "centre": stored, "width": abs(width / slope)})
    return found


def _windows(dataset: Dataset) -> list[tuple[str, float, float]]:
    centres, widths = _several(dataset, "WindowCenter"), _several(dataset, "WindowWidth")
    names = [str(one) for one in _several(dataset, "WindowCenterWidthExplanation")]
    names += [""] * len(centres)
    rows = zip(names, centres, widths, strict=False)
    return [(name, float(centre), float(width)) for name, centre, width in rows][:WINDOWS_MAX]


def _several(dataset: Dataset, keyword: str) -> list[Any]:
    value = dataset.get(keyword)
    if value is None or value == "":
        return []
    return [value] if isinstance(value, str | int | float) else list(value)


def voi_table(head: Head) -> bytes:
    """For each value as it is sent (16 bits), the LUT's output spread over 16 bits; "<u2"."""
    item = head.dataset.VOILUTSequence[0]
    entries, first, bits = (int(one) for one in item.LUTDescriptor)
    data = item.LUTData
    table = np.frombuffer(data, "<u2") if isinstance(data, bytes) else np.asarray(data, np.uint16)
    entries = min(entries or LEVELS, len(table))
    if head.offset and first >= LEVELS // 2:
        first -= LEVELS  # PS3.3 C.11.2.1.1: signed when the pixels are
    index = np.clip(np.arange(LEVELS) - head.offset - first, 0, entries - 1)
    spread = table[index].astype(np.uint32) * (LEVELS - 1) // ((1 << bits) - 1)
    return np.minimum(spread, LEVELS - 1).astype("<u2").tobytes()
