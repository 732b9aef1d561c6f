"""How long the panel waits for a person."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PanelTimes:
    look_s: float = 120.0
    """So long a stored image waits for a look."""
    confirm_s: float = 180.0
    """A patient who was confirmed stays so for a pause no longer than this."""
    examination_s: float = 900.0
    """An examination is over when nobody came back for so long."""
