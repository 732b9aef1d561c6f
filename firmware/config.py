"""The node's configuration: typed TOML. What is wrong in it is said with its line and the fix."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from firmware.config_archives import ARCHIVES_MAX, ArchiveName, ArchiveSection, TlsSection
from firmware.config_cassette import CassetteReaderSection
from firmware.config_errors import explain, worth_saying
from firmware.config_panel import PanelSection
from firmware.config_ris import ProcedureStepsSection, RisSection, WorklistSection
from firmware.config_rules import RULES_MAX, RuleSection
from firmware.config_section import PORT_MAX, AeTitle, Port, Section
from firmware.config_web import WebSection
from firmware.routing import Route, by_rules
from hal.errors import ConfigError, Sentence

__all__ = ["ArchiveSection"]


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise PydanticCustomError("time_zone", "not a time zone")
    return name


def _on_loopback(listen: str) -> str:
    host, _, port = listen.rpartition(":")
    local = re.fullmatch(r"localhost|127(\.[0-9]{1,3}){3}|\[::1\]", host)
    in_range = re.fullmatch(r"[0-9]{1,5}", port) and 1 <= int(port) <= PORT_MAX
    if listen and not (local and in_range):
        raise PydanticCustomError("not_loopback", "not on the loopback")
    return listen


NO_FILE = Sentence(
    en="The configuration {file} could not be read ({reason}). Name the file with --config.",
    fr="La configuration {file} n'a pas pu être lue ({reason}). Indiquez le fichier avec --config.",
)
NOT_TOML = Sentence(
    en="{file} is not TOML: {reason}.",
    fr="{file} n'est pas du TOML : {reason}.",
)


DPI_MIN, DPI_MAX = 50, 4800  # of the flatbeds that the driver knows


class StationSection(Section):
    """Who this node is, in every image it builds and to every peer it calls."""

    institution_name: str = Field(max_length=64)
    station_name: str = Field(default="SAPI1", max_length=16)
    department_name: str = Field(default="", max_length=64)
    ae_title: AeTitle = "SAPI_NODE"
    listen_host: str = "0.0.0.0"  # noqa: S104 -- the archive's reports come from the network
    listen_port: Port = 11112
    """For commitment reports of the archives without TLS."""
    listen_tls_port: Port = 2762
    """And of those with it; registered for DICOM over TLS (PS3.8 9.1.1)."""
    timezone: Annotated[str, AfterValidator(_known_zone)] = "Europe/Paris"
    language: Literal["fr", "en"] = "fr"
    ins: Literal["as-ordered", "other-patient-ids", "patient-id", "none"] = "as-ordered"
    """Where the French national identity of an order stands in images and MPPS."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class StoreSection(Section):
    path: str = Field(min_length=1)
    reserve_mib: int = Field(default=1024, ge=0)
    """Kept free: the index must be able to grow when the disk is otherwise full."""


class KeepingSection(Section):
    """How long files stay, and how often they are read again."""

    verify_days: float = Field(default=30.0, gt=0)
    """Every file's digest is checked once in so many days."""
    keep_days: float = Field(default=90.0, ge=0)
    """A file stays at least so long after its archive committed to it."""
    keep_urgent_days: float = Field(default=180.0, ge=0)
    """The same for an urgent one: its patient is sorted out later, and it is asked for again."""
    restored_days: float = Field(default=30.0, ge=0)
    """After an image was fetched back: it stays so long, and so does the damaged file."""
    evicted_rows_days: float = Field(default=0.0, ge=0)
    """The index forgets an evicted image after so long; 0: never."""
    rejected_days: float = Field(default=30.0, ge=0)
    """An image that a person rejected stays so long, unsent; 0: for ever."""
    superseded_days: float = Field(default=365.0, ge=0)
    """An image that was corrected stays so long, unsent, and until its successor is committed
    everywhere; 0: for ever."""
    evict: Literal["under-pressure", "when-due"] = "under-pressure"
    array_poll_s: float = Field(default=30.0, gt=0)
    """How often the mirrored disks are looked at."""
    evict_below_mib: int = Field(default=20_480, ge=0)
    evict_until_mib: int = Field(default=40_960, ge=0)

    @model_validator(mode="after")
    def _evicts_to_an_end(self) -> "KeepingSection":
        below, until = self.evict_below_mib, self.evict_until_mib
        if until < below:
            found = {"within": "evict_until_mib", "below": below, "until": until}
            raise PydanticCustomError("evicts_for_ever", "{until} < {below}", found)
        return self


class FilmSection(Section):
    resolution_dpi: int = Field(default=300, ge=DPI_MIN, le=DPI_MAX)
    object: Literal["multi-frame", "secondary-capture"] = "multi-frame"
    calibration: str = ""
    """A file that `sapi-node calibrate` wrote; empty: linear, not calibrated."""


class CompressionSection(Section):
    image_mib_max: int = Field(default=176, ge=1, le=256)
    """Larger images go as they are stored. A film of 35 x 43 cm at 600 dpi has 160 MiB, and 472 MB
    are the node's peak while it is made small (bench/lossless.py): a board of 1 GiB has that."""


