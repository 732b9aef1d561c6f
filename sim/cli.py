"""`sapi-node sim`: simulated devices for others to talk to."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from drivers.system_clock import SystemClock
from hal.errors import ConfigError
from sim.film_scanner_device import FilmScannerDevice
from sim.film_scanner_tcp import serve_tcp
from sim.film_scanner_usbip import serve_usbip
from sim.films import Film, open_film
from sim.listening import address_of, open_listener

EXIT_CONFIG = 2  # as for a wrong option

app = typer.Typer(no_args_is_help=True, help="Simulated devices.")

Serve = Callable[[socket.socket, FilmScannerDevice], None]


@app.callback()
def simulated_devices() -> None:
    """Simulated devices that speak the real wire protocols."""


@app.command()
def film_scanner(
    tcp: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Serve SANE's epson2 network client.")
    ] = "",
    usbip: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Serve a Linux host over USB/IP.")
    ] = "",
    film: Annotated[
        Path | None,
        typer.Option(help="A gray PNG or TIFF, or a DICOM radiograph. Default: a mammogram."),
    ] = None,
    film_dpi: Annotated[
        int | None, typer.Option(help="Default: what the file says, else 300.")
    ] = None,
) -> None:
    """A film scanner with a film on it, until Ctrl-C."""
    if bool(tcp) == bool(usbip):
        raise typer.BadParameter("give either --tcp or --usbip")
    serve: Serve = serve_tcp if tcp else serve_usbip
    try:
        loaded = open_film(film, film_dpi)
        with open_listener(tcp or usbip) as listener:
            typer.echo(_ready_line(listener, loaded))
            serve(listener, FilmScannerDevice(loaded, SystemClock()))
    except ConfigError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(EXIT_CONFIG) from error
    except KeyboardInterrupt:
        typer.echo("stopped")


def _ready_line(listener: socket.socket, film: Film) -> str:
    rows, columns = film.samples.shape
    return f"listening on {address_of(listener)}, film {columns} x {rows} at {film.dpi} dpi"


if __name__ == "__main__":
    app()
