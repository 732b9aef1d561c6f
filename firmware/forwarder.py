"""Takes what is queued for one destination to it, and believes only each response's status."""

import math
from dataclasses import dataclass, field

from firmware.events import FellBack, Listener, NotSent, SaidDuplicate, Sent
from firmware.index.catalogue import Catalogue
from firmware.index.outbox import Outbox
from firmware.index.outbox_table import BACKOFF_FIRST_S, Jitter, backoff_s, no_jitter
from firmware.outgoing import Outgoing, Ready
from hal.archive import Archive, InstanceFile, StoreOutcome
from hal.clock import Clock
from hal.disk import Disk
from hal.errors import (
    NodeError,
    PeerDuplicate,
    PeerError,
    PeerRetryable,
    Sentence,
    StorageFailed,
    StorageFull,
)
from hal.values import Uid

BATCH_MAX = 50  # instances an association: a broken one costs at most these a second try
IDLE_S = 1.0  # publishing wakes the forwarder at once; this is for retries that come due
URGENT_IN_A_ROW_MAX = 4
"""Of five leases one is routine where both wait: a day full of urgent ones starves nobody."""

RETRIED = (PeerRetryable, StorageFailed, StorageFull)
"""The image itself is not at fault: a file that could not be read now may be read from the
mirror, or when its disk is back. One that is corrupt, or was refused, waits for a person."""

NOT_REACHED = Sentence(
    en="The association ended before this image's turn. It is sent again by itself.",
    fr="L'association s'est terminée avant le tour de cette image. "
    "Elle sera renvoyée automatiquement.",
)

