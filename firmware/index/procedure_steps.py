"""What the RIS was told of each examination, and what is still to tell: one row each, in order.

A step is known by the first image of its examination, so that the images and MPPS agree without
asking each other.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from firmware.dicom.performed_step import PerformedStep, step_of_first_image
from firmware.index import audit
from firmware.index.database import Database, moment, stamp
from firmware.index.order_json import from_json
from firmware.index.outbox_table import Jitter, Why, backoff_s, no_jitter, said
from firmware.procedure_moves import MOVES, Step, Told
from hal.clock import Clock
from hal.values import Order, SopReference, Uid

ACTOR = "procedure steps"
COUNTED = (Step.TO_CREATE, Step.CREATED, Step.TO_SET)
TOLD_LATE = timedelta(days=7)
"""An examination older than this is no news: nobody waits for it when MPPS is switched on."""


@dataclass(frozen=True)
class DueStep:
    """The next thing to tell."""

    examination: int
    state: Step
    tries: int
    step: PerformedStep
    order: Order
    study_instance_uid: Uid
    closed_at: datetime | None
    series: dict[Uid, tuple[SopReference, ...]]
    """The images kept, by series; the first image's series is there in any case."""
    reason: str
    """Why the last rejected image was."""


class ProcedureSteps:
    def __init__(
        self, database: Database, clock: Clock, zone: tzinfo, jitter: Jitter = no_jitter
    ) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._jitter = jitter

    def step_of(
        self, study: Uid, sop_instance_uid: Uid, created_at: datetime, *, is_told: bool
    ) -> PerformedStep:
        """Of an image about to be made: that of the study's open examination, else its own."""
        rows = self._database.rows(
            "SELECT sop_instance_uid, stored_at FROM instance WHERE sop_instance_uid ="
            " (SELECT instance FROM looked_at JOIN examination ON id = examination"
            "  WHERE study_instance_uid = ? AND closed_at IS NULL"
            "  ORDER BY looked_at.rowid LIMIT 1)",
            (study,),
        )
        for row in rows:
            sop_instance_uid = Uid(row["sop_instance_uid"])
            created_at = moment(row["stored_at"]).astimezone(self._zone)
        return step_of_first_image(sop_instance_uid, created_at, is_told=is_told)

    def take_up(self) -> None:
        """Examinations that have begun or ended since."""
        since = stamp(self._clock.now() - TOLD_LATE)
        new = self._database.rows(
            "SELECT id, instance, series, stored_at FROM examination"
            " JOIN looked_at ON looked_at.rowid ="
            "  (SELECT min(rowid) FROM looked_at WHERE examination = id)"
            " JOIN instance ON sop_instance_uid = instance"
            " WHERE opened_at >= ? AND id NOT IN (SELECT examination FROM procedure_step)",
            (since,),
        )
        ended = self._database.rows(
            "SELECT procedure_step.* FROM procedure_step JOIN examination ON id = examination"
            " WHERE state = 'created' AND closed_at IS NOT NULL"
        )
        if not new and not ended:
            return
        with self._database.transaction() as connection:
            for row in new:
                self._begin(connection, row)
            for row in ended:
                self._move(connection, row, Told.ENDED)

    def next(self) -> DueStep | None:
        rows = self._database.rows(
            "SELECT procedure_step.*, study_instance_uid, order_json, closed_at"
            " FROM procedure_step JOIN examination ON id = examination"
            " WHERE state IN ('to create', 'to set') AND state <> 'done' AND due_at <= ?"
            " ORDER BY due_at LIMIT 1",
            (stamp(self._clock.now()),),
        )
        return self._due(rows[0]) if rows else None

    def told(self, due: DueStep, told: Told, error: Why = "") -> None:
        with self._database.transaction() as connection:
            row = self._row(connection, due.examination)
            self._move(connection, row, told, error)

    def later(self, due: DueStep, error: Why) -> None:
        """Nothing was settled: the same again, after a while."""
        now = self._clock.now()
        wait = timedelta(seconds=backoff_s(due.tries, self._jitter()))
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE procedure_step SET due_at = ?, tries = tries + 1, last_error = ?,"
                " last_error_fr = ? WHERE examination = ?",
                (stamp(now + wait), *said(error).values(), due.examination),
            )
            if not due.tries:
                audit.record(connection, now, ACTOR, "not told", due.step.uid, str(error))

    def release(self, actor: str = ACTOR) -> int:
        """What was refused is told again, by a person's word. How many there were."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT * FROM procedure_step WHERE state LIKE 'held %' AND state <> 'done'"
            ).fetchall()
            for row in rows:
                self._move(connection, row, Told.RELEASED, actor=actor)
        return len(rows)

    def _begin(self, connection: sqlite3.Connection, row: sqlite3.Row) -> None:
        created_at = moment(row["stored_at"])
        step = step_of_first_image(Uid(row["instance"]), created_at, is_told=True)
        now = stamp(self._clock.now())
        connection.execute(
            "INSERT INTO procedure_step"
            " (examination, sop_instance_uid, started_at, series, state, due_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                row["id"],
                step.uid,
                stamp(created_at),
                row["series"],
                Step.TO_CREATE.value,
                now,
            ),
        )

    def _row(self, connection: sqlite3.Connection, examination: int) -> sqlite3.Row:
        row: sqlite3.Row = connection.execute(
            "SELECT * FROM procedure_step WHERE examination = ?", (examination,)
        ).fetchone()
        return row

    def _move(
        self,
        connection: sqlite3.Connection,
        row: sqlite3.Row | dict[str, Any],
        told: Told,
        error: Why = "",
        actor: str = ACTOR,
    ) -> None:
        now, target = self._clock.now(), MOVES[Step(row["state"]), told]
        if told is Told.RELEASED:
            row = {**dict(row), "tries": 0}  # a person has done something about it
        forgotten = told is Told.UNKNOWN
        wait_s = backoff_s(row["tries"], self._jitter()) if forgotten else 0.0
        # They go on counting over the states: a RIS may forget a step again and again.
        tries = row["tries"] + forgotten if target in COUNTED else 0
        connection.execute(
            "UPDATE procedure_step SET state = ?, due_at = ?, tries = ?, last_error = ?,"
            " last_error_fr = ? WHERE examination = ?",
            (
                target.value,
                stamp(now + timedelta(seconds=wait_s)),
                tries,
                *said(error).values(),
                row["examination"],
            ),
        )
        audit.record(connection, now, actor, target.value, row["sop_instance_uid"], str(error))

    def _due(self, row: sqlite3.Row) -> DueStep:
        started_at = moment(row["started_at"]).astimezone(self._zone)
        return DueStep(
            examination=row["examination"],
            state=Step(row["state"]),
            tries=row["tries"],
            step=PerformedStep(Uid(row["sop_instance_uid"]), started_at),
            order=from_json(row["order_json"]),
            study_instance_uid=Uid(row["study_instance_uid"]),
            closed_at=row["closed_at"] and moment(row["closed_at"]).astimezone(self._zone),
            series=self._kept(row["examination"], Uid(row["series"])),
            reason=self._reason(row["examination"]),
        )

    def _kept(self, examination: int, series: Uid) -> dict[Uid, tuple[SopReference, ...]]:
        kept: dict[Uid, tuple[SopReference, ...]] = {}
        for row in self._database.rows(
            "SELECT series, sop_class_uid, sop_instance_uid FROM looked_at"
            " JOIN instance ON sop_instance_uid = instance"
            " WHERE examination = ? AND verdict <> 'rejected' ORDER BY looked_at.rowid",
            (examination,),
        ):
            reference = SopReference(Uid(row["sop_class_uid"]), Uid(row["sop_instance_uid"]))
            one = Uid(row["series"])
            kept[one] = (*kept.get(one, ()), reference)
        return kept or {series: ()}

    def _reason(self, examination: int) -> str:
        rows = self._database.rows(
            "SELECT reason FROM looked_at WHERE examination = ? AND verdict = 'rejected'"
            " ORDER BY at DESC LIMIT 1",
            (examination,),
        )
        return str(rows[0]["reason"]) if rows else ""
