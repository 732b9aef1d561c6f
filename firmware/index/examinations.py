"""Examinations and the looks at their images: stored with the image, in one transaction.

An image waits for a look by its due time in the outbox alone: whatever becomes of the panel, it
goes when that has come. Everything here is on the trail, and none of it is needed to send.
A person judges the image, which may have been corrected meanwhile: what is decided of the instance
that the panel knows holds for the one in its place too (firmware/index/one_image.py).
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from firmware.index import audit
from firmware.index.catalogue import Catalogue
from firmware.index.database import moment, stamp
from firmware.index.entry import Entry
from firmware.index.holding import ACTOR, DOUBTED, DOUBTS, Holding
from firmware.index.one_image import INSTANCES, OF_IT, first_of
from firmware.index.order_json import from_json, to_json
from firmware.index.outbox_table import MAY_HAVE, OPEN
from firmware.keeping import CHANGES, Condition, Found
from firmware.moves import Happened, State
from firmware.routing import Route
from firmware.store import PublishedFile, rejected_path
from hal.values import Order, Uid

IN_QUEUE = frozenset({State.QUEUED.value, State.HELD.value})


class Verdict(Enum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    TIMED_OUT = "timed out"


class Fate(Enum):
    """What became of an image that a person rejected."""

    STOPPED = "stopped"
    """It goes nowhere any more, and its file is to be put aside (`Examinations.put_aside`)."""
    STOPPED_WITHOUT_FILE = "stopped, no file"
    """Nor is there a file to put aside: it is damaged or missing."""
    BEING_SENT = "being sent"
    """At this moment: it leaves the queue as soon as that has failed."""
    SENT = "sent"


FATES = (Fate.SENT, Fate.BEING_SENT, Fate.STOPPED, Fate.STOPPED_WITHOUT_FILE)
"""Of an image in several instances, the first that one of them has."""


class Ended(Enum):
    COMPLETED = "completed"
    DISCONTINUED = "discontinued"


@dataclass(frozen=True)
class Examination:
    number: int
    study_instance_uid: Uid
    order: Order
    device: str
    opened_at: datetime
    closed_at: datetime | None
    ended: Ended | None


class Examinations(Holding):
    def record(
        self,
        catalogue: Catalogue,
        entry: Entry,
        published: PublishedFile,
        route: Route,
        order: Order,
        *,
        device: str,
        look_s: float,
        doubt: str = "",
    ) -> None:
        """One transaction: stored, queued, in its examination, and waiting for a look.

        An urgent image does not wait. With a doubt (one of DOUBTS) it is held from the first moment
        on, whatever becomes of the panel. `catalogue` is over the same database.
        """
        now = self._clock.now()
        with self._database.transaction() as connection:
            catalogue.insert(connection, entry, published, route, ACTOR, "stored")
            number = self._open(connection, entry.study_instance_uid, order, device, now)
            self._append(connection, number, entry.sop_instance_uid, now)
            if doubt:
                self.hold(connection, entry.sop_instance_uid, doubt)
            elif not entry.urgent:
                connection.execute(
                    "UPDATE outbox SET due_at = ? WHERE instance = ? AND state = ?",
                    (
                        stamp(now + timedelta(seconds=look_s)),
                        entry.sop_instance_uid,
                        State.QUEUED.value,
                    ),
                )

    def accept(self, instance: Uid) -> None:
        """It is due now."""
        now = stamp(self._clock.now())
        with self._database.transaction() as connection:
            self._judge(connection, instance, Verdict.ACCEPTED, "")
            for row in self._ways(connection, instance):
                if row["state"] == State.QUEUED.value:
                    self._move(connection, row, Happened.HURRIED, {"due_at": now}, ACTOR)
                elif row["state"] == State.HELD.value and row["last_error"] in DOUBTS:
                    self._move(connection, row, Happened.RELEASED, {"due_at": now}, ACTOR)

    def doubt(self, instance: Uid) -> None:
        """It goes nowhere until it is accepted or rejected."""
        with self._database.transaction() as connection:
            self.hold(connection, instance, DOUBTED)

    def reject(self, instance: Uid, reason: str) -> Fate:
        """Whatever becomes of it, that it was rejected is on record."""
        with self._database.transaction() as connection:
            if not self._judge(connection, instance, Verdict.REJECTED, reason):
                now, verdict = self._clock.now(), Verdict.REJECTED.value
                audit.record(connection, now, ACTOR, verdict, instance, reason)
            for row in self._ways(connection, instance):
                if row["state"] in IN_QUEUE and not row["sent_at"]:
                    self._move(connection, row, Happened.WITHDRAWN, {}, ACTOR)
            return self._fate(connection, instance)

    def reject_held(self, instance: Uid, reason: str, actor: str) -> bool:
        """By a person away from the panel. The looks' worker puts the file aside, and says it."""
        with self._database.transaction() as connection:
            ways = self._ways(connection, instance)
            held = [row for row in ways if row["state"] in IN_QUEUE and not row["sent_at"]]
            if all(row["state"] != State.HELD.value for row in held):
                return False
            if not self._judge(connection, instance, Verdict.REJECTED, reason, actor):
                return False
            for row in held:
                self._move(connection, row, Happened.WITHDRAWN, {}, actor)
            return True

    def fate(self, instance: Uid) -> Fate:
        """Of one that was rejected while it was BEING_SENT."""
        with self._database.transaction() as connection:
            return self._fate(connection, instance)

    def may_have_come(self, instance: Uid) -> bool:
        """To an archive, though none has accepted it: a sending of it was begun."""
        question = f"SELECT 1 FROM outbox WHERE instance IN {OF_IT} AND {MAY_HAVE} LIMIT 1"  # noqa: S608 -- constants
        return bool(self._database.rows(question, (instance,)))

    def put_aside(self, instance: Uid) -> tuple[Uid, ...]:
        """Of this image, what was rejected before it was sent: `Store.reject` is for its file."""
        rows = self._database.rows(
            f"SELECT sop_instance_uid FROM instance WHERE sop_instance_uid IN {OF_IT}"  # noqa: S608 -- constants
            " AND condition = 'rejected'",
            (instance,),
        )
        return tuple(Uid(row["sop_instance_uid"]) for row in rows)

    def rejected_on_their_way(self) -> dict[Uid, str]:
        """Their reasons: what the last life left BEING_SENT, or did not put aside any more."""
        rows = self._database.rows(
            "SELECT instance, reason FROM looked_at JOIN instance ON sop_instance_uid = instance"
            " WHERE verdict = 'rejected' AND condition = 'good' AND NOT EXISTS"
            " (SELECT 1 FROM outbox WHERE outbox.instance = looked_at.instance"
            "  AND (sent_at IS NOT NULL OR state NOT IN ('sending', 'withdrawn')))"
        )
        connection = self._database.connection
        return {first_of(connection, Uid(row["instance"])): row["reason"] for row in rows}

    def close(self, instance: Uid) -> None:
        """The examination of this image, and whatever of it still waits for a look is due."""
        now = self._clock.now()
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT examination FROM looked_at JOIN examination ON id = examination"
                " WHERE instance = ? AND closed_at IS NULL",
                (instance,),
            ).fetchone()
            if row is not None:
                self._close(connection, row["examination"], now)

    def settle(self, look_s: float, examination_s: float) -> None:
        """What nobody came back for: looks are over, and examinations closed."""
        now = self._clock.now()
        looked, opened = (stamp(now - timedelta(seconds=s)) for s in (look_s, examination_s))
        question = (
            "SELECT id FROM examination WHERE closed_at IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM looked_at WHERE examination = id AND at > ?)"
        )
        waits = "SELECT instance FROM looked_at WHERE verdict = 'waiting' AND at <= ?"
        if not self._database.rows(question, (opened,)) and not self._database.rows(
            waits, (looked,)
        ):
            return
        with self._database.transaction() as connection:
            for row in connection.execute(waits, (looked,)).fetchall():
                self._judge(connection, Uid(row["instance"]), Verdict.TIMED_OUT, "")
            for row in connection.execute(question, (opened,)).fetchall():
                self._close(connection, row["id"], now)

    def since(self, since: datetime) -> tuple[Examination, ...]:
        rows = self._database.rows(
            "SELECT * FROM examination WHERE opened_at >= ? ORDER BY id", (stamp(since),)
        )
        return tuple(_examination(row) for row in rows)

    def _open(
        self, connection: sqlite3.Connection, study: Uid, order: Order, device: str, now: datetime
    ) -> int:
        """The open one of this study; else a new one."""
        row = connection.execute(
            "SELECT id FROM examination WHERE closed_at IS NULL AND study_instance_uid = ?",
            (study,),
        ).fetchone()
        if row is not None:
            return int(row["id"])
        opened = connection.execute(
            "INSERT INTO examination (study_instance_uid, order_json, device, opened_at)"
            " VALUES (?, ?, ?, ?)",
            (study, to_json(order), device, stamp(now)),
        )
        number = int(opened.lastrowid or 0)
        audit.record(connection, now, ACTOR, "examination opened", study, str(number))
        return number

    def _append(
        self, connection: sqlite3.Connection, number: int, instance: Uid, now: datetime
    ) -> None:
        connection.execute(
            "INSERT INTO looked_at (instance, examination, verdict, at) VALUES (?, ?, ?, ?)",
            (instance, number, Verdict.WAITING.value, stamp(now)),
        )

    def _judge(
        self,
        connection: sqlite3.Connection,
        instance: Uid,
        verdict: Verdict,
        reason: str,
        actor: str = ACTOR,
    ) -> bool:
        """False: nobody waits for a look at it."""
        now = self._clock.now()
        if verdict is Verdict.REJECTED:
            self._look_at_all(connection, instance)
        judged = connection.execute(
            f"UPDATE looked_at SET verdict = ?, reason = ?, at = ? WHERE instance IN {OF_IT}"  # noqa: S608 -- constants
            " RETURNING instance",
            (verdict.value, reason, stamp(now), instance),
        ).fetchall()
        for row in judged:
            audit.record(connection, now, actor, verdict.value, row["instance"], reason)
        return bool(judged)

    def _look_at_all(self, connection: sqlite3.Connection, instance: Uid) -> None:
        """What took its place is rejected by itself: it may come back from the line, and be in use
        when an index knows no corrections any more. One that is made later is not: a person asks
        for it, of an image that was rejected too late."""
        connection.execute(
            f"WITH one (uid) AS ({INSTANCES})"  # noqa: S608 -- constants
            " INSERT OR IGNORE INTO looked_at (instance, examination, verdict, at)"
            " SELECT uid, examination, verdict, at FROM one, looked_at"
            " WHERE instance IN (SELECT uid FROM one)",
            (instance,),
        )

    def _fate(self, connection: sqlite3.Connection, instance: Uid) -> Fate:
        """Of the image; and an instance of it that was not sent is put aside, whatever became of
        the one before it."""
        fates = [
            self._fate_of_one(connection, Uid(row["uid"]))
            for row in connection.execute(INSTANCES, (instance,)).fetchall()
        ]
        return next(fate for fate in FATES if fate in fates)

    def _fate_of_one(self, connection: sqlite3.Connection, instance: Uid) -> Fate:
        ways = connection.execute("SELECT * FROM outbox WHERE instance = ?", (instance,)).fetchall()
        unsent = {State.SENDING.value, State.WITHDRAWN.value}
        if any(row["sent_at"] or row["state"] not in unsent for row in ways):
            return Fate.SENT
        if any(row["state"] == State.SENDING.value for row in ways):
            return Fate.BEING_SENT
        has_file = self._put_aside(connection, instance)
        return Fate.STOPPED if has_file else Fate.STOPPED_WITHOUT_FILE

    def _put_aside(self, connection: sqlite3.Connection, instance: Uid) -> bool:
        row = connection.execute(
            "SELECT condition FROM instance WHERE sop_instance_uid = ?", (instance,)
        ).fetchone()
        if row and row["condition"] == Condition.REJECTED.value:
            return True  # by a try before this one, whose file could not be renamed
        target = row and CHANGES.get((Condition(row["condition"]), Found.REJECTED))
        if target is None:  # damaged or missing: there is no file to put aside
            return False
        connection.execute(
            "UPDATE instance SET condition = ?, path = ? WHERE sop_instance_uid = ?",
            (target.value, rejected_path(instance), instance),
        )
        return True

    def _close(self, connection: sqlite3.Connection, number: int, now: datetime) -> None:
        rows = connection.execute(
            "SELECT instance, verdict FROM looked_at WHERE examination = ?", (number,)
        ).fetchall()
        for row in rows:
            if row["verdict"] == Verdict.WAITING.value:
                connection.execute(
                    "UPDATE outbox SET due_at = min(due_at, ?)"  # noqa: S608 -- constants
                    f" WHERE instance = ? AND state = 'queued' AND {OPEN}",
                    (stamp(now), row["instance"]),
                )
        kept = any(row["verdict"] != Verdict.REJECTED.value for row in rows)
        ended = Ended.COMPLETED if kept else Ended.DISCONTINUED
        connection.execute(
            "UPDATE examination SET closed_at = ?, ended = ? WHERE id = ?",
            (stamp(now), ended.value, number),
        )
        audit.record(connection, now, ACTOR, "examination closed", str(number), ended.value)


def _examination(row: sqlite3.Row) -> Examination:
    return Examination(
        number=row["id"],
        study_instance_uid=Uid(row["study_instance_uid"]),
        order=from_json(row["order_json"]),
        device=row["device"],
        opened_at=moment(row["opened_at"]),
        closed_at=row["closed_at"] and moment(row["closed_at"]),
        ended=row["ended"] and Ended(row["ended"]),
    )
