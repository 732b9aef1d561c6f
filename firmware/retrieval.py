"""Gets images back from the archive that committed to them, by itself or because a person asks.

What is damaged or missing it takes up by itself, and tries again later and later; what was evicted
only when asked (`sapi-node index fetch`), or when an archive that had listed it denies to keep it.
It never replaces anything but by the very same bytes.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from firmware.bring_back import bring_back
from firmware.events import FetchedBack, Listener, NotFetchedBack
from firmware.index.fetches import Fetch, Fetches
from firmware.index.implementations import Implementations
from firmware.index.keeping import Keeping
from firmware.keeping import Found
from firmware.store import Store
from hal.archive import Archive
from hal.clock import Clock
from hal.errors import NodeError, PeerError, PeerRefused, PeerRetryable, Sentence, StorageError
from hal.values import Uid

log = logging.getLogger("sapi.retrieval")

LOOK_S = 2.0  # a person who asked for an image waits at the terminal
AGAIN_FIRST_S = 60.0
AGAIN_LAST_S = 6 * 3600.0  # an archive that was away for a night is asked before noon
REFUSED_S = 24 * 3600.0  # somebody over there has to do something first
PROGRESS_S = 1.0  # each is a transaction

NEVER_COMMITTED = Sentence(
    en="No archive has promised to keep image {uid}, so it cannot be restored. If its film is "
    "still there, scan it again; call your support.",
    fr="Aucune archive ne s'est engagée à conserver l'image {uid} : elle ne peut pas être "
    "restaurée. Si le film est encore là, numérisez-le de nouveau ; appelez l'assistance.",
)


@dataclass
class Retrieval:
    archives: Mapping[str, Archive]
    """By destination."""
    store: Store
    keeping: Keeping
    fetches: Fetches
    implementations: Implementations
    clock: Clock
    listener: Listener
    _told: set[Uid] = field(default_factory=set, init=False)

    def step(self) -> float:
        self._tell_hopeless()
        self.fetches.add_lost(self.archives)
        fetch = self.fetches.next_due(self.archives)
        if fetch is None:
            return LOOK_S
        self._try(fetch)
        return 0.0

    def _tell_hopeless(self) -> None:
        """Once in each life of the node."""
        for uid in self.fetches.hopeless(self.archives):
            if uid not in self._told:
                self._told.add(uid)
                self.listener(NotFetchedBack(uid, NEVER_COMMITTED.fill(uid=uid), is_lost=True))

    def _try(self, fetch: Fetch) -> None:
        uid, is_lost = fetch.kept.instance, fetch.is_lost
        try:
            found = self._bring_back(fetch)
        except (PeerError, StorageError) as error:
            self.fetches.failed(uid, error.sentence, _again_s(fetch, error))
            self.listener(NotFetchedBack(uid, error.sentence, is_lost))
        else:
            self.keeping.found(uid, found)
            self.listener(FetchedBack(uid, fetch.condition.value, self.keeping.lost_count()))

    def _bring_back(self, fetch: Fetch) -> Found:
        if self._is_there(fetch):
            return Found.RIGHT_DIGEST
        failed: list[PeerError] = []
        for destination in fetch.kept_at:
            try:
                return self._from(destination, fetch)
            except PeerError as error:
                log.warning("not fetched back from %s: %s", destination, error)
                failed.append(error)
        # One that was only away may have it yet, whatever another has refused.
        raise next((one for one in failed if isinstance(one, PeerRetryable)), failed[-1])

    def _from(self, destination: str, fetch: Fetch) -> Found:
        archive, written_by = self.archives[destination], self.implementations.known()
        bring_back(fetch, archive, self.store, written_by, self._progress(fetch))
        return Found.FETCHED_BACK

    def _is_there(self, fetch: Fetch) -> bool:
        """A person put it back, or a row could not be written after the file was published."""
        file = fetch.kept.file
        if self.store.disk.size_bytes(file.path) != file.size_bytes:
            return False
        return self.store.measure(file.path) == file

    def _progress(self, fetch: Fetch) -> Callable[[int], None]:
        due_s = self.clock.monotonic_s() + PROGRESS_S

        def received(size_bytes: int) -> None:
            nonlocal due_s
            if self.clock.monotonic_s() >= due_s:
                due_s = self.clock.monotonic_s() + PROGRESS_S
                self.fetches.received(fetch.kept.instance, size_bytes)

        return received


def _again_s(fetch: Fetch, error: NodeError) -> float | None:
    """None: not before a person asks again, who asked for it in the first place."""
    if not isinstance(error, PeerRefused):
        return min(AGAIN_LAST_S, AGAIN_FIRST_S * 2.0 ** min(fetch.tries, 30))
    return None if fetch.is_persons and not fetch.is_lost else REFUSED_S
