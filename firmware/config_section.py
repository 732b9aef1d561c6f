"""What every section of the configuration shares: unknown keys are mistakes, types are exact."""

from datetime import time
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

AeTitle = Annotated[
    str, Field(min_length=1, max_length=16, pattern=r"^[ -\[\]-~]*[!-\[\]-~][ -\[\]-~]*$")
]
"""PS3.5 6.2: at most 16 characters, not only spaces, no backslash, no control characters."""
PORT_MAX = 65535
Port = Annotated[int, Field(ge=1, le=PORT_MAX)]


def _time_of_day(text: object) -> time:
    """HH:MM in quotes, or TOML's own time of day."""
    if isinstance(text, time):
        return text.replace(tzinfo=None)
    try:
        return time.fromisoformat(str(text))
    except ValueError:
        raise PydanticCustomError("time_of_day", "not a time of day") from None


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
