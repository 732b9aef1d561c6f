"""The archives of the configuration: `[archives.NAME]`, NAME being what people see everywhere."""

import re
from datetime import time
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from firmware.config_section import AeTitle, Port, Section, TimeOfDay

ARCHIVES_MAX = 16
"""Each has two workers and two connections to the index; a hospital has two or three."""
ArchiveName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]
"""One word: it is typed on a command line and stands in every line of the log."""


def _web_address(url: str) -> str:
    if url and not re.match(r"https?://[^\s/]+", url):
        raise PydanticCustomError("no_web_address", "not a web address")
    return url


CompressionMode = Literal["auto", "jpeg-ls", "htj2k", "none"]


class BandwidthSection(Section):
    """What may go to this archive at these hours, local time."""

    time_from: TimeOfDay = Field(default=time.min, validation_alias="from")
    time_until: TimeOfDay = Field(default=time.min, validation_alias="until")
    kbit_s: float = Field(ge=64, le=10_000_000)
    """At least an ISDN channel: below it a film takes hours, and associations time out."""


class ArchiveSection(Section):
    """By DICOM (`ae_title`, `host`, `port`), or by DICOMweb (`url`)."""

    ae_title: AeTitle | None = None
    host: str = ""
    port: Port | None = None
    url: Annotated[str, AfterValidator(_web_address)] = ""
    """Of its DICOMweb service, as in https://archive.example/dicom-web."""
    user: str = ""
    """With a password in `secret_file`; empty: what stands in it is a token."""
    secret_file: str = ""
    """One line; it is read anew for each call. Empty: the archive asks for none."""
    tls: bool = False
    """Both sides show a certificate, from the files of `[tls]`."""
    tls_host_name: str = ""
    """What the archive's certificate must name; empty: its host."""
    commitment: Literal["n-action", "query", "none"] = "n-action"
    """How it says that it keeps an image: by DICOM's storage commitment; by being asked whether
    it has it (C-FIND, QIDO-RS); or not at all, and then nothing is ever called safe there."""
    commitment_silence_s: float = Field(default=3600.0, gt=0, le=30 * 86_400)
    evict_on: Literal["commitment", "query"] = "commitment"
    """What lets an image be removed here to make room. A list promises nothing, and an image that
    only a list knows cannot be had back by the node itself."""
    hold_after_refusals: int = Field(default=1, ge=1, le=1000)
    """A refusal speaks of the image itself: it will not be taken until somebody does something."""
    compression: CompressionMode = "auto"
    """Lossless. auto: whichever the archive takes and the line is slow enough for; a codec: always
    that one, where the archive takes it. One by `url` cannot be asked: auto is none there."""
    bandwidth: list[BandwidthSection] = Field(default_factory=list, max_length=24)
    """The first whose hours hold counts; outside all of them there is no limit."""
    hold_after_denials: int = Field(default=5, ge=1, le=1000)
    """Accepted, and then not kept: an archive's bad day may do that, not five of them."""

    @model_validator(mode="after")
    def _is_reachable_one_way(self) -> "ArchiveSection":
        by_dicom = {"ae_title": self.ae_title, "host": self.host, "port": self.port}
        missing = [key for key, value in by_dicom.items() if not value]
        if self.url and len(missing) < len(by_dicom):
            raise PydanticCustomError("archive_two_ways", "either a url, or ae_title, host, port")
        if not self.url and missing:
            raise PydanticCustomError(
                "archive_incomplete", "missing: {missing}", {"missing": ", ".join(missing)}
            )
        if (self.secret_file and not self.url) or (self.user and not self.secret_file):
            raise PydanticCustomError("archive_secret", "user, secret_file and url go together")
        return self


class TlsSection(Section):
    """PEM files that prove who this node is, and whom it believes."""

    certificate: str = Field(min_length=1)
    key: str = Field(min_length=1)
    trusted: str = Field(min_length=1)
