"""When images are asked for, of whom, and what becomes of each answer."""

import hashlib
from pathlib import Path

import pytest

from firmware.dicom.file_meta import this_release
from firmware.events import Event, FetchedBack, NotFetchedBack
from firmware.index.fetches import PERSON
from firmware.index.implementations import Implementations
from firmware.index.outbox import BACKOFF_LAST_S
from firmware.index.proofs import Proofs
from firmware.keepers import retrieval
from firmware.keeping import Found
from firmware.retrieval import AGAIN_FIRST_S, AGAIN_LAST_S, LOOK_S, REFUSED_S, Retrieval
from firmware.store import Store, path_of
from hal.archive import CommitmentReport, FailedReference
from hal.errors import PeerError, PeerRefused, PeerRetryable, Sentence
from hal.values import SopReference, Uid
from tests.fakes import ScriptedArchive
from tests.faulty_disk import FullDisk
from tests.unit.dicom.films import film_file, film_image
from tests.unit.dicom.test_returned import data_set_of
from tests.unit.firmware.conftest import SOP_CLASS, Index

DOWN = PeerRetryable(Sentence("down", "en panne"))
NO = PeerRefused(Sentence("no", "non"))
WHO = ("NEAR", "FAR")


class Fetching:
    """One film, damaged here; NEAR and FAR committed to it."""

    def __init__(self, index: Index, folder: Path) -> None:
        self.index, self.folder = index, folder
        self.disk = FullDisk(folder)
        self.store = Store(self.disk, 0)
        self.store.prepare()
        self.near, self.far = ScriptedArchive(), ScriptedArchive()
        self.events: list[Event] = []
        self.worker = self.new_worker()
        self.uid = index.add(destinations=WHO)
        self.content = film_file(film_image(sop_instance_uid=self.uid))
        self.path = path_of(self.uid)
        index.database.connection.execute(
            "UPDATE instance SET path = ?, size_bytes = ?, sha256 = ?",
            (self.path, len(self.content), hashlib.sha256(self.content).hexdigest()),
        )
        Implementations(index.database).remember(this_release(""))

    def new_worker(self) -> Retrieval:
        archives = {"NEAR": self.near, "FAR": self.far}
        clock, database = self.index.clock, self.index.database
        return retrieval(archives, self.store, database, clock, self.events.append)

    def commit(self) -> None:
        reference = SopReference(SOP_CLASS, self.uid)
        for number, name in enumerate(WHO):
            transaction = Uid(f"1.2.{number}")
            self.index.outbox.lease(name, 1)
            self.index.outbox.accepted(self.uid, name)
            self.index.outbox.ask_commitment(name, transaction, 60.0, 1)
            self.index.outbox.settle(CommitmentReport(transaction, (reference,), ()), name)
            self.index.clock.sleep(1.0)

    def give_back(self, archive: ScriptedArchive, content: bytes) -> None:
        data_set = data_set_of(content)
        archive.gives_back[self.uid] = [data_set[:1000], data_set[1000:]]

    def lose(self) -> None:
        self.worker.keeping.found(self.uid, Found.FILE_GONE)

    def is_back(self) -> bool:
        return self.store.published() == [self.path] and (
            (self.folder / self.path).read_bytes() == self.content
        )


@pytest.fixture
def fetching(index: Index, tmp_path: Path) -> Fetching:
    return Fetching(index, tmp_path / "store")


def test_nothing_is_fetched_that_is_not_lost(fetching: Fetching) -> None:
    fetching.commit()
    assert fetching.worker.step() == LOOK_S
    assert fetching.near.wanted == fetching.far.wanted == []


