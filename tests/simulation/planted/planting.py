"""The register of the mistakes, and which of the store's are in it."""

from tests.chaos import planted as chaos
from tests.planting import Bug, registering

OF_THE_STORE = (
    "no fsync of the file",
    "no fsync of the folder",
    "index with synchronous=NORMAL",
    "row before rename",
    "acknowledged before the commit",
    "fsync tried again after it failed",
    "UIDs of a scan given twice",
    "a .part called published",
    "sent before the response",
    "committed when asked, not when told",
    "recovery deletes what has no row",
    "evicted before the commitment",
    "instance and outbox in two transactions",
    "an interrupted send not taken up again",
    "a failed commit called stored",
    "a failed rename not noticed",
)
"""Of tests/chaos. Not: what a real archive's driver does (its line is simulated), and what a power
cut shows only right after another's kill."""
BUGS: dict[str, Bug] = {name: chaos.BUGS[name] for name in OF_THE_STORE}
bug = registering(BUGS)
