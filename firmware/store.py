"""The files: one DICOM file an instance, written in place, published once whole.

A file grows as `<uid>.dcm.part` in its final folder; publishing is fsync, rename, fsync of the
folder. It is never changed afterwards. What an instance is, and where it was sent, the index
knows; this module knows no DICOM.
"""

import hashlib
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from xxhash import xxh3_128

from hal.disk import Buffer, Disk, FileWriter
from hal.errors import Sentence, StorageCorrupt, StorageFull
from hal.values import Uid

PART = ".part"
FOLDERS = tuple(f"instances/{number:02x}" for number in range(256))
"""Made once, so that publishing syncs one folder; 256, so that 1 M files are 4,000 a folder."""
QUARANTINE = "quarantine"
"""Files that are none of ours, or no longer what they were: kept, never sent, for a person."""
FETCHING = "fetching"
"""What comes back from an archive, until it is proven; emptied at each start."""
OUTGOING = "outgoing"
"""Images made small for thin lines: never the only copy of anything."""
REJECTED = ".rejected"
"""Images that a person rejected before they were sent; in their folder, for the same reason as:"""
SUPERSEDED = ".superseded"
"""Images that a correction took the place of: kept as they were, never sent. They stay in their
folder, for a name moves from one folder to another in two changes, and power can go between."""
ASIDE = (REJECTED, SUPERSEDED)
SPOOL = "import"
"""What a person brought, whole and durable, until it is taken in or refused."""
READ_BYTES = 1024 * 1024
SETTLE_BYTES = 32 * 1024 * 1024
"""A larger file is made durable in pieces of this size while it grows: a disk's flush takes as
long as what its cache holds (measured: 130 ms for 171 MB). A smaller one needs a single fsync."""
LAST_BYTES = 1024 * 1024  # of a larger file: all but this is durable before the last rows come

NO_ROOM = Sentence(
    en="Not enough room for this film: {needed_mib} MiB needed, {free_mib} MiB free "
    "({reserve_mib} MiB are kept free). Nothing was scanned and nothing is lost. Free space first.",
    fr="Pas assez de place pour ce film : {needed_mib} Mio nécessaires, {free_mib} Mio libres "
    "({reserve_mib} Mio restent réservés). Rien n'a été numérisé, rien n'est perdu. "
    "Libérez d'abord de la place.",
)
NOT_WHOLE = Sentence(
    en="The image was not written whole. Nothing was kept. Keep the film and scan it again; "
    "if it happens again, have the disks checked.",
    fr="L'image n'a pas été écrite en entier. Rien n'a été conservé. Gardez le film et "
    "numérisez-le de nouveau ; si cela se reproduit, faites vérifier les disques.",
)
WAITS = Sentence(
    en="The disk is full, and an image that the start found has to be indexed first. Nothing was "
    "scanned over it, nothing is lost. Keep the film, free space, and scan it again.",
    fr="Le disque est plein, et une image retrouvée au démarrage doit d'abord être indexée. Rien "
    "ne l'a remplacée, rien n'est perdu. Gardez le film, libérez de la place, puis numérisez-le "
    "de nouveau.",
)
CORRUPT = Sentence(
    en="Stored image {uid} is not what was written. It is kept aside and not sent. "
    "Have the disks checked.",
    fr="L'image stockée {uid} n'est pas celle qui a été écrite. Elle est mise de côté et n'est "
    "pas envoyée. Faites vérifier les disques.",
)


@dataclass(frozen=True)
class PublishedFile:
    path: str
    size_bytes: int
    sha256: str
    """What the image is known by, here and in the audit trail."""
    xxh3: str = field(default="", compare=False)
    """XXH3-128 of the same bytes, to hold a file against each time that it is sent: a rotten one
    passes it as little as the other, at a tenth of the processor's time."""


