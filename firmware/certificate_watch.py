"""Says on the panel, a month ahead, that a certificate ends: a hospital's authority takes weeks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from firmware.events import CertificateEnds, Listener
from hal.clock import Clock
from hal.tls import CertifiedPeer

LOOK_S = 3600.0


@dataclass
class CertificateWatch:
    peers: Mapping[str, object]
    """Archives and the RIS's services, by the name that is said; those without TLS say nothing."""
    clock: Clock
    listener: Listener
    _told_on: date | None = field(default=None, init=False)

    def step(self) -> float:
        """Once a day, whatever there is to say."""
        now = self.clock.now()
        if self._told_on != now.date():
            self._told_on = now.date()
            for name, peer in self.peers.items():
                if isinstance(peer, CertifiedPeer):
                    for life in peer.certificates(now):
                        if life.warning is not None:
                            self.listener(CertificateEnds(name, life.days_left, life.warning))
        return LOOK_S
