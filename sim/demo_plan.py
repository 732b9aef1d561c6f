"""What a demo is given, and the configuration that its node runs with."""

from dataclasses import dataclass
from pathlib import Path

from firmware.config import (
    DPI_MAX,
    DPI_MIN,
    ArchiveSection,
    FilmSection,
    NodeConfig,
    SimSection,
    StationSection,
    StoreSection,
)
from firmware.config_cassette import CassetteReaderSection
from firmware.config_panel import PanelSection
from firmware.dicom.film import FilmObject
from sim.films import Film

RESERVE_MIB = 64
ARCHIVE = "archive"
"""There is one here, and it needs no better name."""


@dataclass(frozen=True)
class ArchiveName:
    """AET@HOST:PORT."""

    ae_title: str
    host: str
    port: int

    @property
    def section(self) -> ArchiveSection:
        return ArchiveSection(
            ae_title=self.ae_title, host=self.host, port=self.port, compression="none"
        )


@dataclass(frozen=True)
class DemoPlan:
    film: Path | None
    """None: the example."""
    film_dpi: int | None
    resolution_dpi: int | None
    """None: the film's own."""
    film_object: FilmObject
    folder: Path
    archive: ArchiveName
    listen_port: int
    wait_s: float
    """For each of: sent, committed, erased."""
    plate: Path | None = None
    """A plate in the cassette reader instead of the film."""

    @property
    def store(self) -> Path:
        return self.folder / "node"


def demo_config(
    plan: DemoPlan, film: Film, cassette_reader: CassetteReaderSection | None
) -> NodeConfig:
    return NodeConfig(
        backend="sim",
        station=StationSection(
            institution_name="Hôpital de démonstration",
            listen_host="127.0.0.1",
            listen_port=plan.listen_port,
        ),
        store=StoreSection(path=str(plan.store), reserve_mib=RESERVE_MIB),
        film=FilmSection(
            resolution_dpi=plan.resolution_dpi or min(max(film.dpi, DPI_MIN), DPI_MAX),
            object=plan.film_object.value,
        ),
        archives={ARCHIVE: plan.archive.section},
        panel=PanelSection(look_s=0.0),
        cassette_reader=cassette_reader,
        sim=SimSection(film=str(plan.film or ""), film_dpi=film.dpi),
    )
