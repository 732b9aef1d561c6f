"""`sapi-node index`: the index made again from the files alone; `fetch` is beside it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from firmware.config import load_config
from firmware.fetch_command import fetch
from firmware.index.catalogue import Catalogue
from firmware.index.database import Database, migrate
from firmware.index.found_again import FoundAgain
from firmware.node import INDEX_NAME
from firmware.rebuilding import Rebuilding
from firmware.routing import Route
from firmware.store import Store
from firmware.told_plainly import print_json, told_plainly
from firmware.wiring import open_store
from hal.devices import StoreDevices
from hal.disk import Disk

app = typer.Typer(no_args_is_help=True, help="The index of what is stored.")

OLD_SUFFIX = ".before-rebuild"
NEW_SUFFIX = ".rebuilding"
SAID = (
    "{indexed} images indexed, {rejected_or_superseded} rejected or superseded ones, "
    "{kept_aside} files kept aside."
)


app.command("fetch")(fetch)


@app.callback()
def index() -> None:
    """The index of what is stored."""


@app.command()
def rebuild(
    config: Annotated[Path, typer.Option("--config", "-c")] = Path("node.toml"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make the index again from the files alone. The node must be stopped.

    Everything is queued again but what was rejected or superseded: the files do not say what an
    archive has. The old index is kept beside the new one.
    """
    with told_plainly():
        loaded = load_config(config)
        with open_store(loaded) as devices:
            found = rebuild_index(devices, Path(loaded.store.path), loaded.route)
    if as_json:
        return print_json(found)
    typer.echo(SAID.format(**found))
    return None


def rebuild_index(devices: StoreDevices, root: Path, route: Route) -> dict[str, int]:
    store = Store(devices.disk, reserve_bytes=0)
    store.prepare()
    rebuilt = INDEX_NAME + NEW_SUFFIX
    for leftover in _files_of(rebuilt):
        devices.disk.remove(leftover)
    database = Database(root / rebuilt)
    migrate(database)
    catalogue = Catalogue(database, devices.clock, devices.entropy)
    found = FoundAgain(database, devices.clock, devices.entropy)
    rebuilding = Rebuilding(store, catalogue, found, route)
    paths = [*store.published(), *store.put_aside()]
    rebuilding.rebuild(track(paths, "indexing", console=Console(stderr=True)))
    database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    put_in_place(devices.disk, rebuilt)
    return {
        "indexed": rebuilding.indexed,
        "rejected_or_superseded": rebuilding.aside,
        "kept_aside": rebuilding.quarantined,
    }


def put_in_place(disk: Disk, rebuilt: str) -> None:
    """The old write-ahead log goes with the old index: it must never meet the new one."""
    for old in reversed(_files_of(INDEX_NAME)):
        if disk.size_bytes(old) is not None:
            disk.rename(old, old.replace(INDEX_NAME, INDEX_NAME + OLD_SUFFIX))
    disk.sync_folder("")
    disk.rename(rebuilt, INDEX_NAME)
    disk.sync_folder("")


def _files_of(name: str) -> tuple[str, str, str]:
    return (name, f"{name}-wal", f"{name}-shm")
