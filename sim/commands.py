"""What the simulated world adds to `sapi-node`: `demo` and `sim`."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer

from firmware.cli import run_node
from firmware.config import NodeConfig, SimSection, StationSection, StoreSection
from firmware.told_plainly import told_plainly
from sim.cli import app as sim_app
from sim.demo import ARCHIVE
from sim.demo_command import ArchiveOption, ListenOption, demo, open_archive
from sim.explore_command import explore
from sim.free_port import free_port

RESERVE_MIB = 64


def mount(app: typer.Typer) -> None:
    sim_app.command("node")(node)
    app.add_typer(sim_app, name="sim")
    app.command("demo")(demo)
    app.command("explore")(explore)


def node(
    film: Annotated[
        Path | None, typer.Option(help="The film on the scanner.", show_default="a mammogram")
    ] = None,
    film_dpi: Annotated[int | None, typer.Option(min=1, help="The film's resolution.")] = None,
    archive: ArchiveOption = None,
    listen: ListenOption = 0,
    folder: Annotated[Path, typer.Option(help="Where it all is kept.")] = Path("var/sim"),
    language: Annotated[Literal["fr", "en"], typer.Option(help="Of the panel.")] = "fr",
) -> None:
    """The whole node on simulated devices, the keyboard as its panel, until Ctrl-C."""
    with told_plainly(), ExitStack() as stack:
        listen_port = listen or free_port()
        peer = open_archive(archive, folder, listen_port, stack)
        run_node(
            NodeConfig(
                backend="sim",
                station=StationSection(
                    institution_name="Hôpital simulé",
                    listen_host="127.0.0.1",
                    listen_port=listen_port,
                    language=language,
                ),
                store=StoreSection(path=str(folder / "node"), reserve_mib=RESERVE_MIB),
                archives={ARCHIVE: peer.section},
                sim=SimSection(film=str(film or ""), film_dpi=film_dpi),
            )
        )
