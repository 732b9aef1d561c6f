"""An association opened ahead of what goes over it: on a far line that is two round trips saved.

Kept for who opened it, until it is taken or KEPT_S are over; one at a time. Nothing is sent here.
"""

from time import monotonic

from drivers.dicom_association import Association
from drivers.dicom_negotiation import Proposal

KEPT_S = 20.0
"""Archives end an association that is silent after half a minute, at the earliest."""


class KeptAssociation:
    """One thread uses it: the one that sends. `drop` is for any."""

    def __init__(self) -> None:
        self._kept: tuple[Association, frozenset[Proposal], float] | None = None

    def keep(self, association: Association, proposals: tuple[Proposal, ...]) -> None:
        self.drop()
        self._kept = association, frozenset(proposals), monotonic()

    def take(self, proposals: tuple[Proposal, ...]) -> Association | None:
        """One where all of these were proposed, if there is one; else none is kept any more."""
        if self._kept is None:
            return None
        association, proposed, since_s = self._kept
        if monotonic() - since_s <= KEPT_S and proposed.issuperset(proposals):
            self._kept = None
            return association
        self.drop()
        return None

    def drop(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept[0].release()
