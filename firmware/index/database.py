"""One SQLite connection of one worker: opening, migrating, and the only kind of transaction.

WAL with synchronous=FULL: an acknowledged commit survives a power cut (with NORMAL it need
not). BEGIN IMMEDIATE always: a deferred transaction that comes to write can fail as busy.
"""

import sqlite3
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

from firmware.index.log_again import write_again
from hal.errors import Sentence, StorageError, StorageFailed, StorageFull

STATEMENTS_MAX = 128  # more than any worker has
BUSY_TIMEOUT_S = 30.0  # longer than any transaction here, shorter than a person's patience

TOO_NEW = Sentence(
    en="The index was written by a newer sapi-node (schema {found}, this one knows {known}). "
    "Install that version again.",
    fr="L'index a été écrit par un sapi-node plus récent (schéma {found}, celui-ci connaît "
    "{known}). Réinstallez cette version.",
)
FULL = Sentence(
    en="The disk is full: the index could not be written. Nothing stored is harmed. Keep the film "
    "that was being scanned, free space, and scan it again.",
    fr="Le disque est plein : l'index n'a pas pu être écrit. Rien de stocké n'est perdu. "
    "Gardez le film en cours, libérez de la place, puis numérisez-le de nouveau.",
)
FAILED = Sentence(
    en="The index could not be read or written ({reason}). Keep the film that was being scanned. "
    "Have the disks checked.",
    fr="L'index n'a pas pu être lu ou écrit ({reason}). Gardez le film en cours de numérisation. "
    "Faites vérifier les disques.",
)

IN_DOUBT: set[tuple[Path, int]] = set()
"""(log, connection) of each commit that is under way or has failed, of all workers of this process.
It is changed under the index's lock, or by whoever just had it."""
NO_ROOM = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")
"""The second: no room for 32 KiB beside the index that its connections share (`-shm`)."""


