"""`sapi-node demo`: the command around `sim.demo`."""

import json
import logging
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from firmware.config import DPI_MAX, DPI_MIN
from firmware.dicom.film import FilmObject
from firmware.dicom.preview import write_preview
from firmware.told_plainly import EXIT_FAILED, told_plainly
from hal.errors import ConfigError, Sentence
from sim.archive_peer import SimulatedArchive
from sim.demo import run_demo
from sim.demo_plan import ArchiveName, DemoPlan
from sim.demo_result import DemoResult, as_json
from sim.demo_view import DemoView, hop_table
from sim.free_port import free_port

DEFAULT_FOLDER = Path("var/demo")
WAIT_S = 60.0  # an archive that commits does so in seconds
EMBEDDED_AE_TITLE = "SIM_ARCHIVE"

BAD_ARCHIVE = Sentence(
    en="--archive takes AET@HOST:PORT, such as ORTHANC@127.0.0.1:4242; found {found}.",
    fr="--archive attend AET@HÔTE:PORT, par exemple ORTHANC@127.0.0.1:4242 ; reçu {found}.",
)
FILM_OR_PLATE = Sentence(
    en="--plate puts a plate into the cassette reader: leave {option} out, it is of the film.",
    fr="--plate met une plaque dans le lecteur de cassettes : retirez {option}, qui concerne le "
    "film.",
)

ArchiveOption = Annotated[
    str | None,
    typer.Option(help="AET@HOST:PORT of a running archive.", show_default="a simulated one"),
]
ListenOption = Annotated[
    int, typer.Option(min=0, max=65535, help="Port for commitment reports. 0: any free one.")
]


def demo(
    film: Annotated[
        Path | None,
        typer.Option(
            help="A 16-bit gray PNG or TIFF, or a DICOM radiograph.",
            show_default="a real mammogram",
        ),
    ] = None,
    film_dpi: Annotated[
        int | None,
        typer.Option(min=1, help="The film's resolution.", show_default="what the file says"),
    ] = None,
    dpi: Annotated[
        int | None,
        typer.Option(min=DPI_MIN, max=DPI_MAX, help="Scan at this.", show_default="the film's own"),
    ] = None,
    archive: ArchiveOption = None,
    listen: ListenOption = 0,
    film_object: Annotated[
        FilmObject | None,
        typer.Option("--object", help="Which kind of DICOM object.", show_default="multi-frame"),
    ] = None,
    plate: Annotated[
        Path | None,
        typer.Option(
            help="Instead of a film, a plate in the cassette reader: a DICOM radiograph, or a "
            "16-bit gray PNG or TIFF.",
        ),
    ] = None,
    folder: Annotated[Path, typer.Option(help="Where the node keeps its store.")] = DEFAULT_FOLDER,
    wait: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for the archive.")] = WAIT_S,
    as_json_line: Annotated[
        bool, typer.Option("--json", help="End with one JSON object on one line.")
    ] = False,
) -> None:
    """One press, one film or plate, safe in two places: the whole node on simulated devices.

    A plate is read through a serial line, and erased when its image is durable. Its exposure index
    comes from an invented response.
    """
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)
    logging.getLogger("sapi").setLevel(logging.ERROR)
    console = Console(stderr=as_json_line)
    of_film = {"--film": film, "--film-dpi": film_dpi, "--dpi": dpi, "--object": film_object}
    with told_plainly(), ExitStack() as stack:
        _check_options(plate, of_film)
        listen_port = listen or free_port()
        plan = DemoPlan(
            film=film,
            film_dpi=film_dpi,
            resolution_dpi=dpi,
            film_object=film_object or FilmObject.MULTI_FRAME,
            folder=folder,
            archive=open_archive(archive, folder, listen_port, stack),
            listen_port=listen_port,
            wait_s=wait,
            plate=plate,
        )
        with DemoView(console) as view:
            result = run_demo(plan, view.hear)
    _tell(plan, result, console, as_json_line=as_json_line)
    if not result.good:
        raise typer.Exit(EXIT_FAILED)


def _check_options(plate: Path | None, of_film: Mapping[str, object]) -> None:
    """Raises ConfigError."""
    given = [option for option, value in of_film.items() if value is not None]
    if plate is not None and given:
        raise ConfigError(FILM_OR_PLATE.fill(option=", ".join(given)))


def _tell(plan: DemoPlan, result: DemoResult, console: Console, *, as_json_line: bool) -> None:
    preview = None
    if result.stored is not None:
        file = plan.store / result.stored.path
        preview = plan.folder / f"{result.stored.sop_instance_uid}.png"
        write_preview(file, preview)
        console.print(hop_table(plan, result))
        console.print(f"DICOM file: {file}", soft_wrap=True)
        console.print(f"preview:    {preview}", soft_wrap=True)
    for why in filter(None, (result.why, result.trouble)):
        console.print(why, style="yellow" if result.good else "red", soft_wrap=True)
    if as_json_line:
        typer.echo(json.dumps(as_json(plan, result, preview), ensure_ascii=False))


def open_archive(
    named: str | None, folder: Path, listen_port: int, stack: ExitStack
) -> ArchiveName:
    """The archive that was named, else a simulated one for as long as `stack` is open."""
    if named is not None:
        return parse_archive(named)
    folder.mkdir(parents=True, exist_ok=True)
    simulated = SimulatedArchive(
        folder / "archive",
        ae_title=EMBEDDED_AE_TITLE,
        report_to=("SAPI_NODE", "127.0.0.1", listen_port),
    )
    stack.enter_context(simulated)
    return ArchiveName(EMBEDDED_AE_TITLE, "127.0.0.1", simulated.port)


def parse_archive(text: str) -> ArchiveName:
    """Raises ConfigError."""
    ae_title, at, address = text.partition("@")
    host, colon, port = address.rpartition(":")
    if not (ae_title and at and host and colon and port.isdecimal() and 0 < int(port) < 65536):
        raise ConfigError(BAD_ARCHIVE.fill(found=text))
    return ArchiveName(ae_title, host, int(port))