def test_it_asks_by_the_keys_of_every_level(fetching: Fetching) -> None:
    fetching.commit()
    fetching.lose()
    fetching.give_back(fetching.near, fetching.content)
    assert fetching.worker.step() == 0.0
    (wanted,) = fetching.near.wanted
    (row,) = fetching.index.database.rows(
        "SELECT * FROM instance JOIN series ON series_instance_uid = series"
    )
    assert wanted.reference == SopReference(SOP_CLASS, fetching.uid)
    assert (wanted.study_instance_uid, wanted.series_instance_uid) == (row["study"], row["series"])
    assert wanted.transfer_syntax_uid == row["transfer_syntax_uid"]
    assert fetching.is_back()
    assert fetching.events == [FetchedBack(fetching.uid, "missing", lost_left=0)]
    assert fetching.worker.step() == LOOK_S
    assert len(fetching.near.wanted) == 1


def test_what_one_archive_altered_the_other_may_have(fetching: Fetching) -> None:
    fetching.commit()
    fetching.lose()
    fetching.give_back(fetching.near, fetching.content.replace(b"Radiologie", b"radiologie"))
    fetching.give_back(fetching.far, fetching.content)
    fetching.worker.step()
    assert fetching.is_back()


@pytest.mark.parametrize(("error", "first_s"), [(DOWN, AGAIN_FIRST_S), (NO, REFUSED_S)])
def test_it_is_tried_again_later_and_not_before(
    fetching: Fetching, error: PeerRetryable | PeerRefused, first_s: float
) -> None:
    fetching.commit()
    fetching.lose()
    fetching.near.down = fetching.far.down = error
    fetching.worker.step()
    assert fetching.events == [NotFetchedBack(fetching.uid, error.sentence, is_lost=True)]
    fetching.index.clock.sleep(first_s - 1)
    assert fetching.worker.step() == LOOK_S
    fetching.near.down = None
    fetching.give_back(fetching.near, fetching.content)
    fetching.index.clock.sleep(2)
    fetching.worker.step()
    assert fetching.is_back()


@pytest.mark.parametrize("errors", [(DOWN, NO), (NO, DOWN)])
def test_one_that_was_only_away_is_asked_again_whatever_the_other_refused(
    fetching: Fetching, errors: tuple[PeerError, PeerError]
) -> None:
    fetching.commit()
    fetching.lose()
    fetching.near.down, fetching.far.down = errors
    fetching.worker.step()
    fetching.index.clock.sleep(AGAIN_FIRST_S)
    asked = len(fetching.near.wanted)
    fetching.worker.step()
    assert len(fetching.near.wanted) == asked + 1


def test_the_wait_between_tries_is_bounded(fetching: Fetching) -> None:
    fetching.commit()
    fetching.lose()
    fetching.near.down = fetching.far.down = DOWN
    for tries in range(1, 30):
        fetching.index.clock.sleep(AGAIN_LAST_S + 1)
        fetching.worker.step()
        assert len(fetching.events) == tries


def test_what_nobody_committed_to_is_said_once_in_each_life(fetching: Fetching) -> None:
    fetching.lose()
    for _ in range(3):
        assert fetching.worker.step() == LOOK_S
    (told,) = fetching.events
    assert isinstance(told, NotFetchedBack)
    assert told.is_lost
    fetching.new_worker().step()
    assert len(fetching.events) == 2
    assert fetching.near.wanted == []


def test_a_full_disk_is_said_and_nothing_is_asked_for(fetching: Fetching) -> None:
    fetching.commit()
    fetching.lose()
    fetching.disk.free_told_bytes = len(fetching.content)
    fetching.worker.step()
    (told,) = fetching.events
    assert isinstance(told, NotFetchedBack)
    assert "room" in told.sentence.en
    assert fetching.near.wanted == []
    fetching.disk.free_told_bytes = None
    fetching.give_back(fetching.near, fetching.content)
    fetching.index.clock.sleep(AGAIN_FIRST_S + 1)
    fetching.worker.step()
    assert fetching.is_back()