class MetricsSection(Section):
    listen: Annotated[str, AfterValidator(_on_loopback)] = ""
    """Loopback host and port, as in 127.0.0.1:9464; empty: none. There is no password on it."""

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


class SimSection(Section):
    """What the simulated devices play with."""

    plate: str = ""
    """In a simulated cassette reader; empty: there is no reader."""
    film: str = ""
    film_dpi: int | None = Field(default=None, gt=0)


class NodeConfig(Section):
    backend: Literal["drivers", "sim"] = "drivers"
    station: StationSection
    store: StoreSection
    archives: dict[ArchiveName, ArchiveSection] = Field(min_length=1, max_length=ARCHIVES_MAX)
    tls: TlsSection | None = None
    rules: list[RuleSection] = Field(default=[], max_length=RULES_MAX)
    film: FilmSection = FilmSection()
    keeping: KeepingSection = KeepingSection()
    compression: CompressionSection = CompressionSection()
    metrics: MetricsSection = MetricsSection()
    web: WebSection | None = None
    worklist: WorklistSection = WorklistSection()
    procedure_steps: ProcedureStepsSection = ProcedureStepsSection()
    panel: PanelSection = PanelSection()
    cassette_reader: CassetteReaderSection | None = None
    sim: SimSection = SimSection()

    @model_validator(mode="after")
    def _has_certificates(self) -> "NodeConfig":
        for name, archive in self.archives.items():
            if archive.tls and self.tls is None:
                raise PydanticCustomError(
                    "tls_without_files", "{name}", {"name": name, "within": f"archives.{name}.tls"}
                )
        return self

    @model_validator(mode="after")
    def _shows_itself_by_tls(self) -> "NodeConfig":
        if self.web is not None and not self.web.on_loopback and self.tls is None:
            found = {"listen": self.web.listen, "within": "web.listen"}
            raise PydanticCustomError("web_without_tls", "{listen}", found)
        return self

    @model_validator(mode="after")
    def _has_certificates_for_the_ris(self) -> "NodeConfig":
        sections: dict[str, RisSection] = {
            "worklist": self.worklist,
            "procedure_steps": self.procedure_steps,
        }
        for name, section in sections.items():
            if section.tls and self.tls is None:
                found = {"name": name, "within": f"{name}.tls"}
                raise PydanticCustomError("ris_tls_without_files", "{name}", found)
        return self

    @model_validator(mode="after")
    def _sends_to_known_archives(self) -> "NodeConfig":
        for number, rule in enumerate(self.rules, 1):
            unknown = [name for name in rule.archives if name not in self.archives]
            if unknown:
                known = ", ".join(self.archives)
                found = {"number": number, "unknown": unknown[0], "known": known}
                found["within"] = f"rules.{number - 1}"
                raise PydanticCustomError("rule_to_nowhere", "{unknown}", found)
        return self

    @property
    def trusted_lists(self) -> tuple[str, ...]:
        """Archives whose list is enough to remove an image here."""
        return tuple(name for name, one in self.archives.items() if one.evict_on == "query")

    @property
    def route(self) -> Route:
        """Where each image goes."""
        rules = tuple(section.rule for section in self.rules)
        return by_rules(rules, tuple(self.archives), self.station.zone)


def load_config(path: Path) -> NodeConfig:
    """Raises ConfigError; relative paths in it are relative to the file."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise ConfigError(NO_FILE.fill(file=path, reason=reason)) from error
    config = parse_config(text, str(path))
    return _resolved(config, path.parent)


def parse_config(text: str, file: str = "node.toml") -> NodeConfig:
    try:
        return NodeConfig.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(NOT_TOML.fill(file=file, reason=error)) from error
    except ValidationError as error:
        sentences = [explain(entry, text, file, NodeConfig) for entry in worth_saying(error)]
        raise ConfigError(
            Sentence(
                en="\n".join(sentence.en for sentence in sentences),
                fr="\n".join(sentence.fr for sentence in sentences),
            )
        ) from error


def _resolved(config: NodeConfig, base: Path) -> NodeConfig:
    def beside(name: str) -> str:
        return str(base / name) if name else ""

    tls = config.tls and config.tls.model_copy(
        update={key: beside(value) for key, value in config.tls.model_dump().items()}
    )
    archives = {
        name: archive.model_copy(update={"secret_file": beside(archive.secret_file)})
        for name, archive in config.archives.items()
    }
    web = config.web and config.web.model_copy(update={"accounts": beside(config.web.accounts)})
    plates = config.cassette_reader and config.cassette_reader.model_copy(
        update={"calibration": beside(config.cassette_reader.calibration)}
    )
    return config.model_copy(
        update={
            "tls": tls,
            "web": web,
            "cassette_reader": plates,
            "archives": archives,
            "store": config.store.model_copy(update={"path": beside(config.store.path)}),
            "film": config.film.model_copy(update={"calibration": beside(config.film.calibration)}),
            "worklist": config.worklist.model_copy(update={"file": beside(config.worklist.file)}),
            "sim": config.sim.model_copy(
                update={"film": beside(config.sim.film), "plate": beside(config.sim.plate)}
            ),
        }
    )
