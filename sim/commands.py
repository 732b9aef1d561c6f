"""What the simulated world adds to `sapi-node`: `demo` and `sim`."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ValidationError

from drivers.panel_keyboard import KeyboardPanel
from firmware.cli import run_node
from firmware.config import (
    KeepingSection,
    NodeConfig,
    SimSection,
    StationSection,
    StoreSection,
)
from firmware.config_web import WebSection
from firmware.told_plainly import told_plainly
from firmware.wiring import device_settings
from hal.clock import Clock
from hal.errors import ConfigError, Sentence
from hal.panel import Panel
from sim.cli import app as sim_app
from sim.day import DAY
from sim.demo_account import NAME, demo_pin
from sim.demo_command import (
    EMBEDDED_AE_TITLE,
    ArchiveOption,
    ListenOption,
    demo,
    parse_archive,
)
from sim.demo_plan import ARCHIVE, ArchiveName
from sim.drawer_page import extension
from sim.explore_command import explore
from sim.films import open_film
from sim.free_port import free_port
from sim.played_node import asking, open_played, with_reader
from sim.pressed_panel import PressedPanel
from sim.switched import SwitchedArchive, SwitchedRis

RESERVE_MIB = 64
RIS_AE_TITLE = "SIM_RIS"
NOT_LOOPBACK = Sentence(
    en="{listen} is no address and port of this machine alone: take one such as 127.0.0.1:8080.",
    fr="{listen} n'est pas une adresse de cette seule machine avec son port : prenez par exemple "
    "127.0.0.1:8080.",
)


def mount(app: typer.Typer) -> None:
    sim_app.command("node")(node)
    app.add_typer(sim_app, name="sim")
    app.command("demo")(demo)
    app.command("explore")(explore)


def node(
    film: Annotated[
        Path | None,
        typer.Option(help="The film on the scanner at first.", show_default="the first order's"),
    ] = None,
    film_dpi: Annotated[int | None, typer.Option(min=1, help="The film's resolution.")] = None,
    archive: ArchiveOption = None,
    listen: ListenOption = 0,
    folder: Annotated[Path, typer.Option(help="Where it all is kept.")] = Path("var/sim"),
    language: Annotated[Literal["fr", "en"], typer.Option(help="Of the panel.")] = "fr",
    web: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="The page too; a PIN for it is printed.")
    ] = "",
    plain_orders: Annotated[
        bool, typer.Option("--plain-orders", help="The orders as a plain list, without a RIS.")
    ] = False,
) -> None:
    """The whole node on simulated devices, the keyboard or the page as its panel, until Ctrl-C."""
    with told_plainly(), ExitStack() as stack:
        listen_port = listen or free_port()
        peer, name = _archive(archive, folder, listen_port, stack)
        config = NodeConfig(
            backend="sim",
            station=StationSection(
                institution_name="Hôpital simulé",
                listen_host="127.0.0.1",
                listen_port=listen_port,
                language=language,
            ),
            store=StoreSection(path=str(folder / "node"), reserve_mib=RESERVE_MIB),
            archives={ARCHIVE: name.section},
            keeping=KeepingSection(evict_below_mib=RESERVE_MIB, evict_until_mib=RESERVE_MIB),
            web=_page(web, folder) if web else None,
            sim=SimSection(film=str(film or ""), film_dpi=film_dpi),
        )
        config = with_reader(config, folder)
        ris = None if plain_orders else _ris(stack)
        config = asking(config, ris) if ris else config
        laid = open_film(film, film_dpi) if film else None
        played = open_played(
            device_settings(config), folder, DAY, peer, _panel(language), ris, laid
        )
        run_node(config, lambda _: played.devices, (extension(played.drawer),))


def _archive(
    named: str | None, folder: Path, listen_port: int, stack: ExitStack
) -> tuple[SwitchedArchive | None, ArchiveName]:
    """Somebody's own has no switches."""
    if named is not None:
        return None, parse_archive(named)
    report_to = ("SAPI_NODE", "127.0.0.1", listen_port)
    made = SwitchedArchive(folder / "archive", report_to, EMBEDDED_AE_TITLE)
    stack.callback(made.close)
    return made, ArchiveName(EMBEDDED_AE_TITLE, "127.0.0.1", made.port)


def _ris(stack: ExitStack) -> SwitchedRis:
    ris = SwitchedRis(tuple(one.order for one in DAY), RIS_AE_TITLE)
    stack.callback(ris.close)
    return ris


def _panel(language: str) -> Callable[[Clock, ExitStack], Panel]:
    """The keyboard of the terminal, and the page's buttons."""

    def opened(clock: Clock, stack: ExitStack) -> Panel:
        keyboard = KeyboardPanel(language, clock=clock)
        stack.callback(keyboard.close)
        return PressedPanel(keyboard, clock)

    return opened


def _page(listen: str, folder: Path) -> WebSection:
    """On the loopback: a simulated node has no certificate."""
    try:
        section = WebSection(listen=listen, accounts=str(folder / "web-accounts.json"))
    except ValidationError as error:
        raise ConfigError(NOT_LOOPBACK.fill(listen=listen)) from error
    if not section.on_loopback:
        raise ConfigError(NOT_LOOPBACK.fill(listen=listen))
    pin = demo_pin(Path(section.accounts))
    typer.echo(f"http://{listen}/  {NAME}  {pin}")
    return section
