"""Duplicates are compared, lists are asked, and neither is ever called a commitment."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from pydicom.uid import ExplicitVRLittleEndian

from drivers.posix_disk import PosixDisk
from firmware.confirmation import Confirmation
from firmware.dicom.part10 import part10_header
from firmware.duplicates import NOT_GIVEN_MAX, Duplicates
from firmware.events import CommitmentDenied, Compared, ConfirmedByQuery, Event
from firmware.index.outbox_table import BACKOFF_LAST_S
from firmware.index.proofs import NOT_LISTED_MAX, Proofs
from firmware.store import Store
from hal.archive import Wanted
from hal.archive_query import StudyInstance
from hal.errors import PeerError, PeerRefused, PeerRetryable, Sentence
from hal.values import SopReference, Uid
from tests.fakes import ScriptedArchive
from tests.instances import MULTI_FRAME_GRAYSCALE_WORD, synthetic
from tests.unit.firmware.conftest import Index

DOWN = PeerRetryable(Sentence("down", "en panne"))
NO_SERVICE = PeerRefused(Sentence("no C-GET", "pas de C-GET"))


class Listing(ScriptedArchive):
    """Lists what it was told that it lists."""

    listed: frozenset[Uid] = frozenset()
    silent: PeerError | None = None

    def holds(self, asked: tuple[StudyInstance, ...]) -> frozenset[SopReference]:
        if self.silent:
            raise self.silent
        references = (one.reference for one in asked)
        return frozenset(one for one in references if one.sop_instance_uid in self.listed)


class Proving:
    def __init__(self, index: Index, folder: Path) -> None:
        self.index = index
        self.archive = Listing()
        self.events: list[Event] = []
        self.store = Store(PosixDisk(folder), 0)
        self.store.prepare()
        proofs = Proofs(index.database, index.clock)
        self.duplicates = Duplicates(
            "ARCHIVE", self.archive, proofs, self.store, index.clock, self.events.append
        )
        self.confirmation = Confirmation(
            "ARCHIVE", self.archive, proofs, index.clock, self.events.append, 2, self.duplicates
        )

    def duplicate(self) -> tuple[Uid, bytes]:
        """(one that the archive calls a duplicate, its data set)."""
        uid = self.index.add()
        image = synthetic(MULTI_FRAME_GRAYSCALE_WORD, 16, 16)
        image.SOPInstanceUID = uid
        pixels = image.PixelData
        del image.PixelData
        header = part10_header(image, len(pixels), "SAPI_NODE").data
        content = header + pixels
        with self.store.incoming(uid, len(content)) as file:
            file.write(content)
            published = file.publish()
        assert published.sha256 == hashlib.sha256(content).hexdigest()
        self.index.database.connection.execute(
            "UPDATE instance SET path = ?, size_bytes = ?, sha256 = ?, transfer_syntax_uid = ?"
            " WHERE sop_instance_uid = ?",
            (published.path, published.size_bytes, published.sha256, ExplicitVRLittleEndian, uid),
        )
        self.index.outbox.lease("ARCHIVE", 1)
        self.index.outbox.said_duplicate(uid, "ARCHIVE", "0111H")
        (meta_bytes,) = (int.from_bytes(content[140:144], "little"),)
        return uid, content[144 + meta_bytes :]

    def sent(self) -> Uid:
        uid = self.index.add()
        self.index.outbox.lease("ARCHIVE", 1)
        self.index.outbox.accepted(uid, "ARCHIVE")
        return uid


@pytest.fixture
def proving(index: Index, tmp_path: Path) -> Proving:
    return Proving(index, tmp_path / "store")


def test_the_same_bytes_there_make_it_sent(proving: Proving) -> None:
    uid, data_set = proving.duplicate()
    proving.archive.gives_back[uid] = [data_set[:100], data_set[100:]]
    proving.duplicates.step()
    assert proving.index.state(uid) == "sent"
    assert proving.events == [Compared(uid, "ARCHIVE", same=True)]
    assert not proving.store.disk.names("fetching")


def test_other_bytes_there_are_held_and_never_sent(proving: Proving) -> None:
    uid, data_set = proving.duplicate()
    changed = bytearray(data_set)
    changed[-1] ^= 1
    proving.archive.gives_back[uid] = [bytes(changed)]
    proving.duplicates.step()
    assert proving.index.state(uid) == "held"
    assert proving.events == [Compared(uid, "ARCHIVE", same=False)]
    assert "another image" in proving.index.outbox.standing(uid)[0].last_error


@pytest.mark.parametrize("kept", [0, 1, 40])
def test_the_end_of_our_bytes_is_not_our_bytes(proving: Proving, kept: int) -> None:
    """Less than the data set came back, and what was missing is never taken from our own file."""
    uid, data_set = proving.duplicate()
    end = data_set[len(data_set) - kept :]
    proving.archive.gives_back[uid] = [end] if end else []
    proving.duplicates.step()
    assert proving.index.state(uid) == "held"


def test_nothing_in_our_study_there_is_another_image(proving: Proving) -> None:
    """The UID is taken, and not by this image: a commitment to the UID would be to the other."""
    uid, _ = proving.duplicate()
    proving.archive.down = PeerRefused(Sentence("not there", "pas là"), 0x0000)
    proving.duplicates.step()
    assert proving.index.state(uid) == "held"


def test_an_archive_that_is_away_is_asked_again_later(proving: Proving) -> None:
    uid, data_set = proving.duplicate()
    proving.archive.down = DOWN
    proving.duplicates.step()
    assert proving.index.state(uid) == "unproven"
    proving.archive.down = None
    proving.archive.gives_back[uid] = [data_set]
    proving.duplicates.step()
    assert proving.index.state(uid) == "unproven", "not at once"
    proving.index.clock.sleep(BACKOFF_LAST_S)
    proving.duplicates.step()
    assert proving.index.state(uid) == "sent"


def test_an_archive_that_is_there_and_never_gives_it_back_is_not_asked_for_ever(
    proving: Proving, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid, _ = proving.duplicate()
    monkeypatch.setattr(proving.archive, "retrieve", hangs)
    for _ in range(NOT_GIVEN_MAX):
        assert proving.index.outbox.standing(uid)[0].tries == 0
        proving.duplicates.step()
        proving.index.clock.sleep(BACKOFF_LAST_S)
    assert len(proving.index.outbox.ask_commitment("ARCHIVE", Uid("1.2.4"), 60.0, 10)) == 1


def test_an_archive_that_is_away_for_a_week_is_asked_again_all_the_same(proving: Proving) -> None:
    uid, _ = proving.duplicate()
    proving.archive.down = DOWN
    for _ in range(10 * NOT_GIVEN_MAX):
        proving.duplicates.step()
        proving.index.clock.sleep(BACKOFF_LAST_S)
    assert proving.index.outbox.standing(uid)[0].tries == 0


def hangs(_: Wanted) -> Iterator[bytes]:
    raise DOWN


def test_one_whose_own_file_is_lost_stands_in_no_other_s_way(proving: Proving) -> None:
    """Else the worker would fail at it for ever, and ask for nothing else's commitment."""
    lost, _ = proving.duplicate()
    (row,) = proving.index.database.rows("SELECT path FROM instance")
    proving.store.remove(row["path"])
    proving.duplicates.step()
    assert proving.index.state(lost) == "unproven", "asked again until the scrub has found it"
    proving.index.database.connection.execute("UPDATE instance SET condition = 'missing'")
    proving.index.clock.sleep(BACKOFF_LAST_S)
    uid, data_set = proving.duplicate()
    proving.archive.gives_back[uid] = [data_set]
    proving.duplicates.step()
    proving.duplicates.step()
    assert proving.index.outbox.standing(lost)[0].tries == 1
    assert proving.index.state(uid) == "sent"