@contextmanager
def index_errors() -> Generator[None]:
    """sqlite3's errors that a disk can cause, as StorageErrors; a bug of ours stays as it is."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _told(error) from error


def _told(error: sqlite3.DatabaseError) -> StorageError:
    """Raises the error itself when it is a bug of ours."""
    if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
        raise error
    # Errors of the module itself, such as text that is no UTF-8, have no name.
    is_full = getattr(error, "sqlite_errorname", "") in NO_ROOM
    return StorageFull(FULL) if is_full else StorageFailed(FAILED.fill(reason=error))


class Database:
    def __init__(
        self,
        path: Path,
        *,
        read_only: bool = False,
        vfs: str = "",
        write_again: Callable[[Path], None] = write_again,
        statements_max: int = STATEMENTS_MAX,
    ) -> None:
        """`vfs`: the name of SQLite's way to the disk; empty: the system's own. `write_again`: ours
        to its log. `statements_max`: how many stay prepared.
        """
        self._log = path.with_name(f"{path.name}-wal")
        self._write_again = write_again
        with index_errors():
            mode = "ro" if read_only else "rwc"
            through = f"&vfs={vfs}" if vfs else ""
            address = path.absolute().as_uri()  # quotes what a URI would misread
            self.connection = sqlite3.connect(
                f"{address}?mode={mode}{through}",
                uri=True,
                isolation_level=None,
                timeout=BUSY_TIMEOUT_S,
                cached_statements=statements_max,
                check_same_thread=False,  # opened by wiring, then used by one worker alone
            )
            self.connection.row_factory = sqlite3.Row
            if not read_only:
                try:
                    self._use_log()
                except BaseException:
                    self.connection.close()
                    raise
                self.connection.execute("PRAGMA synchronous = FULL")
                self.connection.execute("PRAGMA foreign_keys = ON")

    def _use_log(self) -> None:
        """SQLite stays with a rollback journal when a write fails here, and says so in its answer
        alone. That one's removal is not synced with FULL: a power cut would bring it back, and it
        takes back what was committed (sqlite.org/pragma.html#pragma_journal_mode).
        """
        ((mode,),) = self.connection.execute("PRAGMA journal_mode = WAL").fetchall()
        if mode != "wal":
            raise StorageFailed(FAILED.fill(reason=f"journal_mode is {mode}"))

    def close(self) -> None:
        """A command at the terminal ends with it, and other processes do not know of its doubt."""
        if any(log == self._log for log, _ in IN_DOUBT):
            with suppress(StorageError):
                self.make_log_durable()
        self.connection.close()

    def make_log_durable(self) -> None:
        """What a killed process left in it, before anything is built on it: see `log_again`."""
        with self.transaction():  # so nobody else writes to the log or starts it anew
            self._write_log_again()

    def rows(
        self, query: str, parameters: Sequence[str | int | float] | Mapping[str, str] = ()
    ) -> list[sqlite3.Row]:
        """All that a question outside any transaction finds."""
        try:  # not `index_errors`, which takes as long as a question that finds nothing
            return self.connection.execute(query, parameters).fetchall()
        except sqlite3.DatabaseError as error:
            raise _told(error) from error

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """Everything in it happens, durably, or nothing does."""
        with index_errors():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                self._mend_log()
                yield self.connection
                self._commit()
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def carried(self) -> Generator[sqlite3.Connection]:
        """A transaction that costs no sync: a power cut takes it, or the next `transaction` of any
        connection makes it durable with itself, for they write one log in order
        (sqlite.org/pragma.html#pragma_synchronous). For what is true still if it is forgotten.

        It never begins a checkpoint: that one's fsync may fail too, and nobody is told.
        """
        names = ("synchronous", "wal_autocheckpoint")
        before = {name: self.rows(f"PRAGMA {name}")[0][0] for name in names}
        self._set({"synchronous": 1, "wal_autocheckpoint": 0})
        try:
            with self.transaction() as connection:
                yield connection
        finally:
            self._set(before)

    def _set(self, pragmas: Mapping[str, int]) -> None:
        for name, value in pragmas.items():
            self.connection.execute(f"PRAGMA {name} = {value}")

    def _commit(self) -> None:
        """In doubt until it is through: an fsync that fails drops what was carried before it too,
        and every later one succeeds behind the gap.
        """
        doubt = (self._log, id(self))
        IN_DOUBT.add(doubt)
        self.connection.execute("COMMIT")
        IN_DOUBT.discard(doubt)

    def _mend_log(self) -> None:
        """Ahead of a transaction that would be written behind such a gap: it has the lock."""
        doubts = [doubt for doubt in tuple(IN_DOUBT) if doubt[0] == self._log]
        if doubts:
            self._write_log_again()
            IN_DOUBT.difference_update(doubts)

    def _write_log_again(self) -> None:
        try:
            self._write_again(self._log)
        except OSError as error:
            raise StorageFailed(FAILED.fill(reason=error.strerror or error)) from error


@cache
def migrations() -> tuple[tuple[int, str], ...]:
    """(number, SQL) of each file in firmware/schema, in order."""
    scripts = (entry for entry in files("firmware.schema").iterdir() if entry.name.endswith(".sql"))
    steps = sorted((int(entry.name.split("_")[0]), entry.read_text("utf-8")) for entry in scripts)
    return tuple(steps)


def migrate(database: Database) -> None:
    """Bring the schema up to date, one transaction a step. Raises StorageError if it is newer."""
    steps = migrations()
    ((version,),) = database.rows("PRAGMA user_version")
    if version > steps[-1][0]:
        raise StorageError(TOO_NEW.fill(found=version, known=steps[-1][0]))
    for number, script in steps:
        if number > version:
            with index_errors():
                # executescript would commit a transaction of ours: it has to hold its own.
                database.connection.executescript(
                    f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT;"
                )


def stamp(moment: datetime) -> str:
    """UTC, fixed width, so that text order is time order."""
    text = moment.astimezone(UTC).isoformat(timespec="microseconds")  # a third of strftime's time
    return f"{text[:-6]}Z"


def moment(stamped: str) -> datetime:
    return datetime.fromisoformat(stamped)
