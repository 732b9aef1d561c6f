"""Writes the trail's head to the log whenever it has moved: a witness outside the index."""

from dataclasses import dataclass, field

from firmware.events import AuditHead, Listener
from firmware.index import audit
from firmware.index.database import Database

LOOK_S = 10.0  # a tail that is cut is at most so much younger than its witness


@dataclass
class AuditWitness:
    database: Database
    listener: Listener
    _told: audit.Head | None = field(default=None, init=False)

    def step(self) -> float:
        head = audit.head(self.database.connection)
        if head != self._told:
            self.listener(AuditHead(head.seq, head.hash))
            self._told = head
        return LOOK_S
