"""An order as text: what a person chose stays whole, whatever becomes of the worklist.

Built from the dataclasses themselves, so that no field is forgotten when one is added.
"""

import json
from dataclasses import asdict, fields, is_dataclass
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

from hal.values import Order


def to_json(order: Order) -> str:
    return json.dumps(asdict(order), ensure_ascii=False, default=_enum, separators=(",", ":"))


def from_json(text: str) -> Order:
    """Raises ValueError or TypeError when it is none. Fields that it lacks have their defaults."""
    order = _made(Order, json.loads(text))
    if not isinstance(order, Order):
        raise TypeError(f"no order: {text[:80]!r}")
    return order


def _enum(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"an order holds no {type(value).__name__}")


def _made(kind: Any, value: Any) -> Any:
    if get_origin(kind) is tuple:
        return tuple(_made(get_args(kind)[0], one) for one in value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        known = {field.name for field in fields(kind)}
        return kind(
            **{name: _made(hints[name], one) for name, one in value.items() if name in known}
        )
    return value
