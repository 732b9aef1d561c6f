"""Reads every stored file again and again, and holds it against its digest.

A mirror mends what it can while the file is read. What is wrong all the same is put into
quarantine and said on the panel; nothing is dropped, and firmware/retrieval.py fetches it back.
One file a step, spread over the pass, and giving way to all else that the disks have to do.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from firmware.events import FileDamaged, Listener
from firmware.index.keeping import Keeping, Kept
from firmware.keeping import Found
from firmware.store import Store
from hal.clock import Clock
from hal.errors import StorageCorrupt, StorageError
from hal.values import Uid

log = logging.getLogger("sapi.scrub")

DAY_S = 86_400.0
REST_MAX_S = 3600.0  # of a store with few files: a new one is not left unread for long
REST_MIN_S = 0.05
WRONG_DIGEST = "the digest is wrong"
READ_AGAIN_S = 3600.0
READ_TRIES = 24  # a day: a loose cable is found by then, and its images are not given up before


@dataclass(frozen=True)
class Unreadable:
    """A file that gave no data at all."""

    tries: int = 0
    again_s: float = 0.0
    """On the clock that never goes back."""


@dataclass
class Scrub:
    store: Store
    keeping: Keeping
    listener: Listener
    pass_days: float
    """A whole pass over all files takes so long."""
    clock: Clock
    giving_way: Callable[[], AbstractContextManager[None]] = nullcontext
    """What is read in it comes after all other reading and writing."""

    _unreadable: dict[Uid, Unreadable] = field(default_factory=dict, init=False)

    def step(self) -> float:
        kept = self.keeping.longest_unverified(self._not_yet())
        if kept is not None:
            self._check(kept)
        share_s = self.pass_days * DAY_S / max(1, self.keeping.count())
        return min(REST_MAX_S, max(REST_MIN_S, share_s))

    def look_at(self, instance: Uid) -> None:
        """Now, and not in its turn: somebody came upon it and found it wrong. Raises StorageError
        when it cannot be read: that is no reason yet to set it aside.
        """
        kept = self.keeping.kept(instance)
        if kept is None:
            return
        try:
            self.store.verify(kept.file)
        except StorageCorrupt:
            self._set_aside(kept, WRONG_DIGEST)

    def _check(self, kept: Kept) -> None:
        if self.store.disk.size_bytes(kept.file.path) is None:
            if self.keeping.found_of_good(kept.instance, Found.FILE_GONE):
                self._tell(kept, "the file is gone")
            return
        try:
            with self.giving_way():
                self.store.verify(kept.file)
        except StorageCorrupt:
            self._set_aside(kept, WRONG_DIGEST)
        except StorageError as error:
            self._could_not_read(kept, str(error))
        else:
            self._unreadable.pop(kept.instance, None)
            self.keeping.verified(kept.instance)

    def _could_not_read(self, kept: Kept, why: str) -> None:
        """Both copies bad, or a cable that is loose for now: then the image itself is good."""
        before = self._unreadable.pop(kept.instance, Unreadable())
        if not self.keeping.is_good(kept.instance):
            return
        if before.tries + 1 >= READ_TRIES:
            self._set_aside(kept, why)
            return
        log.warning("uid=%s try=%d %s", kept.instance, before.tries + 1, why)
        again_s = self.clock.monotonic_s() + READ_AGAIN_S
        self._unreadable[kept.instance] = Unreadable(before.tries + 1, again_s)

    def _not_yet(self) -> list[Uid]:
        now_s = self.clock.monotonic_s()
        return [uid for uid, each in self._unreadable.items() if each.again_s > now_s]

    def _set_aside(self, kept: Kept, why: str) -> None:
        """Unless it is being evicted since it was read: no archive needs this copy, and whoever
        removes files is done with it too, or removes it from quarantine.
        """
        try:
            target = self.store.quarantine(kept.file.path)
        except StorageError:
            if self.keeping.is_good(kept.instance):
                raise
            return
        detail = f"{why}; {target}"
        if self.keeping.found_of_good(kept.instance, Found.WRONG_DIGEST, detail):
            self._tell(kept, why)

    def _tell(self, kept: Kept, why: str) -> None:
        comes_back = self.keeping.is_committed(kept.instance)
        self.listener(FileDamaged(kept.instance, why, comes_back))
