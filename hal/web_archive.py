"""A DICOMweb origin server (PS3.18), and how this node proves itself to it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class WebAddress:
    url: str
    """The base of the service, e.g. https://pacs.example.org/dicom-web."""
    user: str = ""
    """With a password in `secret`: Basic (RFC 7617). Empty: `secret` is a token (RFC 6750)."""
    secret: Path | None = None
    """A file of one line, read anew for each call: tokens are renewed. None: no credentials."""
