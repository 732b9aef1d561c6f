"""The trail: who did what to which object, in the transaction that did it.

Hash-chained: an entry's hash covers its own fields and the hash before it. `verify` finds a
changed, removed or inserted entry; a cut tail only against a head from the log.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from firmware.index.database import stamp

FIRST = "0" * 64
"""What the first entry follows."""


@dataclass(frozen=True)
class Head:
    """The newest entry: written to the log, it is the witness of all before it."""

    seq: int
    hash: str


@dataclass(frozen=True)
class Broken:
    """Where the chain stops being what was written."""

    seq: int
    why: str


def record(
    connection: sqlite3.Connection,
    at: datetime,
    actor: str,
    action: str,
    object_uid: str,
    detail: str = "",
) -> None:
    before = head(connection)
    seq = before.seq + 1
    fields = (seq, stamp(at), actor, action, object_uid, detail)
    connection.execute(
        "INSERT INTO audit (seq, at, actor, action, object, detail, hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*fields, link(before.hash, fields)),
    )


def head(connection: sqlite3.Connection) -> Head:
    row = connection.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(row["seq"], row["hash"]) if row else Head(0, FIRST)


def link(before: str, fields: tuple[int, str, str, str, str, str]) -> str:
    """JSON, so that no two different lists of fields are the same text."""
    text = json.dumps([before, *fields], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def verify(connection: sqlite3.Connection, witness: Head | None = None) -> Head | Broken:
    """The chain's head when every entry follows from the one before, and `witness` is in it."""
    before, seen = Head(0, FIRST), witness is None or witness.seq == 0
    for seq, found, expected in _links(connection):
        if seq != before.seq + 1:
            return Broken(before.seq + 1, "entries are missing")
        if found != expected:
            return Broken(seq, "this entry, or one before it, was changed")
        before = Head(seq, found)
        seen = seen or before == witness
    if not seen and witness is not None:
        why = "the log knows this entry, the index does not: the tail was cut or made anew"
        return Broken(witness.seq, why)
    return before


def _links(connection: sqlite3.Connection) -> Iterator[tuple[int, str, str]]:
    """(seq, the hash that stands there, the hash that should)."""
    before = FIRST
    rows = connection.execute(
        "SELECT seq, at, actor, action, object, detail, hash FROM audit ORDER BY seq"
    )
    for *fields, found in rows:
        yield fields[0], found, link(before, tuple(fields))
        before = found
