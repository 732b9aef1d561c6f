"""What is ready in outgoing/, and what is to be made next."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from firmware.index.database import Database
from hal.values import SopReference, Uid

WAITING = "state IN ('queued', 'sending') AND state <> 'committed' AND as_stored = 0"
"""The second half lets SQLite use the partial index."""


@dataclass(frozen=True)
class Queued:
    """An image on its way to an archive, with what a decision needs to know."""

    reference: SopReference
    transfer_syntax_uid: Uid
    path: str
    size_bytes: int
    sha256: str
    urgent: bool
    due_at: str


@dataclass(frozen=True)
class Rendition:
    instance: Uid
    transfer_syntax_uid: Uid
    path: str
    """Empty: there is none to be had."""
    size_bytes: int
    sha256: str
    why_none: str = ""


class Renditions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, instance: Uid, transfer_syntax_uid: Uid) -> Rendition | None:
        rows = self._database.rows(
            "SELECT * FROM rendition WHERE instance = ? AND transfer_syntax_uid = ?",
            (instance, transfer_syntax_uid),
        )
        return _rendition(rows[0]) if rows else None

    def all(self) -> list[Rendition]:
        return [_rendition(row) for row in self._database.rows("SELECT * FROM rendition")]

    def size_bytes(self) -> int:
        ((total,),) = self._database.rows("SELECT total(size_bytes) FROM rendition")
        return int(total)

    def record(self, rendition: Rendition) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO rendition VALUES (?, ?, ?, ?, ?, ?)",
                (
                    rendition.instance,
                    rendition.transfer_syntax_uid,
                    rendition.path,
                    rendition.size_bytes,
                    rendition.sha256,
                    rendition.why_none,
                ),
            )

    def forget(self, renditions: Iterable[Rendition]) -> None:
        with self._database.transaction() as connection:
            connection.executemany(
                "DELETE FROM rendition WHERE instance = ? AND transfer_syntax_uid = ?",
                [(one.instance, one.transfer_syntax_uid) for one in renditions],
            )

    def unneeded(self) -> list[Rendition]:
        """Nobody waits for them any more: sent, held, or to go as they are stored."""
        rows = self._database.rows(
            "SELECT * FROM rendition WHERE NOT EXISTS (SELECT 1 FROM outbox"  # noqa: S608 -- constants of this module
            f" WHERE outbox.instance = rendition.instance AND {WAITING})"
        )
        return [_rendition(row) for row in rows]

    def waiting(self, destination: str, count_max: int) -> list[Queued]:
        """The next ones to go there, due or not: urgent first, the longest due first."""
        rows = self._database.rows(
            "SELECT outbox.urgent, outbox.due_at, instance.* FROM outbox"  # noqa: S608 -- constants of this module
            f" JOIN instance ON sop_instance_uid = instance WHERE {WAITING} AND destination = ?"
            " ORDER BY urgent DESC, due_at LIMIT ?",
            (destination, count_max),
        )
        return [queued(row) for row in rows]


def queued(row: sqlite3.Row) -> Queued:
    return Queued(
        reference=SopReference(Uid(row["sop_class_uid"]), Uid(row["sop_instance_uid"])),
        transfer_syntax_uid=Uid(row["transfer_syntax_uid"]),
        path=row["path"],
        size_bytes=row["size_bytes"],
        sha256=row["sha256"],
        urgent=bool(row["urgent"]),
        due_at=row["due_at"],
    )


def _rendition(row: sqlite3.Row) -> Rendition:
    return Rendition(
        instance=Uid(row["instance"]),
        transfer_syntax_uid=Uid(row["transfer_syntax_uid"]),
        path=row["path"],
        size_bytes=row["size_bytes"],
        sha256=row["sha256"],
        why_none=row["why_none"],
    )
