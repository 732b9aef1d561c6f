"""Looks whether something in the queue needs a person: images that are held, or that wait for an
archive which the configuration no longer has. Said on the panel and in `status` until it is over.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from firmware.events import Listener, QueueTrouble
from firmware.index.database import Database
from hal.errors import Sentence

LOOK_S = 30.0

ALL_WELL = Sentence(
    en="Nothing in the queue waits for a person.", fr="Rien dans la file n'attend une personne."
)
HELD = Sentence(
    en="{held} images are held and not sent: `sapi-node queue list` says why. Call your support.",
    fr="{held} images sont retenues et pas envoyées : « sapi-node queue list » dit pourquoi. "
    "Appelez l'assistance.",
)
NO_SUCH_ARCHIVE = Sentence(
    en="{stray} images wait for {names}, which the configuration does not have: add it again, or "
    "send them elsewhere with `sapi-node queue reroute`.",
    fr="{stray} images attendent {names}, que la configuration n'a pas : rajoutez-la, ou "
    "envoyez-les ailleurs avec « sapi-node queue reroute ».",
)


@dataclass
class QueueWatch:
    database: Database
    destinations: tuple[str, ...]
    listener: Listener
    keep: Callable[[dict[str, Any]], None]
    _told: QueueTrouble | None = field(default=None, init=False)

    def step(self) -> float:
        found = self._found()
        if found != (self._told or QueueTrouble(0, 0, ALL_WELL)):
            state = "in trouble" if found.in_trouble else "well"
            sentence = {"en": found.sentence.en, "fr": found.sentence.fr}
            self.keep({"state": state, "sentence": sentence})
            self.listener(found)
            self._told = found
        return LOOK_S

    def _found(self) -> QueueTrouble:
        rows = self.database.rows(
            "SELECT destination, state = 'held' AS held, count(*) AS count FROM outbox"
            " JOIN instance ON sop_instance_uid = instance"
            " WHERE state <> 'committed' AND condition NOT IN ('evicting', 'evicted')"
            " GROUP BY destination, held"
        )
        held = sum(row["count"] for row in rows if row["held"])
        strays = [row for row in rows if row["destination"] not in self.destinations]
        stray = sum(row["count"] for row in strays)
        if stray:
            names = ", ".join(sorted({row["destination"] for row in strays}))
            return QueueTrouble(held, stray, NO_SUCH_ARCHIVE.fill(stray=stray, names=names))
        return QueueTrouble(held, stray, HELD.fill(held=held) if held else ALL_WELL)
