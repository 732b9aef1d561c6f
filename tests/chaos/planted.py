"""Mistakes that this suite must catch: each is what somebody could write, patched in for a test.

None of it is in the product. A name says the mistake; the function makes it.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import Any
from unittest import mock

from drivers.dicom_file import DataSetReader
from drivers.posix_disk import PosixDisk, PosixFileWriter
from firmware import bring_back
from firmware.dicom.uids import new_uid
from firmware.index import catalogue, outbox
from firmware.index.catalogue import Catalogue
from firmware.index.database import Database
from firmware.index.examinations import Examinations
from firmware.index.keeping import Keeping, Kept
from firmware.index.outbox import Outbox
from firmware.keeping import Found
from firmware.moves import State
from firmware.recovery import recover
from firmware.store import PART, IncomingFile, PublishedFile, Store
from hal.archive import CommitmentReport
from hal.disk import Disk
from hal.errors import StorageError
from sim import disk as sim_disk
from sim.disk import ModelDisk
from tests.planting import Bug, patch, registering

BUGS: dict[str, Bug] = {}
bug = registering(BUGS)
WRITERS: tuple[Any, ...] = (PosixFileWriter, sim_disk._Writer)
DISKS: tuple[Any, ...] = (PosixDisk, ModelDisk)


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The empty name plants nothing."""
    with ExitStack() as stack:
        if name:
            BUGS[name](stack)
        yield


@bug("no fsync of the file")
def _no_file_fsync(stack: ExitStack) -> None:
    for writer in WRITERS:
        patch(stack, writer, "sync", lambda self: None)


@bug("no fsync of the folder")
def _no_folder_fsync(stack: ExitStack) -> None:
    for disk in DISKS:
        patch(stack, disk, "sync_folder", lambda self, path: None)


@bug("index with synchronous=NORMAL")
def _wal_normal(stack: ExitStack) -> None:
    opened = Database.__init__

    def hurried(self: Database, *args: Any, **named: Any) -> None:
        opened(self, *args, **named)
        self.connection.execute("PRAGMA synchronous = NORMAL")

    patch(stack, Database, "__init__", hurried)


@bug("row before rename")
def _row_before_rename(stack: ExitStack) -> None:
    late: list[Callable[[], object]] = []
    record = Catalogue.record

    def publish(self: IncomingFile) -> PublishedFile:
        path, disk = self._path, self._disk
        self._writer.sync()
        late.append(lambda: disk.rename(path + PART, path))
        late.append(lambda: disk.sync_folder(path.rpartition("/")[0]))
        return PublishedFile(path, self._size_bytes, self._digest.hexdigest())

    def then_renamed(self: Catalogue, *args: Any, **named: Any) -> None:
        record(self, *args, **named)
        while late:
            late.pop(0)()

    patch(stack, IncomingFile, "publish", publish)
    patch(stack, Catalogue, "record", then_renamed)


@bug("acknowledged before the commit")
def _acknowledged_before_commit(stack: ExitStack) -> None:
    late: list[Callable[[], None]] = []
    record, reserve, lease = Catalogue.record, Catalogue.reserve, Outbox.lease

    def first(action: Callable[..., Any]) -> Callable[..., Any]:
        def caught_up(self: Any, *args: Any, **named: Any) -> Any:
            while late:
                late.pop(0)()
            return action(self, *args, **named)

        return caught_up

    def later(self: Catalogue, *args: Any, **named: Any) -> None:
        late.append(lambda: record(self, *args, **named))

    patch(stack, Catalogue, "record", later)
    patch(stack, Catalogue, "reserve", first(reserve))
    patch(stack, Outbox, "lease", first(lease))


@bug("fsync tried again after it failed")
def _fsync_again(stack: ExitStack) -> None:
    for writer in WRITERS:
        sync = writer.sync

        def again(self: Any, sync: Callable[[Any], None] = sync) -> None:
            try:
                sync(self)
            except StorageError:
                self._failure = None
                sync(self)

        patch(stack, writer, "sync", again)


@bug("UIDs of a scan not on disk")
def _reservation_in_memory(stack: ExitStack) -> None:
    reserve = Catalogue.reserve

    def made_up(self: Catalogue, *args: Any) -> Any:
        return replace(reserve(self, *args), sop_instance_uid=new_uid(self._entropy))

    patch(stack, Catalogue, "reserve", made_up)


@bug("UIDs of a scan given twice")
def _reservation_twice(stack: ExitStack) -> None:
    patch(stack, Catalogue, "_replace_reservation", lambda self, connection, used: None)


@bug("a .part called published")
def _part_published(stack: ExitStack) -> None:
    parts = Store.parts

    def rescued(self: Store) -> list[str]:
        for path in parts(self):
            self.disk.rename(path, path.removesuffix(PART))
        return []

    patch(stack, Store, "parts", rescued)


