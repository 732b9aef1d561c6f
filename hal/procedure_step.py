"""Telling the RIS what is being done: Modality Performed Procedure Step (PS3.4 annex F.7)."""

from typing import Protocol

from hal.values import Uid


class ProcedureStepPeer(Protocol):
    """An MPPS SCP. Data sets are in Explicit VR Little Endian.

    Both raise PeerRetryable (down, busy, no answer: it may have been done all the same), and
    PeerRefused with the status: PeerDuplicate when `create` finds it there, 0112H when `set` does
    not.
    """

    def create(self, sop_instance_uid: Uid, attributes: bytes) -> None:
        """N-CREATE: the step is IN PROGRESS."""

    def set(self, sop_instance_uid: Uid, modifications: bytes) -> None:
        """N-SET: what changed; after COMPLETED or DISCONTINUED nothing more is taken."""
