"""Takes in what the start had to put off, as soon as the index has room for it.

The file stays where it is until then: nothing removes it, evicts it, or is published in its place
(`Store.waiting`). Only a node that started on a full disk has this worker; what it does is
firmware/recovery.py's.
"""

import logging
from dataclasses import dataclass

from firmware.events import Adopted, Listener
from firmware.index.catalogue import Catalogue
from firmware.index.keeping import Keeping
from firmware.recovery import take_in
from firmware.routing import Route
from firmware.store import Store

log = logging.getLogger("sapi.adoption")

AGAIN_S = 60.0  # each try reads one file; an eviction wakes it at once
OVER_S = 86_400.0  # nothing is put off but at a start


@dataclass
class Adoption:
    store: Store
    catalogue: Catalogue
    keeping: Keeping
    route: Route
    listener: Listener

    def step(self) -> float:
        waiting = self._waiting()
        if not waiting:
            return OVER_S
        taken = take_in(self.store, self.catalogue, self.keeping, waiting, self.route)
        if len(taken.put_off) < len(waiting):
            self.listener(Adopted(taken.adopted, taken.kept_aside, len(taken.put_off)))
        if taken.put_off:
            log.warning("no room in the index for %d images yet", len(taken.put_off))
        return AGAIN_S if taken.put_off else OVER_S

    def _waiting(self) -> list[str]:
        """Of no good row still: retrieval may have brought one back meanwhile."""
        good = self.catalogue.paths()
        here = (path for path in self.store.waiting if path not in good)
        return sorted(path for path in here if self.store.disk.size_bytes(path) is not None)
