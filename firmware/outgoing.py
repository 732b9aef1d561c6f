"""The forwarder's side of sending images small: what to send next as what, and whether to wait.

A fault of the small file is never the image's: it is dropped, and the image goes as it is stored.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from firmware.compression import Choice, choose
from firmware.events import Listener
from firmware.index.catalogue import Catalogue
from firmware.index.renditions import Queued, Rendition, Renditions
from firmware.index.sent_as import SentAs
from firmware.store import Store
from firmware.syntax_choice import SyntaxChoice, syntax_of
from hal.archive import Archive, InstanceFile, StoreOutcome
from hal.clock import Clock
from hal.errors import PeerDuplicate, PeerRefused, StorageError
from hal.values import Uid

NOTHING_S = math.inf


@dataclass(frozen=True)
class Ready:
    count: int
    """So many, from the first, can go now."""
    wait_s: float = 0.0
    """When none can: no longer than this."""


@dataclass
class Outgoing:
    choice: SyntaxChoice
    archive: Archive
    catalogue: Catalogue
    sent_as: SentAs
    renditions: Renditions
    store: Store
    clock: Clock
    listener: Listener
    _waited_since_s: dict[Uid, float] = field(default_factory=dict, init=False)
    _ready_for: Uid | None = field(default=None, init=False)
    _small: dict[Uid, Rendition] = field(default_factory=dict, init=False)
    """Of what is being sent."""

    def ready(self, count_max: int, *, routine_first: bool) -> Ready:
        """Asks the archive what it takes where that is not known. Raises PeerError."""
        due = self.sent_as.due(self.choice.destination, count_max, routine_first=routine_first)
        self._forget_others(due)
        if due and not self.choice.knows(due[0]):
            self._get_ready(due[0])
        for number, image in enumerate(due):
            choice, wait_s = self._choose(image)
            if choice is Choice.WAIT and number == 0:
                self._get_ready(image)
            if choice is Choice.WAIT:
                return Ready(number, wait_s)
        return Ready(len(due), NOTHING_S)

    def _get_ready(self, image: Queued) -> None:
        """Once for each image that is waited for: the line is free."""
        uid = image.reference.sop_instance_uid
        if uid != self._ready_for:
            self.choice.get_ready(image, self.archive, self.listener)
            self._ready_for = uid

    def files(self, uids: Sequence[Uid]) -> list[InstanceFile]:
        """Each as it goes; what goes otherwise than it is stored is on record before."""
        self._small = {}
        for uid in uids:
            image, as_stored = self.sent_as.image(uid, self.choice.destination)
            codec = None if as_stored else self.choice.codec(image)
            made = codec and self.renditions.of(uid, syntax_of(codec))
            if made and made.path:
                self._small[uid] = made
        small = {uid: made.transfer_syntax_uid for uid, made in self._small.items()}
        self.sent_as.goes_as(self.choice.destination, small)
        return [self._file(uid) for uid in uids]

    def was_its_fault(self, outcome: StoreOutcome) -> bool:
        """Refused, or not what it was: the small file is, and the image is sent as it is stored."""
        uid, error = outcome.reference.sop_instance_uid, outcome.error
        made = self._small.get(uid)
        about_it = isinstance(error, (PeerRefused, StorageError))
        if made is None or not about_it or isinstance(error, PeerDuplicate):
            return False
        self.sent_as.only_as_stored(self.choice.destination, uid)
        if isinstance(error, PeerRefused) and outcome.status is None:  # it was not negotiated
            kind = outcome.reference.sop_class_uid
            self.choice.lines.learn(self.choice.destination, kind, frozenset())
        return True

    def sent(self, size_bytes: int, took_s: float) -> None:
        self.choice.lines.sent(self.choice.destination, size_bytes, took_s)

    def _choose(self, image: Queued) -> tuple[Choice, float]:
        uid = image.reference.sop_instance_uid
        _, as_stored = self.sent_as.image(uid, self.choice.destination)
        codec = None if as_stored else self.choice.codec(image)
        if codec is None:
            return Choice.PLAIN, 0.0
        made = self.renditions.of(uid, syntax_of(codec))
        now_s = self.clock.monotonic_s()
        waited_s = now_s - self._waited_since_s.setdefault(uid, now_s)
        cost = self.choice.cost(image, codec)
        choice = choose(cost, waited_s, None if made and not made.path else made is not None)
        return choice, max(0.0, cost.patience_s - waited_s)

    def _file(self, uid: Uid) -> InstanceFile:
        stored = self.catalogue.instance_file(uid, self.store.disk)
        made = self._small.get(uid)
        if made is None:
            return stored
        path = made.path
        return InstanceFile(
            stored.reference,
            made.transfer_syntax_uid,
            made.size_bytes,
            made.sha256,
            lambda: self.store.disk.open(path),
        )

    def _forget_others(self, due: Sequence[Queued]) -> None:
        here = {image.reference.sop_instance_uid for image in due}
        self._waited_since_s = {
            uid: since_s for uid, since_s in self._waited_since_s.items() if uid in here
        }
