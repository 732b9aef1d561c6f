"""The RIS in the configuration: `[worklist]` and `[procedure_steps]`, each an AE of its own."""

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from firmware.config_section import AeTitle, Port, Section


class RisSection(Section):
    ae_title: AeTitle | None = None
    host: str = ""
    port: Port | None = None
    tls: bool = False
    """Both sides show a certificate, from the files of `[tls]`."""
    tls_host_name: str = ""
    """What the RIS's certificate must name; empty: its host."""

    @property
    def has_peer(self) -> bool:
        return bool(self.ae_title or self.host or self.port)

    @model_validator(mode="after")
    def _is_whole(self) -> "RisSection":
        told = {"ae_title": self.ae_title, "host": self.host, "port": self.port}
        missing = [key for key, value in told.items() if not value]
        if self.has_peer and missing:
            raise PydanticCustomError(
                "ris_incomplete", "missing: {missing}", {"missing": ", ".join(missing)}
            )
        return self


class WorklistSection(RisSection):
    """Orders from a RIS, or from a file; without either every film is scanned as URGENT."""

    query_station_ae_title: str | None = Field(default=None, max_length=16)
    """Only what is scheduled for this AE title; left out: this node's; empty: for anybody."""
    query_modality: str = Field(default="", pattern=r"^[A-Z0-9_ ]{0,16}$")
    """Only this one; empty: any."""
    file: str = ""
    """Orders in a TOML file, for a site without a RIS."""

    @model_validator(mode="after")
    def _has_one_source(self) -> "WorklistSection":
        if self.file and self.has_peer:
            raise PydanticCustomError("worklist_two_ways", "a file and a RIS")
        return self


class ProcedureStepsSection(RisSection):
    """Whom MPPS tells what was done; empty: nobody."""
