"""`sapi-node sim`: simulated devices for others to talk to."""

import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from drivers.system_clock import SystemClock
from hal.errors import ConfigError, Sentence
from sim.cassette_reader_device import CassetteReaderDevice, Plate
from sim.cassette_reader_serving import serve_pty, serve_reader_tcp
from sim.film_scanner_device import FilmScannerDevice
from sim.film_scanner_tcp import serve_tcp
from sim.film_scanner_usbip import serve_usbip
from sim.films import Film, open_film
from sim.listening import address_of, open_listener
from sim.plates import open_plate

EXIT_CONFIG = 2  # as for a wrong option

NO_PORT = Sentence(
    en="{path} can't be made a serial port ({reason}): name a place where nothing is yet.",
    fr="Impossible de créer un port série {path} ({reason}) : indiquez un emplacement libre.",
)

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


@app.command()
def cassette_reader(
    pty: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Be a serial port of this name.")
    ] = None,
    tcp: Annotated[str, typer.Option(metavar="HOST:PORT", help="Or listen here.")] = "",
    plate: Annotated[
        Path | None,
        typer.Option(help="A DICOM radiograph, or a 16-bit gray PNG or TIFF. Default: a hand."),
    ] = None,
) -> None:
    """A cassette reader with an exposed plate in it, until Ctrl-C.

    What it has read it keeps as long as it runs: ended and started again, it is another reader
    with a new plate.
    """
    if bool(tcp) == (pty is not None):
        raise typer.BadParameter("give either --pty or --tcp")
    try:
        loaded = open_plate(plate)
        _serve_reader(pty, tcp, loaded)
    except ConfigError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(EXIT_CONFIG) from error
    except KeyboardInterrupt:
        typer.echo("stopped")


def _serve_reader(pty: Path | None, tcp: str, plate: Plate) -> None:
    device, clock = CassetteReaderDevice(plate), SystemClock()
    rows, columns = plate.latent.shape
    said = f"a new plate {plate.plate_id}, {columns} x {rows}"
    if pty is not None:
        with _port_errors(pty):
            serve_pty(pty, device, clock, lambda: False, lambda: typer.echo(f"at {pty}, {said}"))
        return
    with open_listener(tcp) as listener:
        typer.echo(f"listening on {address_of(listener)}, {said}")
        serve_reader_tcp(listener, device, clock, lambda: False)


@contextmanager
def _port_errors(pty: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(NO_PORT.fill(path=pty, reason=error.strerror or error)) from error


def _ready_line(listener: socket.socket, film: Film) -> str:
    rows, columns = film.samples.shape
    return f"listening on {address_of(listener)}, film {columns} x {rows} at {film.dpi} dpi"


if __name__ == "__main__":
    app()
