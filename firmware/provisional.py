"""Who an urgent patient is until somebody says it: an identity that nobody else has."""

from datetime import datetime

PREFIX = "URG"
NAME = "INCONNU^URGENCE"


def provisional_id(now: datetime, chance: bytes) -> str:
    """`chance`: 3 random bytes."""
    return f"{PREFIX}{now:%Y%m%d}{chance.hex().upper()}"


def is_provisional(patient_id: str, name: str) -> bool:
    """Both: a hospital's own numbers may begin like ours."""
    return name == NAME and patient_id.startswith(PREFIX)
