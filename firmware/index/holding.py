"""Images that go nowhere until a person has decided: held from the moment they are recorded on."""

import sqlite3

from firmware.index import audit
from firmware.index.one_image import OF_IT
from firmware.index.outbox_table import OutboxTable, said
from firmware.moves import Happened, State
from hal.errors import Sentence
from hal.values import Uid

ACTOR = "panel"
DOUBTED = "a code of somebody else was read"
SEEN_BEFORE = "its film was scanned under another patient before"
DOUBTS = {
    DOUBTED: Sentence(DOUBTED, "le code d'une autre personne a été lu"),
    SEEN_BEFORE: Sentence(SEEN_BEFORE, "son film a déjà été numérisé sous un autre patient"),
}


class Holding(OutboxTable):
    def hold(self, connection: sqlite3.Connection, instance: Uid, doubt: str) -> None:
        """In a transaction of the caller's. `doubt`: one of DOUBTS."""
        ways = self._ways(connection, instance)
        if any(row["state"] == State.HELD.value and row["last_error"] in DOUBTS for row in ways):
            return  # from the first moment on
        audit.record(connection, self._clock.now(), ACTOR, "doubted", instance, doubt)
        for row in ways:
            if row["state"] == State.QUEUED.value:
                columns = said(DOUBTS[doubt])
                self._move(connection, row, Happened.HELD_BY_PERSON, columns, ACTOR)

    def _ways(self, connection: sqlite3.Connection, instance: Uid) -> list[sqlite3.Row]:
        """Of every instance of the image."""
        question = f"SELECT * FROM outbox WHERE instance IN {OF_IT}"  # noqa: S608 -- constants
        return connection.execute(question, (instance,)).fetchall()
