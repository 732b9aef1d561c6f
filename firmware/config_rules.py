"""`[[rules]]` of the configuration: which images go to which archives."""

from typing import Annotated, Literal

from pydantic import Field

from firmware.config_section import Section, TimeOfDay
from firmware.routing import Rule
from hal.values import Priority

RULES_MAX = 64
"""More than a person can keep in their head already."""


Words = Annotated[list[str], Field(max_length=32)]


class RuleSection(Section):
    """Conditions that are left out match everything. `*` and `?` stand for what they do in names
    of files; upper and lower case are the same."""

    send_to: list[str] = Field(min_length=1, max_length=16)
    modality: Words = Field(default_factory=list)
    station: Words = Field(default_factory=list)
    procedure: Words = Field(default_factory=list)
    priority: Literal["routine", "urgent"] | None = None
    time_from: TimeOfDay | None = Field(default=None, validation_alias="from")
    time_until: TimeOfDay | None = Field(default=None, validation_alias="until")
    also: list[str] = Field(default=[], max_length=16)
    fallback: str = ""
    fallback_after_min: float = Field(default=30.0, gt=0, le=7 * 24 * 60)

    @property
    def archives(self) -> tuple[str, ...]:
        """Every name in it."""
        fallback = (self.fallback,) if self.fallback else ()
        return (*self.send_to, *self.also, *fallback)

    @property
    def rule(self) -> Rule:
        return Rule(
            send_to=tuple(self.send_to),
            modality=tuple(self.modality),
            station=tuple(self.station),
            procedure=tuple(self.procedure),
            priority=Priority(self.priority) if self.priority else None,
            time_from=self.time_from,
            time_until=self.time_until,
            also=tuple(self.also),
            fallback=self.fallback,
            fallback_after_s=60.0 * self.fallback_after_min,
        )