UNFORESEEN = Sentence(
    en="Sending this image failed in a way that nobody foresaw. It is tried again, and the others "
    "go first; tell your support.",
    fr="L'envoi de cette image a échoué de façon imprévue. Un nouvel essai suivra, et les autres "
    "passent d'abord ; prévenez votre assistance.",
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
    refusals_max: int = 1
    """So many refusals of an image, and it waits for a person."""
    jitter: Jitter = no_jitter
    outgoing: Outgoing | None = None
    """None: every image goes as it is stored."""
    _failures: int = field(default=0, init=False)
    _not_before_s: float = field(default=-math.inf, init=False)
    _urgent_in_a_row: int = field(default=0, init=False)

    def step(self) -> float:
        """Send what is due; seconds until there is reason to look again."""
        for uid, other in self.outbox.fall_back(self.destination):
            self.listener(FellBack(uid, self.destination, other))
        if self.clock.monotonic_s() < self._not_before_s:
            return IDLE_S
        try:
            ready = self._ready()
        except PeerError as error:  # as below; the image that waits says so
            self._line_failed()
            leased = self.outbox.lease(self.destination, 1)
            self._put_back(dict.fromkeys(leased), error.sentence)
            return 0.0
        if not ready.count:
            return min(IDLE_S, ready.wait_s)
        leased, may_give_way = self._lease(ready.count)
        if not leased:
            return IDLE_S
        waiting = dict.fromkeys(leased)
        try:
            self._send(waiting, may_give_way=may_give_way)
        except PeerError as error:
            # No association at all, be it down or refusing us: nothing is wrong with the images.
            self._line_failed()
            self._put_back(waiting, error.sentence)
        except NodeError:
            raise  # the index cannot be written: nobody's fault here
        except Exception:
            self._set_aside_first(waiting)
            raise
        finally:
            self._put_back(waiting, NOT_REACHED)
        return 0.0

    def _ready(self) -> Ready:
        if self.outgoing is None:
            return Ready(BATCH_MAX)
        return self.outgoing.ready(BATCH_MAX, routine_first=self._is_routines_turn())

    def _is_routines_turn(self) -> bool:
        return self._urgent_in_a_row >= URGENT_IN_A_ROW_MAX and self.outbox.waits(
            self.destination, urgent=False
        )

    def _lease(self, ready: int) -> tuple[tuple[Uid, ...], bool]:
        """(what to send next, whether something urgent may go before the rest of it)."""
        routine = self._is_routines_turn()
        # While the archive is away, one image tries the line for all of them.
        count_max = 1 if self._failures or routine else ready
        leased = self.outbox.lease(self.destination, count_max, routine_first=routine)
        is_urgent = bool(leased) and self.outbox.is_urgent(leased[0], self.destination)
        self._urgent_in_a_row = self._urgent_in_a_row + 1 if is_urgent else 0
        return leased, not is_urgent and not routine

    def _send(self, waiting: dict[Uid, None], *, may_give_way: bool) -> None:
        began_s = before_s = self.clock.monotonic_s()
        files = self._files(waiting)
        sizes = {file.reference.sop_instance_uid: file.size_bytes for file in files}
        answered, error = False, None
        for outcome in self.archive.store(files):
            del waiting[outcome.reference.sop_instance_uid]
            error = outcome.error
            answered = answered or not isinstance(error, PeerRetryable)
            now_s = self.clock.monotonic_s()
            size_bytes = sizes[outcome.reference.sop_instance_uid]
            self._settle(outcome, size_bytes, now_s - began_s, now_s - before_s)
            before_s = now_s
            if may_give_way and waiting and self.outbox.waits(self.destination, urgent=True):
                self._give_way(waiting)
                break
        if answered or error is None:
            self._failures = 0
        else:
            self._line_failed()  # it takes the association and nothing else: no room, or cut

    def _files(self, waiting: dict[Uid, None]) -> list[InstanceFile]:
        if self.outgoing is not None:
            return self.outgoing.files(tuple(waiting))
        return [self.catalogue.instance_file(uid, self.disk) for uid in waiting]

    def _line_failed(self) -> None:
        wait_s = backoff_s(self._failures, self.jitter())
        self._not_before_s = self.clock.monotonic_s() + wait_s
        self._failures += 1

    def _settle(self, outcome: StoreOutcome, size_bytes: int, send_s: float, took_s: float) -> None:
        uid, error = outcome.reference.sop_instance_uid, outcome.error
        if error is None:
            self.outbox.accepted(uid, self.destination, outcome.warning, size_bytes)
            if self.outgoing is not None:
                self.outgoing.sent(size_bytes, took_s)
            sent = Sent(uid, self.destination, send_s, outcome.warning, size_bytes, took_s)
            self.listener(sent)
        elif isinstance(error, PeerDuplicate):
            self.outbox.said_duplicate(uid, self.destination, str(error))
            self.listener(SaidDuplicate(uid, self.destination, error.sentence))
        elif self._is_of_the_small_file(outcome) or isinstance(error, RETRIED):
            self.outbox.not_delivered(uid, self.destination, error.sentence)
            self.listener(NotSent(uid, self.destination, error.sentence, will_retry=True))
        else:
            is_held = self.outbox.refused(uid, self.destination, error.sentence, self.refusals_max)
            self.listener(NotSent(uid, self.destination, error.sentence, will_retry=not is_held))

    def _is_of_the_small_file(self, outcome: StoreOutcome) -> bool:
        return self.outgoing is not None and self.outgoing.was_its_fault(outcome)

    def _give_way(self, waiting: dict[Uid, None]) -> None:
        while waiting:
            self.outbox.gave_way(waiting.popitem()[0], self.destination)

    def _set_aside_first(self, waiting: dict[Uid, None]) -> None:
        """The one that was under way must not be the next one again and again. One at a time is
        tried after it, and soon: its own wait doubles, so the others come in between."""
        self._failures = 1
        self._not_before_s = self.clock.monotonic_s() + BACKOFF_FIRST_S
        if waiting:
            uid = next(iter(waiting))
            del waiting[uid]
            self.outbox.not_delivered(uid, self.destination, UNFORESEEN)
            self.listener(NotSent(uid, self.destination, UNFORESEEN, will_retry=True))

    def _put_back(self, waiting: dict[Uid, None], sentence: Sentence) -> None:
        while waiting:
            uid, _ = waiting.popitem()
            self.outbox.not_reached(uid, self.destination, sentence)
            self.listener(NotSent(uid, self.destination, sentence, will_retry=True))
