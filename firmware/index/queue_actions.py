"""What a person may do to the queue: hold, release, hurry. Each is on the trail with who did it."""

from dataclasses import dataclass

from firmware.index import audit
from firmware.index.database import stamp
from firmware.index.outbox_table import OPEN, OutboxTable, enqueue, said
from firmware.moves import MOVES, Happened, State
from firmware.routing import Way
from hal.errors import Sentence
from hal.values import Uid

HELD_BY_PERSON = Sentence("held by {actor}", "retenue par {actor}")
REROUTED = (State.QUEUED, State.HELD, State.SENT, State.UNPROVEN)
"""Not what is on the line, nor what an archive is asked about, nor what it keeps."""
OF_ONE_GONE = tuple(state for state in State if state not in (State.COMMITTED, State.WITHDRAWN))
"""Nobody will hear of it any more; what is not to be sent goes nowhere else either."""


@dataclass(frozen=True)
class Chosen:
    """Which rows are meant. Empty fields mean all."""

    uid: str = ""
    """A SOP instance, a series or a study."""
    study: str = ""
    destination: str = ""


class QueueActions(OutboxTable):
    def hold(self, chosen: Chosen, actor: str) -> list[tuple[Uid, str]]:
        """(instance, destination) of those that are held now and were queued."""
        columns = said(HELD_BY_PERSON.fill(actor=actor))
        return self._act(chosen, Happened.HELD_BY_PERSON, columns, actor)

    def release(self, chosen: Chosen, actor: str) -> list[tuple[Uid, str]]:
        """Whatever held them: tried again now, as if never refused."""
        columns = {"due_at": stamp(self._clock.now())}
        return self._act(chosen, Happened.RELEASED, columns, actor)

    def hurry(self, chosen: Chosen, actor: str) -> list[tuple[Uid, str]]:
        """What waits for its next try is due now."""
        columns = {"due_at": stamp(self._clock.now())}
        return self._act(chosen, Happened.HURRIED, columns, actor)

    def reroute(
        self, chosen: Chosen, to: str, actor: str, *, is_gone: bool = False
    ) -> list[tuple[Uid, str]]:
        """What waits for one archive waits for another instead: (instance, the other). `is_gone`:
        the configuration does not have it any more."""
        now = self._clock.now()
        states = ", ".join(f"'{state.value}'" for state in (OF_ONE_GONE if is_gone else REROUTED))
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT outbox.* FROM outbox JOIN instance ON sop_instance_uid = instance"  # noqa: S608 -- constants of this module
                f" WHERE destination = ? AND state IN ({states}) AND {OPEN}"
                " AND condition NOT IN ('evicting', 'evicted')",  # there is nothing here to send
                (chosen.destination,),
            ).fetchall()
            for row in rows:
                uid = Uid(row["instance"])
                enqueue(connection, uid, Way(to), now, urgent=bool(row["urgent"]))
                connection.execute(
                    "DELETE FROM outbox WHERE instance = ? AND destination = ?",
                    (uid, chosen.destination),
                )
                detail = f"{chosen.destination} -> {to}, was {row['state']}"
                audit.record(connection, now, actor, "rerouted", uid, detail)
        return [(Uid(row["instance"]), to) for row in rows]

    def _act(
        self, chosen: Chosen, happened: Happened, columns: dict[str, str], actor: str
    ) -> list[tuple[Uid, str]]:
        (state,) = (state for state, other in MOVES if other is happened)
        question = (
            "SELECT outbox.* FROM outbox JOIN instance ON sop_instance_uid = instance"  # noqa: S608 -- constants of this module
            " JOIN series ON series_instance_uid = series"
            f" WHERE state = :state AND {OPEN}"
            " AND (:uid = '' OR :uid IN (instance, series, study))"
            " AND (:study = '' OR study = :study)"
            " AND (:destination = '' OR destination = :destination)"
        )
        named = {
            "state": state.value,
            "uid": chosen.uid,
            "study": chosen.study,
            "destination": chosen.destination,
        }
        with self._database.transaction() as connection:
            rows = connection.execute(question, named).fetchall()
            for row in rows:
                self._move(connection, row, happened, columns, actor)
        return [(Uid(row["instance"]), row["destination"]) for row in rows]
