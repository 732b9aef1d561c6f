"""The outbox's rows, and the only way to change one: by `firmware.moves`, with the trail.

A state's change and its entry on the trail are one transaction. In a streak of failures the trail
has the first and the end, not every try in between: an archive that is away for a month would fill
the index with what the log says better.
"""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from firmware.index import audit
from firmware.index.asked_back import DENIALS, ask_back
from firmware.index.database import Database, moment, stamp
from firmware.moves import (
    AGAIN_LATER,
    ANEW,
    COUNTED,
    FORGIVEN,
    OWN_BYTES,
    REFUSALS,
    REPEATED,
    Happened,
    State,
    after,
)
from firmware.routing import Way
from hal.clock import Clock, Entropy
from hal.errors import Sentence
from hal.values import Uid

BACKOFF_FIRST_S = 5.0
BACKOFF_LAST_S = 600.0  # a line that came back is used within ten minutes
JITTER = 0.25  # of a wait: several nodes behind one line do not all come back at once
FORWARDING = "forwarding"
MAY_HAVE = (
    "(sent_at IS NOT NULL OR state <> 'withdrawn' OR EXISTS (SELECT 1 FROM audit"
    "   WHERE object = outbox.instance AND action = 'leased'"
    "   AND (detail = destination OR detail LIKE destination || ': %')))"
)
"""At this archive the image is, or may be: of one that was cut off nobody knows whether it came."""
OPEN = "state <> 'committed'"
"""In every question: it lets SQLite use the partial index. The state beside it is asked for by
`IN (?)`, as SQLite prepares `state = ?` anew each time, to see whether that index still serves."""
STOPPED = (
    "(EXISTS (SELECT 1 FROM looked_at WHERE looked_at.instance = sop_instance_uid"
    "   AND verdict = 'rejected')"
    " AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.instance = sop_instance_uid"
    "   AND (sent_at IS NOT NULL OR state NOT IN ('sending', 'withdrawn'))))"
)
"""Of an instance: rejected, and accepted nowhere. It is not to be sent under another UID either;
while it is on the line it may be accepted yet, and is corrected then like the others."""
WAITS = frozenset({State.QUEUED, State.HELD})

NO_REPORT = Sentence(
    en="no commitment report came in time",
    fr="aucun compte rendu d'engagement n'est arrivé à temps",
)

Why = Sentence | str
"""A sentence of ours, or a word that has no other language."""

Jitter = Callable[[], float]
"""From 0 to 1, by chance."""


@dataclass(frozen=True)
class Standing:
    """One instance at one destination, for people and for tests."""

    instance: Uid
    destination: str
    state: State
    tries: int
    last_error: str
    due_at: datetime
    sent_at: datetime | None
    committed_at: datetime | None
    warning: str = ""
    refusals: int = 0
    confirmed_at: datetime | None = None


def jitter_of(entropy: Entropy) -> Jitter:
    return lambda: int.from_bytes(entropy.random_bytes(8), "big") / 2**64


def no_jitter() -> float:
    return 0.0


def backoff_s(tries: int, jitter: float = 0.0) -> float:
    """Never more than BACKOFF_LAST_S, and never less than three quarters of the plain one."""
    plain_s = min(BACKOFF_LAST_S, BACKOFF_FIRST_S * 2.0 ** min(tries, 30))
    return plain_s * (1.0 - JITTER * jitter)


def said(why: Why) -> dict[str, str]:
    """The columns that tell a person the reason, each in its language."""
    return {"last_error": str(why), "last_error_fr": why.fr if isinstance(why, Sentence) else ""}


def enqueue(
    connection: sqlite3.Connection, instance: Uid, way: Way, now: datetime, *, urgent: bool
) -> bool:
    """False when it is on that way already."""
    fallback_at = stamp(now + timedelta(seconds=way.fallback_after_s)) if way.fallback else None
    inserted = connection.execute(
        "INSERT OR IGNORE INTO outbox"
        " (instance, destination, state, urgent, due_at, queued_at, fallback, fallback_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            instance,
            way.destination,
            State.QUEUED.value,
            int(urgent),
            stamp(now),
            stamp(now),
            way.fallback or None,
            fallback_at,
        ),
    )
    return inserted.rowcount > 0


