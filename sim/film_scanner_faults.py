"""What can be wrong with the simulated film scanner, drawn by a test or a seed."""

from dataclasses import dataclass

from drivers.wire.esci.codes import BlockError


@dataclass(frozen=True)
class ScannerFaults:
    """Blocks are counted from 0."""

    warm_up_s: float = 0.0
    """From power-on or from `inject`; `math.inf`: the lamp never comes."""
    fatal: bool = False
    cover_open: bool = False
    transparency_unit_missing: bool = False
    refuse_parameters: bool = False
    """NAK to what FS W sends."""
    busy_starts: int = 0
    """How many FS G are answered with the busy bit, and nothing started."""
    error_block: int | None = None
    error_bits: BlockError = BlockError.FATAL
    """What the error byte of `error_block` says: FATAL, NOT_READY, or CANCEL (the button)."""
    silent_block: int | None = None
    """This block never comes."""
    unplug_block: int | None = None
    """The cable comes off in place of this block."""


NO_FAULTS = ScannerFaults()