class IncomingFile:
    """An instance that is arriving; the digest is computed on the way."""

    def __init__(
        self,
        disk: Disk,
        path: str,
        writer: FileWriter,
        expected_bytes: int,
        *,
        part: str = "",
        sha256: str = "",
    ) -> None:
        """`part`: where it grows, if not beside its place. `sha256`: of all that is published."""
        self._disk = disk
        self._path = path
        self._part = part or path + PART
        self._sha256 = sha256
        self._writer = writer
        self._expected_bytes = expected_bytes
        self._digest, self._quick = hashlib.sha256(), xxh3_128()
        self._size_bytes = 0
        self._settled_bytes = 0

    def write(self, data: Buffer) -> None:
        self._writer.write(data)
        self._digest.update(data)
        self._quick.update(data)
        self._size_bytes += memoryview(data).nbytes
        self._settle()

    def publish(self) -> PublishedFile:
        """Make it durable under its final name. Until this returns, nothing is stored."""
        part, expected_bytes = self._part, self._expected_bytes
        self._writer.sync()
        if self._size_bytes != expected_bytes or self._disk.size_bytes(part) != expected_bytes:
            raise StorageCorrupt(NOT_WHOLE)
        if self._sha256 and self._digest.hexdigest() != self._sha256:
            raise StorageCorrupt(CORRUPT.fill(uid=Path(self._path).stem))
        self._disk.rename(part, self._path)
        self._disk.sync_folder(str(Path(self._path).parent))
        digests = self._digest.hexdigest(), self._quick.hexdigest()
        return PublishedFile(self._path, self._size_bytes, *digests)

    def _settle(self) -> None:
        if self._expected_bytes <= SETTLE_BYTES:
            return
        loose_bytes = self._size_bytes - self._settled_bytes
        rest_bytes = self._expected_bytes - self._size_bytes
        if loose_bytes >= SETTLE_BYTES or 0 < rest_bytes <= LAST_BYTES < loose_bytes:
            self._writer.settle()
            self._settled_bytes = self._size_bytes


