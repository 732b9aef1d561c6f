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
            aside = f"{QUARANTINE}/{Path(path).name}"
            was_there = self.store.disk.size_bytes(aside) is not None
            if was_there:
                self.store.remove(aside)
            self.forgetting.forget_fetch(instance, aside if was_there else "")
        over = self.forgetting.aside_before(self.rejected_days, self.superseded_days)
        for kept in over:
            self.store.remove(kept.file.path)
            self.keeping.found(kept.instance, Found.DAYS_OVER, kept.file.path)
        forgotten = 0
        if self.evicted_rows_days > 0:
            forgotten = self.forgetting.forget_evicted(self.evicted_rows_days)
        return 0.0 if restored or over or forgotten else LOOK_S
