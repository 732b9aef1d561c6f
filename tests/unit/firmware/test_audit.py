"""The chain, against somebody with a hand in the database."""

from collections.abc import Callable
from sqlite3 import Connection

import pytest

from firmware.audit_witness import AuditWitness
from firmware.events import AuditHead, Event
from firmware.index import audit
from tests.unit.firmware.conftest import Index

Tamper = Callable[[Connection], object]

TAMPERINGS: dict[str, tuple[int, Tamper]] = {
    "an entry changed": (2, lambda c: c.execute("UPDATE audit SET actor = 'x' WHERE seq = 2")),
    "an entry removed": (2, lambda c: c.execute("DELETE FROM audit WHERE seq = 2")),
    "the first removed": (1, lambda c: c.execute("DELETE FROM audit WHERE seq = 1")),
    "two exchanged": (
        2,
        lambda c: c.executescript(
            "UPDATE audit SET seq = 99 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3;"
            "UPDATE audit SET seq = 3 WHERE seq = 99"
        ),
    ),
    "one forged at the end": (
        5,
        lambda c: c.execute("INSERT INTO audit VALUES (5, 't', 'a', 'b', 'c', 'd', 'e')"),
    ),
}


@pytest.fixture
def connection(index: Index) -> Connection:
    uid = index.add()
    index.outbox.lease("ARCHIVE", 1)
    index.outbox.accepted(uid, "ARCHIVE")
    index.add()
    return index.database.connection


def test_what_was_written_is_unbroken(connection: Connection) -> None:
    assert audit.verify(connection) == audit.head(connection)
    assert audit.head(connection).seq == 4


@pytest.mark.parametrize(("seq", "tamper"), TAMPERINGS.values(), ids=list(TAMPERINGS))
def test_tampering_shows(connection: Connection, seq: int, tamper: Tamper) -> None:
    tamper(connection)
    found = audit.verify(connection)
    assert isinstance(found, audit.Broken)
    assert found.seq == seq


def test_a_cut_tail_shows_only_against_a_head_from_the_log(connection: Connection) -> None:
    witness = audit.head(connection)
    connection.execute("DELETE FROM audit WHERE seq = 4")
    assert isinstance(audit.verify(connection), audit.Head), "the chain cannot see it"
    found = audit.verify(connection, witness)
    assert isinstance(found, audit.Broken)
    assert found.seq == 4


def test_an_older_head_is_still_in_the_chain(connection: Connection, index: Index) -> None:
    witness = audit.head(connection)
    index.add()
    assert audit.verify(connection, witness) == audit.head(connection)


def test_an_empty_trail_is_unbroken(index: Index) -> None:
    assert audit.verify(index.database.connection) == audit.Head(0, audit.FIRST)


def test_the_log_is_told_of_each_new_head_once(index: Index) -> None:
    heard: list[Event] = []
    witness = AuditWitness(index.database, heard.append)
    witness.step()
    index.add()
    witness.step()
    witness.step()
    assert [event.seq for event in heard if isinstance(event, AuditHead)] == [0, 1]
