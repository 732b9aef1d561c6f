"""Looks whether something in the queue needs a person: images that are held, or that wait for an
archive which the configuration no longer has, or what the RIS refused to be told. Said on the panel
and in `status` until it is over.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from firmware.events import Listener, QueueTrouble
from firmware.index.database import Database
from hal.errors import Sentence

LOOK_S = 30.0

ALL_WELL = Sentence(
    en="Nothing in the queue waits for a person.", fr="Rien dans la file n'attend d'intervention."
)
HELD = Sentence(
    en="Images held back and not sent: {held}. Call your support (`sapi-node queue list`).",
    fr="Images retenues et non envoyées : {held}. Appelez l'assistance (« sapi-node queue list »).",
)
NO_SUCH_ARCHIVE = Sentence(
    en="Images waiting for {names}, which the configuration no longer has: {stray}. Call your "
    "support (`sapi-node queue reroute`).",
    fr="Images en attente de {names}, que la configuration ne connaît plus : {stray}. Appelez "
    "l'assistance (« sapi-node queue reroute »).",
)
STEPS_HELD = Sentence(
    en="The RIS refused what it was told of examinations: {steps}. Images are not concerned. Call "
    "your support (`sapi-node queue steps`).",
    fr="Le RIS a refusé des comptes rendus d'examen (MPPS) : {steps}. Les images ne sont pas "
    "concernées. Appelez l'assistance (« sapi-node queue steps »).",
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
            " WHERE state <> 'committed' AND state <> 'withdrawn'"
            " AND condition NOT IN ('evicting', 'evicted')"
            " GROUP BY destination, held"
        )
        held = sum(row["count"] for row in rows if row["held"])
        strays = [row for row in rows if row["destination"] not in self.destinations]
        stray = sum(row["count"] for row in strays)
        if stray:
            names = ", ".join(sorted({row["destination"] for row in strays}))
            return QueueTrouble(held, stray, NO_SUCH_ARCHIVE.fill(stray=stray, names=names))
        steps = self._steps_held()
        if held or not steps:
            return QueueTrouble(held, stray, HELD.fill(held=held) if held else ALL_WELL, steps)
        return QueueTrouble(held, stray, STEPS_HELD.fill(steps=steps), steps)

    def _steps_held(self) -> int:
        (row,) = self.database.rows(
            "SELECT count(*) AS count FROM procedure_step WHERE state LIKE 'held %'"
            " AND state <> 'done'"
        )
        return int(row["count"])