class Store:
    def __init__(self, disk: Disk, reserve_bytes: int) -> None:
        self.disk = disk
        self.reserve_bytes = reserve_bytes
        self.waiting: frozenset[str] = frozenset()
        """Published files that had no row at the start, for want of room; set before any worker
        runs. Nothing takes their place (`check_place`)."""

    def prepare(self) -> None:
        self.disk.make_folders((*FOLDERS, QUARANTINE, FETCHING, OUTGOING, SPOOL))
        for name in self.disk.names(FETCHING):
            self.disk.remove(f"{FETCHING}/{name}")

    def check_room(self, needed_bytes: int, sentence: Sentence = NO_ROOM) -> None:
        """Raises StorageFull unless this fits and the reserve stays free."""
        free = self.disk.free_bytes()
        if free - self.reserve_bytes < needed_bytes:
            raise StorageFull(
                sentence.fill(
                    needed_mib=-(-needed_bytes // 2**20),
                    free_mib=free // 2**20,
                    reserve_mib=self.reserve_bytes // 2**20,
                )
            )

    def check_place(self, sop_instance_uid: Uid) -> None:
        """Raises StorageFull where an image waits for its row: its UID is laid for the next one
        until then, and would be published over it.
        """
        path = path_of(sop_instance_uid)
        if path in self.waiting and self.disk.size_bytes(path) is not None:
            raise StorageFull(WAITS)

    @contextmanager
    def incoming(self, sop_instance_uid: Uid, expected_bytes: int) -> Generator[IncomingFile]:
        """A new file of this size; unless it was published, nothing of it is left behind."""
        self.check_place(sop_instance_uid)
        path = path_of(sop_instance_uid)
        self.disk.remove(path + PART)
        try:
            with self.disk.create(path + PART) as writer:
                yield IncomingFile(self.disk, path, writer, expected_bytes)
        except BaseException:
            self.disk.remove(path + PART)
            raise

    def restore(self, published: PublishedFile, chunks: Iterable[Buffer]) -> None:
        """Put a file back that was lost, or raise StorageCorrupt and leave everything as it was."""
        part = f"{FETCHING}/{Path(published.path).name}{PART}"
        self.disk.remove(part)
        try:
            with self.disk.create(part) as writer:
                file = IncomingFile(
                    self.disk,
                    published.path,
                    writer,
                    published.size_bytes,
                    part=part,
                    sha256=published.sha256,
                )
                for chunk in chunks:
                    file.write(chunk)
                file.publish()
        except BaseException:
            self.disk.remove(part)
            raise

    def take_in(self, spooled: PublishedFile, sop_instance_uid: Uid) -> PublishedFile:
        """Give a durable file of SPOOL its place. Raises StorageCorrupt unless it is what came."""
        self.check_place(sop_instance_uid)
        proven = self.verify(spooled)
        path = path_of(sop_instance_uid)
        self.disk.rename(spooled.path, path)
        self.disk.sync_folder(str(Path(path).parent))
        return replace(proven, path=path)

    def verify(self, published: PublishedFile) -> PublishedFile:
        """As measured. Raises StorageCorrupt unless it is bit for bit what was published."""
        found = self.measure(published.path)
        if found != published:
            raise StorageCorrupt(CORRUPT.fill(uid=Path(published.path).stem))
        return found

    def measure(self, path: str) -> PublishedFile:
        """Size and digests of the file as it is now."""
        size_bytes, digest, quick = 0, hashlib.sha256(), xxh3_128()
        with self.disk.open(path) as file:
            while chunk := file.read(READ_BYTES):
                size_bytes += len(chunk)
                digest.update(chunk)
                quick.update(chunk)
        return PublishedFile(path, size_bytes, digest.hexdigest(), quick.hexdigest())

    def remove(self, path: str) -> None:
        """For good, and durably; no error when it is gone already."""
        self.disk.remove(path)
        self.disk.sync_folder(str(Path(path).parent))

    def quarantine(self, path: str) -> str:
        """Move it out of the way, durably; where it is now."""
        target = f"{QUARANTINE}/{Path(path).name}"
        self.disk.rename(path, target)
        self.disk.sync_folder(QUARANTINE)
        self.disk.sync_folder(str(Path(path).parent))
        return target

    def supersede(self, sop_instance_uid: Uid) -> None:
        """Move it where `superseded_path` says, durably; no error when it is there already."""
        self._put_aside(sop_instance_uid, superseded_path(sop_instance_uid))

    def reject(self, sop_instance_uid: Uid) -> None:
        """The same to `rejected_path`."""
        self._put_aside(sop_instance_uid, rejected_path(sop_instance_uid))

    def _put_aside(self, sop_instance_uid: Uid, target: str) -> None:
        source = path_of(sop_instance_uid)
        if self.disk.size_bytes(source) is not None:
            self.disk.rename(source, target)
            self.disk.sync_folder(str(Path(source).parent))

    def parts(self) -> list[str]:
        """Files that were never published: what a power cut left of a scan."""
        return [path for path in self._files() if path.endswith(PART)]

    def published(self) -> list[str]:
        return [path for path in self._files() if path.endswith(".dcm")]

    def put_aside(self) -> list[str]:
        """Rejected and superseded ones."""
        return [path for path in self._files() if path.endswith(ASIDE)]

    def _files(self) -> list[str]:
        return [f"{folder}/{name}" for folder in FOLDERS for name in self.disk.names(folder)]


def path_of(sop_instance_uid: Uid) -> str:
    """The folder is the first byte of the UID's SHA-256: UIDs themselves share their heads."""
    head = hashlib.sha256(sop_instance_uid.encode("ascii")).hexdigest()[:2]
    return f"instances/{head}/{sop_instance_uid}.dcm"


def published_path(aside: str) -> str:
    """Where a file of `ASIDE` was before it was put aside."""
    return str(Path(aside).with_suffix(".dcm"))


def rejected_path(sop_instance_uid: Uid) -> str:
    return path_of(sop_instance_uid).removesuffix(".dcm") + REJECTED


def superseded_path(sop_instance_uid: Uid) -> str:
    return path_of(sop_instance_uid).removesuffix(".dcm") + SUPERSEDED