def test_a_file_that_a_person_put_back_is_taken(fetching: Fetching) -> None:
    fetching.commit()
    fetching.lose()
    (fetching.folder / fetching.path).write_bytes(fetching.content)
    fetching.worker.step()
    assert fetching.near.wanted == []
    assert fetching.worker.keeping.lost_count() == 0


def test_a_disk_that_fills_in_the_middle_leaves_nothing(fetching: Fetching) -> None:
    fetching.commit()
    fetching.lose()
    for archive in (fetching.near, fetching.far):
        fetching.give_back(archive, fetching.content)
    fetching.disk.room_bytes = len(fetching.content) + 1000
    fetching.worker.step()
    assert isinstance(fetching.events[0], NotFetchedBack)
    assert fetching.store.published() == fetching.disk.names("fetching") == []


def evicted_on_a_list_and_denied(fetching: Fetching, denials_max: int = 5) -> None:
    """NEAR had no commitment when it listed the image; it has one now, and does not keep it."""
    index, uid = fetching.index, fetching.uid
    index.database.connection.execute("DELETE FROM outbox WHERE destination = 'FAR'")
    index.outbox.lease("NEAR", 1)
    index.outbox.accepted(uid, "NEAR")
    Proofs(index.database, index.clock).listed(uid, "NEAR")
    fetching.worker.keeping.found(uid, Found.EVICTION_CHOSEN)
    fetching.worker.keeping.found(uid, Found.FILE_REMOVED)
    fetching.worker.step()
    assert fetching.near.wanted == [], "evicted is not lost"
    transaction = Uid("1.2.9")
    reference = SopReference(SOP_CLASS, uid)
    assert index.outbox.ask_commitment("NEAR", transaction, 60.0, 1) == (reference,)
    failed = (FailedReference(reference, 0x0112),)
    index.outbox.settle(CommitmentReport(transaction, (), failed), "NEAR", denials_max)
    index.clock.sleep(BACKOFF_LAST_S)


def test_what_was_evicted_on_a_list_and_is_denied_is_fetched_before_it_is_sent(
    fetching: Fetching,
) -> None:
    evicted_on_a_list_and_denied(fetching)
    outbox, uid = fetching.index.outbox, fetching.uid
    assert fetching.index.state(uid) == "queued"
    assert outbox.lease("NEAR", 1) == ()
    assert not outbox.waits("NEAR", urgent=False)
    fetching.give_back(fetching.near, fetching.content)
    fetching.worker.step()
    assert fetching.is_back()
    assert outbox.lease("NEAR", 1) == (uid,)


def test_what_was_evicted_on_a_list_and_cannot_come_back_is_told_as_lost(
    fetching: Fetching,
) -> None:
    evicted_on_a_list_and_denied(fetching, denials_max=1)
    assert fetching.index.state(fetching.uid) == "held"
    fetching.near.down = NO
    fetching.worker.step()
    assert fetching.events == [NotFetchedBack(fetching.uid, NO.sentence, is_lost=True)]
    fetching.index.clock.sleep(REFUSED_S + 1)
    fetching.worker.step()
    assert len(fetching.events) == 2, "it is tried again without a person"


@pytest.mark.parametrize(
    ("asked_by", "tries"), [(PERSON, 1), ("Mme Martin", 2)], ids=["at a terminal", "a correction"]
)
def test_a_refusal_is_final_only_where_somebody_reads_it(
    fetching: Fetching, asked_by: str, tries: int
) -> None:
    """A correction waits for its image, and nobody asks again when the archive was put right."""
    fetching.commit()
    for found in (Found.EVICTION_CHOSEN, Found.FILE_REMOVED):
        fetching.worker.keeping.found(fetching.uid, found)
    fetching.worker.fetches.ask(fetching.uid, asked_by)
    fetching.near.down = fetching.far.down = NO
    fetching.worker.step()
    fetching.index.clock.sleep(REFUSED_S + 1)
    fetching.worker.step()
    assert len(fetching.events) == tries
