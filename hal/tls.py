"""TLS with a peer, mutual: which files prove who we are and whom we believe; how long they last."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Protocol, runtime_checkable

from hal.errors import Sentence

DAYS_WARNED_AHEAD = 30
"""A hospital's certification authority takes weeks, not days."""


@dataclass(frozen=True)
class TlsSettings:
    """PEM files. Both sides show a certificate (PS3.15 B.12)."""

    certificate: Path
    """Ours, followed by intermediate ones if there are any."""
    key: Path
    """Its private key, not encrypted: nobody is there to type a password after a power cut."""
    trusted: Path
    """The certification authorities that we believe, one or more."""
    host_name: str = ""
    """What the peer's certificate must name; empty: the host that we connect to."""


class CertificateOf(Enum):
    NODE = "node"
    AUTHORITY = "authority"
    PEER = "peer"


@dataclass(frozen=True)
class CertificateLife:
    whose: CertificateOf
    subject: str
    days_left: int
    """Whole days; negative once it is over."""
    warning: Sentence | None
    """From DAYS_WARNED_AHEAD days before its end."""


@runtime_checkable
class CertifiedPeer(Protocol):
    def certificates(self, now: datetime) -> tuple[CertificateLife, ...]:
        """How long each lasts that the peer is reached with; none without TLS."""
