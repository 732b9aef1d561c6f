"""The outbox: where each instance stands on its way to each destination.

State in the index, not a second system. Every change goes through `_move`, which asks
`firmware.moves`, and writes the trail in the same transaction.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from firmware.index import audit
from firmware.index.database import Database, moment, stamp
from firmware.moves import Happened, State, after
from firmware.routing import Way
from hal.archive import CommitmentReport
from hal.clock import Clock
from hal.values import SopReference, Uid

BACKOFF_FIRST_S = 5.0
BACKOFF_LAST_S = 600.0  # a line that came back is used within ten minutes
PATIENCE_DOUBLINGS_MAX = 6  # 64 times: of the usual hour, a long weekend
LAST_STAMP = "9999"


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


@dataclass(frozen=True)
class Settled:
    """What a report decided; all empty when nothing was asked under its transaction."""

    committed: list[Uid] = field(default_factory=list)
    denied: dict[Uid, int] = field(default_factory=dict)
    """Failure Reason (0008,1197) of each."""
    unnamed: list[Uid] = field(default_factory=list)


def enqueue(
    connection: sqlite3.Connection, instance: Uid, way: Way, now: datetime, *, urgent: bool
) -> None:
    """No error when it is on that way already."""
    fallback_at = stamp(now + timedelta(seconds=way.fallback_after_s)) if way.fallback else None
    connection.execute(
        "INSERT OR IGNORE INTO outbox"
        " (instance, destination, state, urgent, due_at, fallback, fallback_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            instance,
            way.destination,
            State.QUEUED.value,
            int(urgent),
            stamp(now),
            way.fallback or None,
            fallback_at,
        ),
    )


def backoff_s(tries: int) -> float:
    return min(BACKOFF_LAST_S, BACKOFF_FIRST_S * 2.0 ** min(tries, 30))


def patience_s(silence_s: float, tries: int) -> float:
    """How long a report may take: longer with each question that went unanswered.

    A new question makes the old one's report unbelievable. So with one and the same patience,
    an archive that is always slower than that would be asked for ever and never heard.
    """
    return silence_s * 2.0 ** min(tries, PATIENCE_DOUBLINGS_MAX)


class Outbox:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def lease(self, destination: str, count_max: int) -> tuple[Uid, ...]:
        """Take the next ones due, urgent first; they are SENDING from here on.

        One forwarder serves a destination, and the store's lock allows one node: whatever is
        still SENDING was interrupted, and goes back to the queue first.
        """
        if not (self._has(State.QUEUED) or self._has(State.SENDING, LAST_STAMP)):
            return ()
        with self._database.transaction() as connection:
            for row in _in_state(connection, State.SENDING):
                if row["destination"] == destination:
                    self._move(connection, row, Happened.INTERRUPTED)
            rows = self._due(connection, destination, State.QUEUED, count_max)
            for row in rows:
                self._move(connection, row, Happened.LEASED)
        return tuple(Uid(row["instance"]) for row in rows)

    def accepted(self, instance: Uid, destination: str, warning: str = "") -> None:
        now = stamp(self._clock.now())
        columns = {"last_error": warning, "sent_at": now, "due_at": now}
        self._move_one(instance, destination, Happened.ACCEPTED, columns)

    def not_delivered(self, instance: Uid, destination: str, why: str) -> None:
        self._move_one(instance, destination, Happened.NOT_DELIVERED, {"last_error": why})

    def refused(self, instance: Uid, destination: str, why: str) -> None:
        self._move_one(instance, destination, Happened.REFUSED, {"last_error": why})

    def release(self, instance: Uid, destination: str) -> None:
        """A person says: try again now."""
        columns = {"due_at": stamp(self._clock.now())}
        self._move_one(instance, destination, Happened.RELEASED, columns)

    def ask_commitment(
        self, destination: str, transaction_uid: Uid, silence_s: float, count_max: int
    ) -> tuple[SopReference, ...]:
        """Those that were sent and are due, AWAITING under this transaction from here on.

        Recorded before the archive is asked: a report can be faster than our own commit.
        """
        if not self._has(State.SENT):
            return ()
        now = self._clock.now()
        with self._database.transaction() as connection:
            rows = self._due(connection, destination, State.SENT, count_max)
            for row in rows:
                expires = now + timedelta(seconds=patience_s(silence_s, row["tries"]))
                columns = {"transaction_uid": transaction_uid, "due_at": stamp(expires)}
                self._move(connection, row, Happened.COMMITMENT_ASKED, columns)
        return tuple(SopReference(Uid(row["sop_class_uid"]), Uid(row["instance"])) for row in rows)

    def commitment_not_taken(self, transaction_uid: Uid, destination: str, why: str) -> None:
        """The archive did not take the question: ask again later."""
        with self._database.transaction() as connection:
            for row in _in_transaction(connection, transaction_uid, destination):
                self._move(connection, row, Happened.COMMITMENT_NOT_TAKEN, {"last_error": why})

    def settle(self, report: CommitmentReport, destination: str) -> Settled:
        """Believe a report only for what this archive was asked under its transaction."""
        committed = set(report.committed)
        failed = {entry.reference: entry.failure_reason for entry in report.failed}
        now = stamp(self._clock.now())
        settled = Settled()
        with self._database.transaction() as connection:
            for row in _in_transaction(connection, report.transaction_uid, destination):
                reference = SopReference(Uid(row["sop_class_uid"]), Uid(row["instance"]))
                if reference in failed:
                    why = f"the archive does not keep it (reason {failed[reference]:04X}H)"
                    self._move(connection, row, Happened.COMMITMENT_DENIED, {"last_error": why})
                    settled.denied[reference.sop_instance_uid] = failed[reference]
                elif reference in committed:
                    columns = {"committed_at": now, "last_error": ""}
                    self._move(connection, row, Happened.COMMITTED, columns)
                    settled.committed.append(reference.sop_instance_uid)
                else:
                    why = "the archive's commitment report did not name it"
                    self._move(connection, row, Happened.COMMITMENT_SILENT, {"last_error": why})
                    settled.unnamed.append(reference.sop_instance_uid)
        return settled

    def expire_commitments(self, destination: str) -> int:
        """No report in time: they count as sent, and are asked about again."""
        if not self._has(State.AWAITING):
            return 0
        now = stamp(self._clock.now())
        with self._database.transaction() as connection:
            rows = [
                row
                for row in _in_state(connection, State.AWAITING, now)
                if row["destination"] == destination
            ]
            for row in rows:
                why = "no commitment report came in time"
                self._move(connection, row, Happened.COMMITMENT_SILENT, {"last_error": why})
        return len(rows)

    def standing(self, instance: Uid) -> tuple[Standing, ...]:
        rows = self._database.rows(
            "SELECT * FROM outbox WHERE instance = ? ORDER BY destination", (instance,)
        )
        return tuple(_standing(row) for row in rows)

    def _has(self, state: State, due_by: str = "") -> bool:
        """Asked often, and nearly always no: without taking the index's one writer's place."""
        rows = self._database.rows(
            "SELECT 1 FROM outbox WHERE state = ? AND state <> 'committed' AND due_at <= ? LIMIT 1",
            (state.value, due_by or stamp(self._clock.now())),
        )
        return bool(rows)

    def _due(
        self, connection: sqlite3.Connection, destination: str, state: State, count_max: int
    ) -> list[sqlite3.Row]:
        return connection.execute(
            "SELECT outbox.*, sop_class_uid FROM outbox"
            " JOIN instance ON sop_instance_uid = instance"
            " WHERE destination = ? AND state = ? AND state <> 'committed' AND due_at <= ?"
            " ORDER BY urgent DESC, due_at LIMIT ?",
            (destination, state.value, stamp(self._clock.now()), count_max),
        ).fetchall()

    def _move_one(
        self,
        instance: Uid,
        destination: str,
        happened: Happened,
        columns: Mapping[str, str | int],
    ) -> None:
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT * FROM outbox WHERE instance = ? AND destination = ?",
                (instance, destination),
            ).fetchone()
            self._move(connection, row, happened, columns)

    def _move(
        self,
        connection: sqlite3.Connection,
        row: sqlite3.Row,
        happened: Happened,
        columns: Mapping[str, str | int] | None = None,
    ) -> None:
        now = self._clock.now()
        target = after(State(row["state"]), happened)
        changed: dict[str, str | int] = {"state": target.value}
        if happened in _TRIED_AGAIN_LATER:
            wait = timedelta(seconds=backoff_s(row["tries"]))
            changed |= {"due_at": stamp(now + wait), "tries": row["tries"] + 1}
        elif happened in _TRIED_ANEW:
            changed["tries"] = 0
        changed.update(columns or {})
        assignments = ", ".join(f"{name} = ?" for name in changed)
        connection.execute(
            f"UPDATE outbox SET {assignments} WHERE instance = ? AND destination = ?",  # noqa: S608 -- names from this module only
            (*changed.values(), row["instance"], row["destination"]),
        )
        detail = f"{row['destination']}: {changed.get('last_error', '')}".rstrip(": ")
        audit.record(connection, now, "forwarding", happened.value, row["instance"], detail)


_TRIED_AGAIN_LATER = {
    Happened.NOT_DELIVERED,
    Happened.COMMITMENT_NOT_TAKEN,
    Happened.COMMITMENT_DENIED,
    Happened.COMMITMENT_SILENT,
}

_TRIED_ANEW = {Happened.COMMITTED, Happened.RELEASED}
"""Not ACCEPTED: an archive that accepts and then denies would be sent the same film without end."""


def _in_state(
    connection: sqlite3.Connection, state: State, due_by: str = LAST_STAMP
) -> list[sqlite3.Row]:
    """`state <> 'committed'` lets SQLite use the partial index."""
    return connection.execute(
        "SELECT * FROM outbox WHERE state = ? AND state <> 'committed' AND due_at <= ?",
        (state.value, due_by),
    ).fetchall()


def _in_transaction(
    connection: sqlite3.Connection, transaction_uid: Uid, destination: str
) -> list[sqlite3.Row]:
    """Those that still await this transaction's report: a doubled report finds none."""
    return connection.execute(
        "SELECT outbox.*, sop_class_uid FROM outbox JOIN instance ON sop_instance_uid = instance"
        " WHERE transaction_uid = ? AND destination = ? AND state = ?",
        (transaction_uid, destination, State.AWAITING.value),
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
    )
