"""The outbox: where each instance stands on its way to each destination.

State in the index, not a second system. This is the forwarder's and the commitment's side of it;
people's is in `firmware.index.queue_actions`.
"""

import sqlite3
from dataclasses import dataclass, field
from datetime import timedelta

from firmware.index import audit
from firmware.index.asked_back import HERE
from firmware.index.database import stamp
from firmware.index.outbox_table import (
    BACKOFF_FIRST_S,
    BACKOFF_LAST_S,
    FORWARDING,
    OPEN,
    OutboxTable,
    Standing,
    Why,
    backoff_s,
    enqueue,
    in_state,
    said,
)
from firmware.moves import Happened, State
from firmware.routing import Way
from hal.archive import CommitmentReport
from hal.errors import Sentence
from hal.values import SopReference, Uid

__all__ = ["BACKOFF_FIRST_S", "BACKOFF_LAST_S", "Outbox", "Settled", "Standing", "backoff_s"]

PATIENCE_DOUBLINGS_MAX = 6  # 64 times: of the usual hour, a long weekend
WHOLE_STUDY_S = 60.0  # a study that is still being sent is asked about after so long all the same
LAST_STAMP = "9999"
NOT_KEPT = Sentence(
    en="the archive does not keep it (reason {reason})",
    fr="l'archive ne la conserve pas (motif {reason})",
)
NOT_NAMED = Sentence(
    en="the archive's commitment report did not name it",
    fr="le compte rendu d'engagement de l'archive ne la cite pas",
)
ASKABLE = (State.SENT, State.UNPROVEN, State.CONFIRMED)


@dataclass(frozen=True)
class Settled:
    """What a report decided; all empty when nothing was asked under its transaction."""

    committed: list[Uid] = field(default_factory=list)
    denied: dict[Uid, int] = field(default_factory=dict)
    """Failure Reason (0008,1197) of each."""
    held: list[Uid] = field(default_factory=list)
    """Of the denied ones, those that were denied too often."""
    unnamed: list[Uid] = field(default_factory=list)


def patience_s(silence_s: float, tries: int) -> float:
    """How long a report may take: longer with each question that went unanswered.

    A new question makes the old one's report unbelievable. So with one and the same patience,
    an archive that is always slower than that would be asked for ever and never heard.
    """
    return silence_s * 2.0 ** min(tries, PATIENCE_DOUBLINGS_MAX)


