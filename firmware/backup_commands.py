"""`sapi-node backup` and `restore`: index and configuration, without the images.

The images are mirrored and at the archive; what a backup saves is what they do not say: where
each one stands, and its trail. A restored index that is older than the store is no trouble: the
next start adopts what it does not know.
"""

import hashlib
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Annotated, Any

import typer

from firmware.config import load_config
from firmware.index_commands import OLD_SUFFIX, put_in_place
from firmware.node import INDEX_NAME
from firmware.reports import open_index
from firmware.told_plainly import print_json, told_plainly
from firmware.wiring import open_store
from hal.errors import ConfigError, Sentence

MANIFEST = "manifest.json"
CONFIG_NAME = "node.toml"
RESTORING = INDEX_NAME + ".restoring"

NOT_EMPTY = Sentence(
    en="{folder} is there already. A backup goes into a new folder: name another one.",
    fr="{folder} existe déjà. Une sauvegarde se fait dans un dossier neuf : indiquez-en un autre.",
)
NO_BACKUP = Sentence(
    en="{folder} is no whole backup ({reason}). Nothing was changed.",
    fr="{folder} n'est pas une sauvegarde complète ({reason}). Rien n'a été modifié.",
)

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The node's configuration.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
DEFAULT_CONFIG = Path("node.toml")


def backup(
    folder: Annotated[Path, typer.Argument(help="A new folder, on another disk.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Save index and configuration into a new folder. The node may run."""
    with told_plainly():
        store_root = Path(load_config(config).store.path)
        manifest = write_backup(store_root, config, folder)
    if as_json:
        return print_json({"folder": str(folder), **manifest})
    typer.echo(f"Saved: {manifest['instances']} images' index and the configuration, {folder}")
    return None


def restore(
    folder: Annotated[Path, typer.Argument(help="What `backup` wrote.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Put a saved index back. The node must be stopped; the index that was there is kept.

    The saved configuration is put back only where CONFIG does not exist.
    """
    with told_plainly():
        manifest = check_backup(folder)
        if not config.exists():
            shutil.copy(folder / CONFIG_NAME, config)
        loaded = load_config(config)
        with open_store(loaded) as devices:
            _copy_durably(folder / INDEX_NAME, Path(loaded.store.path) / RESTORING)
            put_in_place(devices.disk, RESTORING)
    if as_json:
        return print_json({"folder": str(folder), **manifest})
    typer.echo(f"Restored. The index that was there is beside it, {INDEX_NAME}{OLD_SUFFIX}.")
    typer.echo("At its next start the node takes up what is newer than the backup.")
    return None


def write_backup(store_root: Path, config: Path, folder: Path) -> dict[str, Any]:
    """The manifest comes last: without it the folder is no backup."""
    if folder.exists():
        raise ConfigError(NOT_EMPTY.fill(folder=folder))
    source = open_index(store_root)
    try:
        folder.mkdir(parents=True)
        copy = sqlite3.connect(folder / INDEX_NAME)
        source.connection.backup(copy)
        (instances,) = copy.execute("SELECT count(*) FROM instance").fetchone()
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, no log beside it
        copy.close()
    finally:
        source.close()
    shutil.copy(config, folder / CONFIG_NAME)
    digests = {name: _sha256(folder / name) for name in (INDEX_NAME, CONFIG_NAME)}
    manifest = {"instances": instances, "sha256": digests}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
    return manifest


def check_backup(folder: Path) -> dict[str, Any]:
    """Its manifest. Raises ConfigError unless everything is as it was written."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        wrong = [
            name
            for name, digest in manifest["sha256"].items()
            if _sha256(folder / Path(name).name) != digest
        ]
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise ConfigError(NO_BACKUP.fill(folder=folder, reason=error)) from error
    if wrong:
        raise ConfigError(NO_BACKUP.fill(folder=folder, reason=f"{wrong[0]} was changed"))
    return manifest


def _copy_durably(source: Path, target: Path) -> None:
    """SQLite's own copy, closed: it syncs what it wrote."""
    target.unlink(missing_ok=True)
    saved, restored = sqlite3.connect(source), sqlite3.connect(target)
    restored.execute("PRAGMA synchronous = FULL")
    saved.backup(restored)
    saved.close()
    restored.close()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
