"""One instance as the index describes it: all of it is also in the file."""

from dataclasses import dataclass
from datetime import datetime

from hal.values import Uid


@dataclass(frozen=True)
class Entry:
    patient_id: str
    issuer: str
    name: str
    birth_date: str
    sex: str
    study_instance_uid: Uid
    accession_number: str
    description: str
    urgent: bool
    series_instance_uid: Uid
    series_number: int
    modality: str
    sop_instance_uid: Uid
    sop_class_uid: Uid
    transfer_syntax_uid: Uid
    instance_number: int
    rows: int
    columns: int
    created_at: datetime
    """Instance Creation Date and Time (0008,0012), (0008,0013): whole seconds."""
    station_name: str = ""
    procedures: tuple[str, ...] = ()
    """Codes and descriptions of what was requested and done: for the rules, not in the index."""
    replaces: Uid | None = None
    """Whose place it took, by the last of its Original Attributes; in the index as a correction."""
    replaced_why: str = ""
    """Reason for the Attribute Modification (0400,0565)."""
