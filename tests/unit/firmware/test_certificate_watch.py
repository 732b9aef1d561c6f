"""Whoever is reached by TLS, archive or RIS: the end of a certificate is said once a day."""

from datetime import datetime

from firmware.certificate_watch import CertificateWatch
from firmware.events import CertificateEnds, Event
from hal.errors import Sentence
from hal.tls import CertificateLife, CertificateOf, CertifiedPeer
from tests.fakes import FakeClock
from tests.interop.ris import steps_at, worklist_at

ENDS = CertificateLife(CertificateOf.PEER, "CN=ris", 3, Sentence("ends", "finit"))


class Peer:
    def certificates(self, now: datetime) -> tuple[CertificateLife, ...]:
        return (ENDS,)


def test_the_ris_is_watched_like_an_archive_and_who_has_no_tls_says_nothing() -> None:
    events: list[Event] = []
    clock = FakeClock()
    watch = CertificateWatch({"RIS": Peer(), "NEAR": object()}, clock, events.append)
    watch.step()
    watch.step()
    assert events == [CertificateEnds("RIS", 3, ENDS.warning or Sentence("", ""))]
    clock.sleep(86_400.0)
    watch.step()
    assert len(events) == 2


def test_worklist_and_mpps_can_be_asked() -> None:
    for peer in (worklist_at(104), steps_at(104)):
        assert isinstance(peer, CertifiedPeer)
        assert peer.certificates(FakeClock().now()) == ()
