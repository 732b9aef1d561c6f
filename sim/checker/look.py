"""One look at everything at once: the store, its index, the archive, and what was told of them."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hal.values import Uid
from sim.checker.index import Index
from sim.checker.known import Known
from sim.disk import ModelDisk
from sim.scheduled_memory import ArchiveMemory


@dataclass
class Digests:
    """Files are hashed once, and again when they are not the same file any more."""

    _found: dict[str, tuple[Any, str]] = field(default_factory=dict)

    def of(self, disk: ModelDisk, path: str, known: Known) -> str | None:
        """None: there is no such file."""
        inode = disk.seen(path)
        if inode is None:
            return None
        before = self._found.get(path)
        if before is not None and before[0] is inode:
            return before[1]
        digest = hashlib.sha256(inode.data).hexdigest()
        known.seen.digests += 1
        if inode.is_settled:
            self._found[path] = (inode, digest)
        return digest


@dataclass(frozen=True)
class Look:
    disk: ModelDisk
    index: Index
    known: Known
    archives: Mapping[str, ArchiveMemory]
    """By destination."""
    harmed: Collection[str]
    """Paths of files that a fault reached after they were whole: they may be lost."""
    thrown_away: Collection[int]
    digests: Digests
    found: Collection[str]
    """Whole images that this life found on its disk."""

    def is_harmed(self, path: str) -> bool:
        """Under whatever suffix, and in whichever folder it lay then: its name is its UID."""
        return _name(path) in map(_name, self.harmed)

    def promised(self, uid: str) -> bool:
        """By every archive; a rejection note by one that it was for."""
        kept = [uid in memory.promised for memory in self.archives.values()]
        return any(kept) if uid in self.index.notes else all(kept)

    def film(self, uid: str, sha256: str) -> int | None:
        """What it shows; by an archive that got it, where it was evicted before anybody looked."""
        image = self.known.images.get(sha256)
        if image is not None:
            return image.film
        bodies = (
            body for memory in self.archives.values() for body in memory.bodies.get(Uid(uid), ())
        )
        return next((body.film.film for body in bodies if body.sha256 == sha256), None)

    def digest(self, path: str) -> str | None:
        return self.digests.of(self.disk, path, self.known)


Check = Callable[[Look], Iterator[str]]


def _name(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]
