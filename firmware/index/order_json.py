"""An order as text: what a person chose stays whole, whatever becomes of the worklist.

Built from the dataclasses themselves, so that no field is forgotten when one is added.
"""

from functools import lru_cache

from pydantic import TypeAdapter

from hal.values import Order

_ORDER = TypeAdapter(Order)
ORDERS_MAX = 256  # those of some days, read again each minute, and seldom others


def to_json(order: Order) -> str:
    return _ORDER.dump_json(order).decode()


@lru_cache(ORDERS_MAX)
def from_json(text: str) -> Order:
    """Raises ValueError when it is none. Fields that it lacks have their defaults; those of a newer
    sapi-node are left out."""
    return _ORDER.validate_json(text)
