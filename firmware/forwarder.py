"""Takes what is queued for one destination to it, and believes only each response's status."""

import math
from dataclasses import dataclass, field

from firmware.events import Listener, NotSent, Sent
from firmware.index.catalogue import Catalogue
from firmware.index.outbox import Outbox, backoff_s
from hal.archive import Archive, StoreOutcome
from hal.clock import Clock
from hal.disk import Disk
from hal.errors import PeerError, PeerRetryable, Sentence, StorageFailed, StorageFull
from hal.values import Uid

BATCH_MAX = 50  # instances an association: a broken one costs at most these a second try
IDLE_S = 1.0  # publishing wakes the forwarder at once; this is for retries that come due

RETRIED = (PeerRetryable, StorageFailed, StorageFull)
"""The image itself is not at fault: a file that could not be read now may be read from the
mirror, or when its disk is back. One that is corrupt, or was refused, waits for a person."""

NOT_REACHED = Sentence(
    en="The association ended before this image's turn. It is sent again by itself.",
    fr="L'association s'est terminée avant le tour de cette image. "
    "Elle sera renvoyée automatiquement.",
)


@dataclass
class Forwarder:
    destination: str
    archive: Archive
    catalogue: Catalogue
    outbox: Outbox
    disk: Disk
    clock: Clock
    listener: Listener
    _failures: int = field(default=0, init=False)
    _not_before_s: float = field(default=-math.inf, init=False)

    def step(self) -> float:
        """Send what is due; seconds until there is reason to look again."""
        if self.clock.monotonic_s() < self._not_before_s:
            return IDLE_S
        # While the archive is away, one image tries the line for all of them.
        leased = self.outbox.lease(self.destination, 1 if self._failures else BATCH_MAX)
        if not leased:
            return IDLE_S
        waiting = dict.fromkeys(leased)
        began_s = self.clock.monotonic_s()
        try:
            files = [self.catalogue.instance_file(uid, self.disk) for uid in leased]
            for outcome in self.archive.store(files):
                del waiting[outcome.reference.sop_instance_uid]
                self._settle(outcome, began_s)
            self._failures = 0
        except PeerError as error:
            # No association at all, be it down or refusing us: nothing is wrong with the images.
            self._not_before_s = self.clock.monotonic_s() + backoff_s(self._failures)
            self._failures += 1
            self._put_back(waiting, error.sentence)
        finally:
            self._put_back(waiting, NOT_REACHED)
        return 0.0

    def _settle(self, outcome: StoreOutcome, began_s: float) -> None:
        uid = outcome.reference.sop_instance_uid
        error = outcome.error
        if error is None:
            self.outbox.accepted(uid, self.destination, outcome.warning)
            self.listener(Sent(uid, self.destination, self.clock.monotonic_s() - began_s))
            return
        will_retry = isinstance(error, RETRIED)
        move = self.outbox.not_delivered if will_retry else self.outbox.refused
        move(uid, self.destination, str(error))
        self.listener(NotSent(uid, self.destination, error.sentence, will_retry))

    def _put_back(self, waiting: dict[Uid, None], sentence: Sentence) -> None:
        while waiting:
            uid, _ = waiting.popitem()
            self.outbox.not_delivered(uid, self.destination, sentence.en)
            self.listener(NotSent(uid, self.destination, sentence, will_retry=True))
