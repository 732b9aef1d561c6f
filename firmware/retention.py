"""Ends what is kept for a time only: damaged files whose image is good again, rejected and
superseded images, and rows of images that were evicted. Removing images that are somebody's is
firmware/eviction.py's alone."""

from dataclasses import dataclass
from pathlib import Path

from firmware.index.forgetting import Forgetting
from firmware.index.keeping import Keeping
from firmware.keeping import Found
from firmware.store import QUARANTINE, Store

LOOK_S = 3600.0  # its rules are in days
ENDED = ".ended"


@dataclass
class Retention:
    store: Store
    forgetting: Forgetting
    restored_days: float
    evicted_rows_days: float
    """0: for ever; the next two as well."""
    keeping: Keeping
    rejected_days: float = 0.0
    superseded_days: float = 0.0

    def step(self) -> float:
        restored = self.forgetting.restored_before(self.restored_days)
        for instance, path in restored:
            self.forgetting.forget_fetch(instance, self._end_witness(path))
        over = self.forgetting.aside_before(self.rejected_days, self.superseded_days)
        for kept in over:
            # In this order: a row of a file that is gone would be a loss that never was. What a
            # power cut leaves, recovery removes.
            self.keeping.found(kept.instance, Found.DAYS_OVER, kept.file.path)
            self.store.remove(kept.file.path)
        forgotten = 0
        if self.evicted_rows_days > 0:
            forgotten = self.forgetting.forget_evicted(self.evicted_rows_days)
        return 0.0 if restored or over or forgotten else LOOK_S

    def _end_witness(self, path: str) -> str:
        """Removes the damaged copy of an image that is good again; what was removed, or empty.

        The scrub may be putting the image there anew: whatever is in quarantine is taken to a name
        of its own first, and put back when the image's own file has gone.
        """
        disk = self.store.disk
        aside = f"{QUARANTINE}/{Path(path).name}"
        ended = f"{aside}{ENDED}"
        if disk.size_bytes(ended) is None:  # else a power cut came in between
            if disk.size_bytes(aside) is None:
                return ""
            disk.rename(aside, ended)
        if disk.size_bytes(path) is None and disk.size_bytes(aside) is None:
            disk.rename(ended, aside)
            disk.sync_folder(QUARANTINE)
            return ""
        self.store.remove(ended)
        return aside
