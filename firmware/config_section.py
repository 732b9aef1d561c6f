"""What every section of the configuration shares: unknown keys are mistakes, types are exact."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

AeTitle = Annotated[
    str, Field(min_length=1, max_length=16, pattern=r"^[ -\[\]-~]*[!-\[\]-~][ -\[\]-~]*$")
]
"""PS3.5 6.2: at most 16 characters, not only spaces, no backslash, no control characters."""
Port = Annotated[int, Field(ge=1, le=65535)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
