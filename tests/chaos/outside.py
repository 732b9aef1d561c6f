"""What the world outside the node knows: the promises it was given, and what it holds itself.

A power cut does not reach it. So a crash state is judged against the marks that were made
before the cut: a promise once given must hold, and nothing may be claimed that had not
happened yet.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.chaos.recording_disk import Mark

RESERVED, STORED = "reserved", "stored"
TOO_SOON = "too soon"
RECEIVED, PROMISED = "received", "promised"
SHOWN_SENT, SHOWN_COMMITTED = "shown sent", "shown committed"
SHOWN_REJECTED = "shown rejected"


@dataclass
class Known:
    """Folded from marks, in their order."""

    reserved: str = ""
    """The SOP Instance UID that the latest scan was given."""
    stored: dict[str, str] = field(default_factory=dict)
    """UID -> SHA-256 of everything that the panel called stored."""
    received: dict[str, str] = field(default_factory=dict)
    """UID -> SHA-256 of the whole file that went to the archive and was accepted."""
    promised: set[str] = field(default_factory=set)
    """What the archive committed to, in a report that is out."""
    rejected: set[str] = field(default_factory=set)
    """What the panel said was rejected and never sent."""
    sent_though_rejected: list[str] = field(default_factory=list)
    shown_too_soon: list[str] = field(default_factory=list)
    """Called sent or committed on the panel before the archive had done so, or stored before
    the index had it."""

    def see(self, mark: Mark) -> None:
        match mark.kind:
            case "reserved":
                self.reserved = mark.uid
            case "stored":
                self.stored[mark.uid] = mark.sha256
            case "received":
                self.received[mark.uid] = mark.sha256
                if mark.uid in self.rejected:
                    self.sent_though_rejected.append(mark.uid)
            case "shown rejected":
                self.rejected.add(mark.uid)
            case "promised":
                self.promised.add(mark.uid)
            case "too soon":
                self.shown_too_soon.append(f"{mark.uid} called stored before it was indexed")
            case "shown sent" if mark.uid not in self.received:
                self.shown_too_soon.append(f"{mark.uid} shown as sent")
            case "shown committed" if mark.uid not in self.promised:
                self.shown_too_soon.append(f"{mark.uid} shown as committed")


@dataclass
class Outside:
    """Keeps the marks, and passes each on before anybody is told anything."""

    pass_on: Callable[[Mark], None] = lambda _: None
    known: Known = field(default_factory=Known)
    bugs: list[str] = field(default_factory=list)
    """Exceptions that no worker is meant to raise."""

    def put(self, kind: str, uid: str, sha256: str = "") -> None:
        mark = Mark(kind, uid, sha256)
        self.known.see(mark)
        self.pass_on(mark)


def known_after(marks: Iterable[Mark]) -> Known:
    known = Known()
    for mark in marks:
        known.see(mark)
    return known
