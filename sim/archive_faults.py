"""What can be wrong with a simulated archive: one frozen value, all faults off by default."""

from dataclasses import dataclass

CALLING_AE_UNKNOWN = (1, 1, 3)
LOCAL_LIMIT_EXCEEDED = (2, 3, 2)
"""Result, source and reason of an A-ASSOCIATE-RJ (PS3.8 table 9-21)."""


@dataclass(frozen=True)
class ArchiveFaults:
    reject_association: tuple[int, int, int] | None = None
    store_status: int | None = None
    """Answer C-STORE with this: a failure stores nothing, a warning (Bxxx) stores."""
    hang_up_after_bytes: int | None = None
    """Close the connection, without a word, once it received so many bytes."""
    never_answer: bool = False
    """Take the instance in, and say nothing."""
    lose_response: bool = False
    """Store the instance, and hang up instead of saying so."""
    answer_after_s: float = 0
    no_commitment_service: bool = False
    commitment_status: int = 0x0000
    """Answer N-ACTION with this; a failure reports nothing."""
    report_after_s: float = 0
    reports: int = 1
    """How often each report is sent: 0 never, 2 a duplicate."""
    report_failure: bool = False
    """Say of everything that it was not kept."""
    report_other_instance: bool = False
    """Commit to an instance that nobody asked about."""
    report_malformed: bool = False
    """Send a report without its Transaction UID."""
    report_event_type: int | None = None
    """Send this Event Type ID, whatever is reported."""
    no_retrieval_service: bool = False
    retrieve_status: int | None = None
    """Answer C-GET with this, and send nothing."""
    retrieve_nothing: bool = False
    """Say of everything that it is not there."""
    retrieve_altered: bool = False
    """Give it back with another content."""
    hang_up_after_sent_bytes: int | None = None
    """Close the connection, without a word, once it sent so many bytes."""


NO_FAULTS = ArchiveFaults()