def test_what_goes_wrong_with_a_duplicate_stops_no_other_proof(
    proving: Proving, monkeypatch: pytest.MonkeyPatch
) -> None:
    proving.duplicate()
    uid = proving.sent()
    proving.archive.listed = frozenset({uid})
    monkeypatch.setattr(proving.archive, "retrieve", lambda _: 1 / 0)
    with suppress(ZeroDivisionError):
        proving.confirmation.step()
    assert proving.index.state(uid) == "confirmed by query"


def test_without_room_it_is_compared_later(
    proving: Proving, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid, data_set = proving.duplicate()
    proving.archive.gives_back[uid] = [data_set]
    with monkeypatch.context() as full:
        full.setattr(proving.store.disk, "free_bytes", lambda: 1000)
        proving.duplicates.step()
    assert proving.archive.wanted == []
    assert proving.index.state(uid) == "unproven"
    proving.index.clock.sleep(BACKOFF_LAST_S)
    proving.duplicates.step()
    assert proving.index.state(uid) == "sent"


def test_where_nothing_is_given_back_the_commitment_decides(proving: Proving) -> None:
    uid, _ = proving.duplicate()
    outbox = proving.index.outbox
    assert outbox.ask_commitment("ARCHIVE", Uid("1.2.3"), 60.0, 10) == (), "compared first"
    proving.archive.down = NO_SERVICE
    proving.duplicates.step()
    proving.index.clock.sleep(BACKOFF_LAST_S)
    assert len(outbox.ask_commitment("ARCHIVE", Uid("1.2.4"), 60.0, 10)) == 1
    assert proving.index.state(uid) == "unproven, awaiting"
    proving.index.clock.sleep(200.0)
    outbox.expire_commitments("ARCHIVE")
    assert proving.index.state(uid) == "unproven", "silence does not make it sent"


def test_what_is_listed_is_confirmed_and_not_committed(proving: Proving) -> None:
    uid = proving.sent()
    proving.archive.listed = frozenset({uid})
    proving.confirmation.step()
    (standing,) = proving.index.outbox.standing(uid)
    assert standing.state.value == "confirmed by query"
    assert standing.confirmed_at is not None
    assert standing.committed_at is None
    assert proving.events == [ConfirmedByQuery(uid, "ARCHIVE")]


def test_what_is_never_listed_is_sent_again_and_held_in_the_end(proving: Proving) -> None:
    uid = proving.sent()
    for _ in range(NOT_LISTED_MAX + 1):
        assert proving.index.state(uid) == "sent"
        proving.confirmation.step()
        proving.index.clock.sleep(BACKOFF_LAST_S)
    assert proving.index.state(uid) == "queued"
    proving.index.outbox.lease("ARCHIVE", 1)
    proving.index.outbox.accepted(uid, "ARCHIVE")
    for _ in range(NOT_LISTED_MAX + 1):
        proving.confirmation.step()
        proving.index.clock.sleep(BACKOFF_LAST_S)
    assert proving.index.state(uid) == "held"
    denied = [event for event in proving.events if isinstance(event, CommitmentDenied)]
    assert [event.is_held for event in denied] == [False, True]


def test_nothing_is_known_of_any_when_the_question_fails(proving: Proving) -> None:
    uid = proving.sent()
    proving.archive.silent = DOWN
    for _ in range(30):
        proving.confirmation.step()
    (standing,) = proving.index.outbox.standing(uid)
    assert (standing.state.value, standing.tries) == ("sent", 0)
    assert len(proving.events) == 1, "told once"


def test_one_that_the_archive_cannot_tell_of_hides_no_other(
    proving: Proving, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else every image sent to this archive would wait for that one's answer for ever."""
    bad, *others = (proving.sent() for _ in range(4))
    holds = proving.archive.holds

    def garbled(asked: tuple[StudyInstance, ...]) -> frozenset[SopReference]:
        if bad in {one.reference.sop_instance_uid for one in asked}:
            raise DOWN
        return holds(asked)

    proving.archive.listed = frozenset(others)
    monkeypatch.setattr(proving.archive, "holds", garbled)
    for _ in range(12):
        proving.confirmation.step()
        proving.index.clock.sleep(BACKOFF_LAST_S)
    assert {proving.index.state(uid) for uid in others} == {"confirmed by query"}
    assert proving.index.state(bad) == "sent"


def test_what_was_to_be_committed_is_asked_for_once_a_list_is_to_decide(proving: Proving) -> None:
    """The configuration was changed meanwhile, and nobody waits for the report any more."""
    uid = proving.sent()
    proving.archive.listed = frozenset({uid})
    proving.index.outbox.ask_commitment("ARCHIVE", Uid("1.2.3"), 3600.0, 10)
    proving.confirmation.step()
    assert proving.index.state(uid) == "awaiting"
    proving.index.clock.sleep(3600.0)
    proving.confirmation.step()
    proving.index.clock.sleep(BACKOFF_LAST_S)
    proving.confirmation.step()
    assert proving.index.state(uid) == "confirmed by query"