class Outbox(OutboxTable):
    def lease(
        self, destination: str, count_max: int, *, routine_first: bool = False
    ) -> tuple[Uid, ...]:
        """Take the next ones due; they are SENDING from here on.

        Urgent ones first, or last, and never both at once; then whole studies, the one that is due
        the longest first. One forwarder serves a destination, and the store's lock allows one
        node: whatever is still SENDING was interrupted, and goes back to the queue first.
        """
        if not self._has_to_send(destination):
            return ()
        order = "ASC" if routine_first else "DESC"
        with self._database.transaction() as connection:
            for row in in_state(connection, destination, State.SENDING):
                self._move(connection, row, Happened.INTERRUPTED)
            rows = connection.execute(
                "SELECT outbox.* FROM outbox JOIN instance ON sop_instance_uid = instance"  # noqa: S608 -- constants of this module
                " JOIN series ON series_instance_uid = series"
                f" WHERE state IN (?) AND {OPEN} AND destination = ? AND due_at <= ? AND {HERE}"
                f" ORDER BY urgent {order}, min(due_at) OVER (PARTITION BY urgent, study), study,"
                " series_number, instance_number LIMIT ?",
                (State.QUEUED.value, destination, stamp(self._clock.now()), count_max),
            ).fetchall()
            rows = [row for row in rows if row["urgent"] == rows[0]["urgent"]]
            for row in rows:
                self._move(connection, row, Happened.LEASED)
        return tuple(Uid(row["instance"]) for row in rows)

    def _has_to_send(self, destination: str) -> bool:
        """As `_has`: one that is due, or that was interrupted."""
        rows = self._database.rows(
            f"SELECT 1 FROM outbox WHERE state IN ('queued', 'sending') AND {OPEN}"  # noqa: S608 -- constants of this module
            " AND destination = ? AND (due_at <= ? OR state = 'sending') LIMIT 1",
            (destination, stamp(self._clock.now())),
        )
        return bool(rows)

    def waits(self, destination: str, *, urgent: bool) -> bool:
        """Is anything of this priority due?"""
        rows = self._database.rows(
            f"SELECT 1 FROM outbox WHERE state IN (?) AND {OPEN} AND destination = ? AND urgent = ?"  # noqa: S608 -- constants of this module
            f" AND due_at <= ? AND {HERE} LIMIT 1",
            (State.QUEUED.value, destination, int(urgent), stamp(self._clock.now())),
        )
        return bool(rows)

    def is_urgent(self, instance: Uid, destination: str) -> bool:
        rows = self._database.rows(
            "SELECT urgent FROM outbox WHERE instance = ? AND destination = ?",
            (instance, destination),
        )
        return bool(rows and rows[0]["urgent"])

    def accepted(
        self, instance: Uid, destination: str, warning: str = "", size_bytes: int = 0
    ) -> None:
        now = stamp(self._clock.now())
        columns: dict[str, str | int] = {
            "warning": warning,
            "sent_at": now,
            "due_at": now,
            "sent_bytes": size_bytes,
        }
        self._move_one(instance, destination, Happened.ACCEPTED, columns)

    def said_duplicate(self, instance: Uid, destination: str, why: str) -> None:
        columns = {"warning": why, "due_at": stamp(self._clock.now())}
        self._move_one(instance, destination, Happened.SAID_DUPLICATE, columns)

    def not_delivered(self, instance: Uid, destination: str, why: Why) -> None:
        self._move_one(instance, destination, Happened.NOT_DELIVERED, said(why))

    def not_reached(self, instance: Uid, destination: str, why: Why) -> None:
        self._move_one(instance, destination, Happened.NOT_REACHED, said(why))

    def gave_way(self, instance: Uid, destination: str) -> None:
        self._move_one(instance, destination, Happened.GAVE_WAY)

    def refused(self, instance: Uid, destination: str, why: Why, refusals_max: int = 1) -> bool:
        """True: it is held now."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT * FROM outbox WHERE instance = ? AND destination = ?",
                (instance, destination),
            ).fetchone()
            if row is None:  # as in _move_one
                return False
            is_held = row["refusals"] + 1 >= refusals_max
            happened = Happened.REFUSED if is_held else Happened.REFUSED_FOR_NOW
            self._move(connection, row, happened, said(why))
        return bool(is_held)

    def fall_back(self, destination: str) -> list[tuple[Uid, str]]:
        """(instance, the other archive) of those that waited too long while this one is away.

        This one still gets them when it is back.
        """
        now = self._clock.now()
        late = (destination, stamp(now))
        question = (  # constants of this module
            "SELECT * FROM outbox WHERE destination = ? AND fallback_at <= ?"
            " AND state IN ('queued', 'sending') AND state <> 'committed'"
            " AND NOT EXISTS (SELECT 1 FROM looked_at"  # rejected while it is on the line
            "  WHERE looked_at.instance = outbox.instance AND verdict = 'rejected')"
        )
        if not self._database.rows(question + " LIMIT 1", late) or not self._is_away(destination):
            return []
        with self._database.transaction() as connection:
            rows = connection.execute(question, late).fetchall()
            for row in rows:
                uid, other = Uid(row["instance"]), row["fallback"]
                enqueue(connection, uid, Way(other), now, urgent=bool(row["urgent"]))
                detail = f"{destination} is away: {other} gets it too"
                audit.record(connection, now, FORWARDING, "fallback", uid, detail)
                connection.execute(
                    "UPDATE outbox SET fallback_at = NULL WHERE instance = ? AND destination = ?",
                    (uid, destination),
                )
        return [(Uid(row["instance"]), row["fallback"]) for row in rows]

    def _is_away(self, destination: str) -> bool:
        """What was last tried there failed. A queue that is merely long falls back nowhere."""
        rows = self._database.rows(
            f"SELECT 1 FROM outbox WHERE state IN (?, ?) AND {OPEN} AND destination = ?"  # noqa: S608 -- constants of this module
            " AND last_error <> '' LIMIT 1",
            (State.QUEUED.value, State.SENDING.value, destination),
        )
        return bool(rows)

    def ask_commitment(
        self, destination: str, transaction_uid: Uid, silence_s: float, count_max: int
    ) -> tuple[SopReference, ...]:
        """One study's that were sent and are due, AWAITING under this transaction from here on.

        Recorded before the archive is asked: a report can be faster than our own commit.
        """
        if not self._has(destination, *ASKABLE):
            return ()
        now = self._clock.now()
        with self._database.transaction() as connection:
            rows = self._askable(connection, destination, count_max)
            for row in rows:
                expires = now + timedelta(seconds=patience_s(silence_s, row["tries"]))
                columns = {"transaction_uid": transaction_uid, "due_at": stamp(expires)}
                self._move(connection, row, Happened.COMMITMENT_ASKED, columns)
        return tuple(SopReference(Uid(row["sop_class_uid"]), Uid(row["instance"])) for row in rows)

    def _askable(
        self, connection: sqlite3.Connection, destination: str, count_max: int
    ) -> list[sqlite3.Row]:
        """Of the study that is due the longest and is not on the line at this moment.

        No study is ever taken as complete: what comes later is asked about later.
        """
        now = self._clock.now()
        still_s = stamp(now - timedelta(seconds=WHOLE_STUDY_S))
        rows = connection.execute(
            "SELECT outbox.*, sop_class_uid, study FROM outbox"  # noqa: S608 -- constants of this module
            " JOIN instance ON sop_instance_uid = instance"
            " JOIN series ON series_instance_uid = series"
            f" WHERE state IN (?, ?, ?) AND {OPEN} AND destination = ? AND due_at <= ?"
            f" AND (state <> '{State.UNPROVEN.value}' OR tries > 0)"  # else it is compared first
            " AND (sent_at <= ? OR NOT EXISTS ("
            "   SELECT 1 FROM outbox AS other JOIN instance AS i ON i.sop_instance_uid ="
            "   other.instance JOIN series AS s ON s.series_instance_uid = i.series"
            f"   WHERE other.state = '{State.SENDING.value}' AND other.{OPEN}"
            "   AND other.destination = outbox.destination AND s.study = series.study))"
            " ORDER BY urgent DESC, min(due_at) OVER (PARTITION BY study), study LIMIT ?",
            (*(state.value for state in ASKABLE), destination, stamp(now), still_s, count_max),
        ).fetchall()
        return [row for row in rows if row["study"] == rows[0]["study"]]

    def commitment_not_taken(self, transaction_uid: Uid, destination: str, why: Why) -> None:
        """The archive did not take the question: ask again later."""
        with self._database.transaction() as connection:
            for row in _in_transaction(connection, transaction_uid, destination):
                self._move(connection, row, Happened.COMMITMENT_NOT_TAKEN, said(why))

    def settle(self, report: CommitmentReport, destination: str, denials_max: int = 5) -> Settled:
        """Believe a report only for what this archive was asked under its transaction."""
        committed = set(report.committed)
        failed = {entry.reference: entry.failure_reason for entry in report.failed}
        now = stamp(self._clock.now())
        settled = Settled()
        with self._database.transaction() as connection:
            for row in _in_transaction(connection, report.transaction_uid, destination):
                reference = SopReference(Uid(row["sop_class_uid"]), Uid(row["instance"]))
                uid = reference.sop_instance_uid
                if reference in failed:
                    why = NOT_KEPT.fill(reason=f"{failed[reference]:04X}H")
                    if self._deny(connection, row, why, denials_max):
                        settled.held.append(uid)
                    settled.denied[uid] = failed[reference]
                elif reference in committed:
                    self._move(connection, row, Happened.COMMITTED, {"committed_at": now})
                    settled.committed.append(uid)
                else:
                    columns = said(NOT_NAMED)
                    self._move(connection, row, Happened.COMMITMENT_SILENT, columns)
                    settled.unnamed.append(uid)
        return settled

    def _deny(
        self, connection: sqlite3.Connection, row: sqlite3.Row, why: Why, denials_max: int
    ) -> bool:
        """True: too often, it is held now."""
        is_held = row["refusals"] + 1 >= denials_max
        happened = Happened.DENIED_FOR_GOOD if is_held else Happened.COMMITMENT_DENIED
        # If it was sent small, an archive that cannot read that may keep the one that is stored.
        self._move(connection, row, happened, {**said(why), "as_stored": 1})
        return bool(is_held)


def _in_transaction(
    connection: sqlite3.Connection, transaction_uid: Uid, destination: str
) -> list[sqlite3.Row]:
    """Those that still await this transaction's report: a doubled report finds none."""
    return connection.execute(
        "SELECT outbox.*, sop_class_uid FROM outbox JOIN instance ON sop_instance_uid = instance"
        " WHERE transaction_uid = ? AND destination = ? AND state IN (?, ?)",
        (transaction_uid, destination, State.AWAITING.value, State.UNPROVEN_AWAITING.value),
    ).fetchall()
