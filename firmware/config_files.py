"""Are the files that a configuration names there? Each is opened, none is judged.

Only `config check` asks: a node scans on without its calibration, and a command that lists what is
stored must not fail because a certificate is missing.
"""

from collections.abc import Iterator
from pathlib import Path

from firmware.config import NodeConfig
from firmware.config_errors import PLACE, line_of
from hal.errors import ConfigError, Sentence

UNREADABLE = Sentence(
    en="{named} cannot be read ({reason}). Put the file there, or correct its name.",
    fr="{named} est illisible ({reason}). Placez-y le fichier, ou corrigez son nom.",
)


def check_files(config: NodeConfig, file: Path) -> None:
    """Raises ConfigError with a line for each that cannot be read."""
    text = file.read_text("utf-8")
    wrong = [
        Sentence(
            en=PLACE.fill(**place(key, text, file), what=what.en).en,
            fr=PLACE.fill(**place(key, text, file), what=what.fr).fr,
        )
        for key, named in named_files(config)
        if (what := unreadable(named)) is not None
    ]
    if wrong:
        raise ConfigError(
            Sentence(
                en="\n".join(each.en for each in wrong), fr="\n".join(each.fr for each in wrong)
            )
        )


def named_files(config: NodeConfig) -> Iterator[tuple[str, str]]:
    """Each key that names a file which has to be there, with the name."""
    if config.tls is not None:
        yield from ((f"tls.{key}", named) for key, named in config.tls.model_dump().items())
    reader = config.cassette_reader
    others = {
        "film.calibration": config.film.calibration,
        "cassette_reader.calibration": reader.calibration if reader else "",
        "worklist.file": config.worklist.file,
        "sim.film": config.sim.film,
    }
    yield from ((key, named) for key, named in others.items() if named)


def unreadable(named: str) -> Sentence | None:
    try:
        with Path(named).open("rb"):
            return None
    except OSError as error:
        return UNREADABLE.fill(named=named, reason=error.strerror or type(error).__name__)


def place(key: str, text: str, file: Path) -> dict[str, object]:
    return {"file": file, "line": line_of(tuple(key.split(".")), text), "key": key}
