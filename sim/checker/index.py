"""The index as it stands, read with plain SQL over a connection of its own."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

NAME = "index.sqlite3"
Place = tuple[str, str]
"""UID and destination."""
Entry = tuple[int, str, str, str, str, str, str]
"""Of the trail: seq, at, actor, action, object, detail, hash."""


OpenRow = tuple[str, str, str, str]
"""UID, destination, state, path."""


@dataclass(frozen=True, slots=True)
class InstanceRow:
    sha256: str
    path: str
    condition: str


@dataclass(frozen=True)
class Index:
    instances: dict[str, InstanceRow]
    outbox: dict[Place, str]
    verdicts: dict[str, str]
    """UID -> what a person decided of it."""
    corrections: dict[str, str]
    """UID -> that of the instance that is to take its place."""
    note_of: dict[str, str]
    """UID -> that of the rejection note that is to name it, if an archive may have it."""
    notes: set[str]
    """UIDs of rejection notes, made or laid: they go only where what they name is."""
    requests: list[tuple[str, str, str]]
    """For corrections: study, outcome, what is said of it."""
    laid: set[str]
    """UIDs that the next images will get."""
    trail: list[Entry]
    """From some entry on."""
    troubles: list[str]
    """What SQLite says of its own structure; only when asked."""


@contextmanager
def _connected(folder: Path) -> Generator[sqlite3.Connection]:
    connection = sqlite3.connect(f"{(folder / NAME).as_uri()}?mode=ro", uri=True)
    try:
        yield connection
    finally:
        connection.close()


def read_index(folder: Path, trail_from: int, *, whole: bool) -> Index:
    """`whole`: SQLite checks its own structure too, which takes as long as the index is large."""
    with _connected(folder) as connection:
        ask = connection.execute
        return Index(
            instances={
                uid: InstanceRow(*fields)
                for uid, *fields in ask(
                    "SELECT sop_instance_uid, sha256, path, condition FROM instance"
                )
            },
            outbox={
                (uid, destination): state
                for uid, destination, state in ask(
                    "SELECT instance, destination, state FROM outbox"
                )
            },
            verdicts=dict(ask("SELECT instance, verdict FROM looked_at")),
            corrections=dict(ask("SELECT instance, successor FROM correction")),
            note_of=dict(
                ask(
                    "SELECT instance, note FROM correction"
                    " JOIN reconciliation ON id = reconciliation"
                )
            ),
            notes={uid for (uid,) in ask("SELECT note FROM reconciliation")},
            requests=ask("SELECT study, outcome, said_en FROM reconciliation").fetchall(),
            laid={uid for (uid,) in ask("SELECT sop_instance_uid FROM reservation")},
            trail=ask(
                "SELECT seq, at, actor, action, object, detail, hash FROM audit"
                " WHERE seq >= ? ORDER BY seq",
                (trail_from,),
            ).fetchall(),
            troubles=[
                line for (line,) in (ask("PRAGMA integrity_check") if whole else ()) if line != "ok"
            ],
        )


def on_the_line(folder: Path, uid: str) -> bool:
    """Being sent at this moment, as far as the index knows."""
    with _connected(folder) as connection:
        asked = "SELECT 1 FROM outbox WHERE instance = ? AND state = 'sending'"
        return connection.execute(asked, (uid,)).fetchone() is not None


def later_instances(folder: Path, uid: str) -> list[str]:
    """Of an image that was corrected: those that took its place, each that of the one before."""
    with _connected(folder) as connection:
        found = {uid: None}
        asked = (
            "SELECT successor FROM correction JOIN instance ON sop_instance_uid = successor"
            " WHERE correction.instance = ?"
        )
        while (row := connection.execute(asked, (uid,)).fetchone()) and row[0] not in found:
            uid = row[0]
            found[uid] = None
        return list(found)[1:]


def is_note(folder: Path, uid: str) -> bool:
    """A rejection note: it goes only where what it names is."""
    with _connected(folder) as connection:
        asked = "SELECT 1 FROM reconciliation WHERE note = ?"
        return connection.execute(asked, (uid,)).fetchone() is not None


def path_of(folder: Path, uid: str) -> str:
    """Empty: the index has no such instance."""
    with _connected(folder) as connection:
        asked = "SELECT path FROM instance WHERE sop_instance_uid = ?"
        (path,) = connection.execute(asked, (uid,)).fetchone() or ("",)
        return str(path)


def open_requests(folder: Path) -> list[tuple[str, ...]]:
    """For corrections, that are not over: of each, the images that are not on this disk."""
    with _connected(folder) as connection:
        found = connection.execute(
            "SELECT id, sop_instance_uid FROM reconciliation"
            " JOIN series ON series.study = reconciliation.study"
            " LEFT JOIN instance ON series = series_instance_uid"
            "  AND condition IN ('evicting', 'evicted', 'damaged', 'missing')"
            " WHERE ended_at IS NULL ORDER BY id, sop_instance_uid"
        ).fetchall()
    awaited: dict[int, list[str]] = {}
    for request, uid in found:
        awaited.setdefault(request, []).extend([uid] if uid else [])
    return [tuple(uids) for uids in awaited.values()]


def open_rows(folder: Path) -> list[OpenRow]:
    """Those whose way to an archive is not over."""
    with _connected(folder) as connection:
        return connection.execute(
            "SELECT instance, destination, state, path FROM outbox"
            " JOIN instance ON sop_instance_uid = instance"
            " WHERE state NOT IN ('committed', 'confirmed by query', 'withdrawn')"
            " AND condition NOT IN ('damaged', 'missing', 'rejected', 'superseded', 'discarded')"
            " ORDER BY instance, destination"
        ).fetchall()