@bug("sent before the response")
def _sent_before_response(stack: ExitStack) -> None:
    lease, accepted = Outbox.lease, Outbox.accepted

    def hopeful(self: Outbox, destination: str, count_max: int, **options: Any) -> Any:
        leased = lease(self, destination, count_max, **options)
        for instance in leased:
            accepted(self, instance, destination)
        return leased

    patch(stack, Outbox, "lease", hopeful)
    patch(stack, Outbox, "accepted", lambda *args: None)
    for otherwise in ("not_delivered", "not_reached", "gave_way", "said_duplicate", "refused"):
        patch(stack, Outbox, otherwise, lambda *args, **named: None)


@bug("committed when asked, not when told")
def _committed_when_asked(stack: ExitStack) -> None:
    ask = Outbox.ask_commitment

    def trusting(self: Outbox, destination: str, transaction_uid: Any, *args: Any) -> Any:
        references = ask(self, destination, transaction_uid, *args)
        self.settle(CommitmentReport(transaction_uid, references, ()), destination)
        return references

    patch(stack, Outbox, "ask_commitment", trusting)


@bug("recovery deletes what has no row")
def _recovery_deletes(stack: ExitStack) -> None:
    def tidy(store: Store, catalogue: Catalogue, paths: list[str], route: Any) -> Any:
        for path in paths:
            store.disk.remove(path)
        return (), ()

    stack.enter_context(mock.patch.dict(recover.__globals__, {"adopt": tidy}))


@bug("digest not checked before sending")
def _digest_not_checked(stack: ExitStack) -> None:
    patch(stack, DataSetReader, "_check_whole", lambda self: None)


@bug("evicted before the commitment")
def _evicted_before_commitment(stack: ExitStack) -> None:
    def any_one(self: Keeping, keep_days: float) -> Kept | None:
        kept = self.longest_unverified()
        if kept is not None:
            self.found(kept.instance, Found.EVICTION_CHOSEN)
        return kept

    patch(stack, Keeping, "choose_for_eviction", any_one)


@bug("instance and outbox in two transactions")
def _two_transactions(stack: ExitStack) -> None:
    record, enqueue = Catalogue.record, outbox.enqueue
    late: list[tuple[Any, ...]] = []

    def in_two(self: Catalogue, *args: Any, **named: Any) -> None:
        record(self, *args, **named)
        with self._database.transaction() as connection:
            while late:
                enqueue(connection, *late.pop(0), urgent=False)

    patch(stack, catalogue, "enqueue", lambda connection, *args, urgent: late.append(args))
    patch(stack, Catalogue, "record", in_two)


@bug("an interrupted send not taken up again")
def _not_taken_up(stack: ExitStack) -> None:
    in_state = outbox.in_state

    def forgetful(connection: Any, destination: str, state: State) -> Any:
        return [] if state is State.SENDING else in_state(connection, destination, state)

    patch(stack, outbox, "in_state", forgetful)


@bug("a failed commit called stored")
def _failed_commit_ignored(stack: ExitStack) -> None:
    for owner in (Catalogue, Examinations):
        record = owner.record

        def careless(self: Any, *args: Any, record: Any = record, **named: Any) -> None:
            with suppress(StorageError):
                record(self, *args, **named)

        patch(stack, owner, "record", careless)


@bug("a failed rename not noticed")
def _failed_rename_ignored(stack: ExitStack) -> None:
    for disk in DISKS:
        rename = disk.rename

        def careless(self: Disk, source: str, target: str, rename: Any = rename) -> None:
            with suppress(StorageError):
                rename(self, source, target)

        patch(stack, disk, "rename", careless)


@bug("restored without its digest being checked")
def _restored_unchecked(stack: ExitStack) -> None:
    def trusting(fetch: Any, store: Store, file: Any, size_bytes: int, written_by: Any) -> None:
        encoding = next(bring_back.encodings(file, size_bytes))
        meta = next(bring_back._metas(fetch, store, written_by))
        content = b"".join(bring_back._content(meta, encoding, file))
        digest = hashlib.sha256(content).hexdigest()
        store.restore(PublishedFile(fetch.kept.file.path, len(content), digest), [content])

    patch(stack, bring_back, "_publish", trusting)


@bug("adopted without fsync of its folder")
def _adopted_in_the_cache(stack: ExitStack) -> None:
    adopt = recover.__globals__["adopt"]

    def hasty(store: Store, *args: Any) -> Any:
        with ExitStack() as inside:
            for disk in DISKS:
                patch(inside, disk, "sync_folder", lambda self, path: None)
            return adopt(store, *args)

    stack.enter_context(mock.patch.dict(recover.__globals__, {"adopt": hasty}))