class OutboxTable:
    def __init__(self, database: Database, clock: Clock, jitter: Jitter = no_jitter) -> None:
        self._database = database
        self._clock = clock
        self._jitter = jitter

    def standing(self, instance: Uid) -> tuple[Standing, ...]:
        rows = self._database.rows(
            "SELECT * FROM outbox WHERE instance = ? ORDER BY destination", (instance,)
        )
        return tuple(_standing(row) for row in rows)

    def expire_commitments(self, destination: str) -> int:
        """No report in time: they count as sent, and are asked about again."""
        waiting = (State.AWAITING, State.UNPROVEN_AWAITING)
        if not self._has(destination, *waiting):
            return 0
        now, count = stamp(self._clock.now()), 0
        with self._database.transaction() as connection:
            for state in waiting:
                for row in in_state(connection, destination, state):
                    if row["due_at"] <= now:
                        count += 1
                        columns = said(NO_REPORT)
                        self._move(connection, row, Happened.COMMITMENT_SILENT, columns)
        return count

    def _has(self, destination: str, *states: State) -> bool:
        """Asked often, and nearly always no: without taking the index's one writer's place."""
        marks = ", ".join("?" * len(states))
        rows = self._database.rows(
            f"SELECT 1 FROM outbox WHERE state IN ({marks}) AND {OPEN} AND destination = ?"  # noqa: S608 -- constants of this module
            " AND due_at <= ? LIMIT 1",
            (*(state.value for state in states), destination, stamp(self._clock.now())),
        )
        return bool(rows)

    def _move_one(
        self,
        instance: Uid,
        destination: str,
        happened: Happened,
        columns: Mapping[str, str | int] | None = None,
    ) -> None:
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT * FROM outbox WHERE instance = ? AND destination = ?",
                (instance, destination),
            ).fetchone()
            if row is not None:  # else a person has rerouted it in the meantime
                self._move(connection, row, happened, columns)

    def _move(
        self,
        connection: sqlite3.Connection,
        row: sqlite3.Row,
        happened: Happened,
        columns: Mapping[str, str | int] | None = None,
        actor: str = FORWARDING,
    ) -> None:
        now = self._clock.now()
        target = after(State(row["state"]), happened)
        changed: dict[str, str | int | None] = {"state": target.value}
        if happened in ANEW:
            changed |= {"tries": 0, **said("")}
        if happened in COUNTED:
            changed["tries"] = row["tries"] + 1
        if happened in AGAIN_LATER:
            tries = max(row["tries"], row["refusals"])
            wait_s = backoff_s(tries, self._jitter())
            changed["due_at"] = stamp(now + timedelta(seconds=wait_s))
        if happened in REFUSALS:
            changed["refusals"] = row["refusals"] + 1
        elif happened in FORGIVEN:
            changed["refusals"] = 0
        if happened is Happened.SAID_DUPLICATE or happened in OWN_BYTES:
            changed["unproven"] = int(happened not in OWN_BYTES)
        changed.update(columns or {})
        assignments = ", ".join(f"{name} = ?" for name in changed)
        connection.execute(
            f"UPDATE outbox SET {assignments} WHERE instance = ? AND destination = ?",  # noqa: S608 -- names from this module only
            (*changed.values(), row["instance"], row["destination"]),
        )
        if happened in DENIALS:
            ask_back(connection, Uid(row["instance"]), now)
        if happened not in REPEATED or not row["last_error"]:
            detail = _detail(row, changed)
            audit.record(connection, now, actor, happened.value, row["instance"], detail)
        if target in WAITS and not row["sent_at"] and _is_rejected(connection, row["instance"]):
            self._take_off(connection, row)

    def _take_off(self, connection: sqlite3.Connection, row: sqlite3.Row) -> None:
        """Rejected while it was on the line, and it did not get there."""
        key = (row["instance"], row["destination"])
        here = connection.execute(
            "SELECT * FROM outbox WHERE instance = ? AND destination = ?", key
        ).fetchone()
        self._move(connection, here, Happened.WITHDRAWN)


def _is_rejected(connection: sqlite3.Connection, instance: str) -> bool:
    question = "SELECT 1 FROM looked_at WHERE instance = ? AND verdict = 'rejected'"
    return connection.execute(question, (instance,)).fetchone() is not None


def _detail(row: sqlite3.Row, changed: Mapping[str, str | int | None]) -> str:
    """The destination, what is to say of it, and the end of a streak with its length."""
    parts = [str(changed[key]) for key in ("last_error", "warning") if changed.get(key)]
    if row["tries"] and changed.get("tries") == 0:
        parts.append(f"after {row['tries']} tries")
    return f"{row['destination']}: {', '.join(parts)}".rstrip(": ")


def in_state(connection: sqlite3.Connection, destination: str, state: State) -> list[sqlite3.Row]:
    return connection.execute(
        f"SELECT * FROM outbox WHERE state IN (?) AND {OPEN} AND destination = ?",  # noqa: S608 -- constants of this module
        (state.value, destination),
    ).fetchall()


def _standing(row: sqlite3.Row) -> Standing:
    return Standing(
        instance=Uid(row["instance"]),
        destination=row["destination"],
        state=State(row["state"]),
        tries=row["tries"],
        last_error=row["last_error"],
        due_at=moment(row["due_at"]),
        sent_at=row["sent_at"] and moment(row["sent_at"]),
        committed_at=row["committed_at"] and moment(row["committed_at"]),
        warning=row["warning"],
        refusals=row["refusals"],
        confirmed_at=row["confirmed_at"] and moment(row["confirmed_at"]),
    )
