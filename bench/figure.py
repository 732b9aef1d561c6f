"""One measured figure and the reference it is held against."""

from dataclasses import dataclass
from enum import Enum


class Wanted(Enum):
    AT_LEAST = ">="
    AT_MOST = "<="


@dataclass(frozen=True)
class Figure:
    """`value` is ours. The verdict is on `value / reference` when there is a reference
    (machines are noisy), else on `value`; `wanted` None is for information only."""

    name: str
    value: float
    unit: str
    reference_name: str = ""
    reference: float | None = None
    wanted: Wanted | None = None
    limit: float | None = None

    @property
    def judged(self) -> float:
        return self.value if self.reference is None else self.value / self.reference

    @property
    def met(self) -> bool | None:
        if self.wanted is None or self.limit is None:
            return None
        if self.wanted is Wanted.AT_LEAST:
            return self.judged >= self.limit
        return self.judged <= self.limit
