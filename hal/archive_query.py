"""The order of trust where an archive has no storage commitment: what it lists, when asked.

A query says what an archive's index holds at that moment. It is no promise to keep anything.
"""

from dataclasses import dataclass
from typing import Protocol

from hal.values import SopReference, Uid


@dataclass(frozen=True)
class StudyInstance:
    """An instance with the keys of the levels above it (PS3.4 C.6.2.1.2)."""

    study_instance_uid: Uid
    series_instance_uid: Uid
    reference: SopReference


class QueriedArchive(Protocol):
    def holds(self, asked: tuple[StudyInstance, ...]) -> frozenset[SopReference]:
        """Those of them that the archive lists: C-FIND at IMAGE level, or QIDO-RS.

        Raises PeerRetryable, PeerRefused: then nothing is known of any.
        """
