"""Who the archive is, and how long to wait for it."""

from dataclasses import dataclass

from hal.errors import ConfigError, Sentence

AE_TITLE_CHARACTERS_MAX = 16
AE_TITLE_WRONG = Sentence(
    en="'{ae_title}' is not an AE title: 1 to 16 ASCII characters, no backslash. Correct the "
    "configuration.",
    fr="« {ae_title} » n'est pas un AE title : 1 à 16 caractères ASCII, sans barre oblique "
    "inverse. Corrigez la configuration.",
)


def checked_ae_title(ae_title: str) -> str:
    """PS3.5 table 6.2-1, AE. Raises ConfigError."""
    fits = ae_title.strip(" ") and len(ae_title) <= AE_TITLE_CHARACTERS_MAX
    if not (fits and ae_title.isascii() and ae_title.isprintable() and "\\" not in ae_title):
        raise ConfigError(AE_TITLE_WRONG.fill(ae_title=ae_title))
    return ae_title


@dataclass(frozen=True)
class ArchiveAddress:
    ae_title: str
    host: str
    port: int

    def __post_init__(self) -> None:
        checked_ae_title(self.ae_title)


@dataclass(frozen=True)
class Timeouts:
    connect_s: float = 10
    association_s: float = 30
    """For the answer to A-ASSOCIATE-RQ."""
    send_s: float = 30
    """For the peer to take one block: a peer that reads nothing for so long is gone."""
    response_s: float = 120
    """For a DIMSE response: an archive may write and index before it answers."""
    release_s: float = 5
    linger_s: float = 2
    """How long an association stays open for a report after N-ACTION."""
