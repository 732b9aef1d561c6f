"""The moves of one reading of a plate: the only list of them."""

from enum import Enum


class ReadState(Enum):
    BEGUN = "begun"
    """On disk here, and READ may have been sent: the latent image may be gone."""
    WHOLE = "whole"
    """Every sample came and the reader's checksum held; the file may be published."""
    STORED = "stored"
    """Published and indexed."""
    ERASED = "erased"
    """The reader said so, and keeps nothing of it any more."""
    NOTHING = "nothing"
    """No image came, and the reader keeps none: its laser failed, or it lost what it had read."""


MOVES: dict[ReadState, frozenset[ReadState]] = {
    ReadState.BEGUN: frozenset({ReadState.WHOLE, ReadState.NOTHING}),
    ReadState.NOTHING: frozenset({ReadState.WHOLE}),
    ReadState.WHOLE: frozenset({ReadState.WHOLE, ReadState.STORED}),
    ReadState.STORED: frozenset({ReadState.ERASED}),
    ReadState.ERASED: frozenset({ReadState.ERASED}),
}
"""WHOLE again: the power went before its file was published, and the reader sent it once more.
ERASED again: the reader's answer was lost. NOTHING, then WHOLE: another reader stood there
meanwhile, or the laser was still under way when the line had been cut."""
UNSTORED = frozenset({ReadState.BEGUN, ReadState.WHOLE, ReadState.NOTHING})
