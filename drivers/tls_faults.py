"""What ssl raised, as the error for the one who acts. Looks things up, decides nothing else.

A certificate or a protocol that does not fit stays so until somebody changes it: PeerRefused. A
line that broke while greeting says nothing: PeerRetryable.
"""

import ssl

from drivers.tls_sentences import BY_REASON, HUNG_UP, IN_THEIR_CERTIFICATE, THEIRS_REFUSED
from hal.errors import PeerError, PeerRefused, PeerRetryable


def handshake_failed(error: OSError, host: str, port: int, name: str) -> PeerError:
    """`name`: what the peer's certificate had to be for."""
    if isinstance(error, ssl.SSLCertVerificationError):
        sentence = IN_THEIR_CERTIFICATE.get(error.verify_code, THEIRS_REFUSED)
        return PeerRefused(sentence.fill(host=host, name=name, reason=error.verify_message))
    refused = alert(error, host, port)
    if refused:
        return refused
    reason = "timeout" if isinstance(error, TimeoutError) else error.strerror or str(error)
    return PeerRetryable(HUNG_UP.fill(host=host, port=port, reason=reason))


def alert(error: OSError, host: str, port: int) -> PeerRefused | None:
    """In TLS 1.3 a server judges our certificate only after the handshake, so that this comes
    with the first answer (RFC 8446 2). None: a line that broke like any other."""
    reason = getattr(error, "reason", None)
    if not isinstance(error, ssl.SSLError) or reason not in BY_REASON:
        return None
    return PeerRefused(BY_REASON[reason].fill(host=host, port=port, reason=reason))
