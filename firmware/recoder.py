"""Makes images small ahead of their turn, one at a time, while the lines are busy.

It writes into outgoing/ and nowhere else. Whatever goes wrong here, an image only goes as it is
stored: there is no room, the disk fails, the codec does not give the same samples back.
"""

import hashlib
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from firmware.compression import Pace
from firmware.dicom.recode import NotRecodable, Recoded, recoded
from firmware.events import Listener, MadeSmall
from firmware.imaging.lossless import Codec
from firmware.index.lines import Lines
from firmware.index.renditions import Queued, Rendition, Renditions
from firmware.store import OUTGOING, Store
from firmware.syntax_choice import SyntaxChoice, syntax_of
from hal.clock import Clock
from hal.errors import StorageError

log = logging.getLogger("sapi.recoder")

LOOK_S = 1.0  # publishing wakes it at once
AHEAD_MAX = 8
"""For each archive: half a minute and more of a line of 10 Mbit/s, made in seconds."""
AHEAD_BYTES_MAX = 1024**3
"""Of all: what is left free on a store's disk is twenty times this (keeping.evict_below_mib)."""


@dataclass
class Recoder:
    store: Store
    renditions: Renditions
    lines: Lines
    choices: tuple[SyntaxChoice, ...]
    """One for each archive that anything is made small for."""
    clock: Clock
    listener: Listener
    giving_way: Callable[[], AbstractContextManager[None]] = nullcontext

    def recover(self) -> None:
        """At start: what a crash left half made, and rows whose file is not there any more."""
        made = self.renditions.all()
        disk = self.store.disk
        stale = [one for one in made if one.path and disk.size_bytes(one.path) != one.size_bytes]
        if stale:
            self.renditions.forget(stale)
        known = {one.path for one in made if one not in stale}
        for name in disk.names(OUTGOING):
            if f"{OUTGOING}/{name}" not in known:
                disk.remove(f"{OUTGOING}/{name}")

    def step(self) -> float:
        self._tidy()
        if self.renditions.size_bytes() >= AHEAD_BYTES_MAX:
            return LOOK_S
        found = self._next()
        if found is None:
            return LOOK_S
        with self.giving_way():
            self._make(*found)
        return 0.0

    def _tidy(self) -> None:
        """The file first: a row without its file is found out, a file without a row is not."""
        over = self.renditions.unneeded()
        for one in over:
            if one.path:
                self.store.disk.remove(one.path)
        if over:
            self.renditions.forget(over)

    def _next(self) -> tuple[Queued, Codec] | None:
        found: list[tuple[bool, str, Queued, Codec]] = []
        for choice in self.choices:
            for image in self.renditions.waiting(choice.destination, AHEAD_MAX):
                codec = choice.codec(image)
                uid = image.reference.sop_instance_uid
                if codec and self.renditions.of(uid, syntax_of(codec)) is None:
                    found.append((not image.urgent, image.due_at, image, codec))
                    break
        first = min(found, key=lambda one: one[:2], default=None)
        return first and first[2:]

    def _make(self, image: Queued, codec: Codec) -> None:
        uid = image.reference.sop_instance_uid
        began_s = self.clock.monotonic_s()
        try:
            with self.store.disk.open(image.path) as source:
                made = recoded(source, image.sha256, codec)
            rendition = self._write(image, codec, made)
        except (NotRecodable, StorageError, OSError, MemoryError) as error:
            log.warning("instance=%s goes as it is stored: %s", uid, error)
            rendition = Rendition(uid, syntax_of(codec), "", 0, "", str(error) or "no memory")
        self.renditions.record(rendition)
        took_s = self.clock.monotonic_s() - began_s
        self.listener(
            MadeSmall(uid, codec.name, image.size_bytes, rendition.size_bytes, rendition.why_none)
        )
        if rendition.path:
            self._measured(image, codec, rendition, took_s)

    def _write(self, image: Queued, codec: Codec, made: Recoded) -> Rendition:
        """Not synced: its digest is held against the row before it is sent. Raises NotRecodable,
        StorageError."""
        uid, size_bytes = image.reference.sop_instance_uid, made.size_bytes
        if size_bytes >= image.size_bytes:
            raise NotRecodable("it does not get smaller")
        self.store.check_room(size_bytes)
        path = f"{OUTGOING}/{uid}.{codec.name.lower()}"
        digest = hashlib.sha256()
        self.store.disk.remove(path)
        try:
            with self.store.disk.create(path) as writer:
                for part in made.parts():
                    writer.write(part)
                    digest.update(part)
        except BaseException:
            self.store.disk.remove(path)
            raise
        return Rendition(uid, syntax_of(codec), path, size_bytes, digest.hexdigest())

    def _measured(self, image: Queued, codec: Codec, made: Rendition, took_s: float) -> None:
        if took_s > 0.0:
            pace = Pace(image.size_bytes / took_s, image.size_bytes / made.size_bytes)
            self.lines.encoded(codec, pace)
