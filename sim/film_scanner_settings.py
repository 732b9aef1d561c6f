"""What the host may set on the simulated film scanner, by FS W at once or by ESC one by one."""

from dataclasses import replace
from struct import unpack
from typing import Any

from drivers.wire.esci import codes
from drivers.wire.esci.messages import ScanParameters

AT_RESET = ScanParameters(x_dpi=100, y_dpi=100, depth=8, lines_per_block=1)
FIELDS = {
    b"\x1bC": ("<B", ("colour",)),
    b"\x1bD": ("<B", ("depth",)),
    b"\x1be": ("<B", ("source",)),
    b"\x1bd": ("<B", ("lines_per_block",)),
    b"\x1bR": ("<2H", ("x_dpi", "y_dpi")),
    b"\x1bA": ("<4H", ("left", "top", "columns", "rows")),
}
"""The other settings (gamma, halftone, brightness ...) change nothing on this film."""


def with_setting(scan: ScanParameters, command: bytes, payload: bytes) -> ScanParameters:
    """`payload` has the length that `codes.PARAMETER_BYTES` says."""
    if command == codes.SET_PARAMETERS:
        return ScanParameters.from_bytes(payload)
    if command not in FIELDS:
        return scan
    layout, names = FIELDS[command]
    change: dict[str, Any] = dict(zip(names, unpack(layout, payload), strict=True))
    return replace(scan, **change)
