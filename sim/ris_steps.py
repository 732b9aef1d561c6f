"""What MPPS told a simulated RIS, and its answers (PS3.4 F.7): of each step its last word."""

from dataclasses import dataclass
from threading import Lock
from typing import Any

from pydicom import Dataset
from pynetdicom import evt

SUCCESS = 0x0000
PROCESSING_FAILURE = 0x0110
DUPLICATE_SOP_INSTANCE = 0x0111
NO_SUCH_INSTANCE = 0x0112
MAY_NO_LONGER_BE_UPDATED = 0xA710
"""Error ID of an N-SET (F.7.2.2.2)."""
STATUS = "PerformedProcedureStepStatus"
FINAL = frozenset({"COMPLETED", "DISCONTINUED"})
Answer = tuple[int | Dataset, Dataset | None]


@dataclass(frozen=True)
class ToldStep:
    """One examination, as the RIS knows it."""

    patient_name: str
    description: str
    status: str
    """Performed Procedure Step Status (0040,0252)."""
    images: int


class StepsKept:
    """The memory of an MPPS SCP, and what it says next instead of success. Thread-safe."""

    def __init__(self) -> None:
        self.created: dict[str, Dataset] = {}
        self.changes: list[tuple[str, Dataset]] = []
        self.says: list[int] = []
        """The next statuses; what is no success keeps nothing."""
        self.loses_answers = 0
        """So many times it does what it is asked, and aborts instead of answering."""
        self._lock = Lock()

    def create(self, event: evt.Event) -> Answer:
        uid = str(_request(event).AffectedSOPInstanceUID)
        with self._lock:
            if self.says:
                return self.says.pop(0), None
            if uid in self.created:
                return DUPLICATE_SOP_INSTANCE, None
            self.created[uid] = event.attribute_list
        return self._answer(event), None

    def set(self, event: evt.Event) -> Answer:
        uid = str(_request(event).RequestedSOPInstanceUID)
        with self._lock:
            if self.says:
                return self.says.pop(0), None
            if uid not in self.created:
                return NO_SUCH_INSTANCE, None
            if self._changed(uid).get(STATUS) in FINAL:
                return _ended(), None
            self.changes.append((uid, event.modification_list))
        return self._answer(event), None

    def told(self) -> tuple[ToldStep, ...]:
        """In the order in which they began."""
        with self._lock:
            return tuple(_told(begun, self._changed(uid)) for uid, begun in self.created.items())

    def _changed(self, uid: str) -> Dataset:
        return next((each for one, each in reversed(self.changes) if one == uid), Dataset())

    def _answer(self, event: evt.Event) -> int:
        if self.loses_answers:
            self.loses_answers -= 1
            event.assoc.abort()
        return SUCCESS


def _request(event: evt.Event) -> Any:
    """An N-CREATE or N-SET, as the service that it came by says."""
    return event.request


def _ended() -> Dataset:
    refusal = Dataset()
    refusal.Status = PROCESSING_FAILURE
    refusal.ErrorID = MAY_NO_LONGER_BE_UPDATED
    return refusal


def _told(begun: Dataset, changed: Dataset) -> ToldStep:
    series = changed.get("PerformedSeriesSequence") or []
    return ToldStep(
        patient_name=str(begun.get("PatientName", "")),
        description=str(begun.get("PerformedProcedureStepDescription", "")),
        status=str(changed.get(STATUS) or begun.get(STATUS, "")),
        images=sum(len(one.get("ReferencedImageSequence") or []) for one in series),
    )
