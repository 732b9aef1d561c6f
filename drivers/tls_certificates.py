"""How long the certificates last that a connection stands on: ours, the authorities', the peer's.

Reads files and a date; never connects, never renews.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from drivers.tls_sentences import ENDED, ENDS_SOON
from hal.tls import DAYS_WARNED_AHEAD, CertificateLife, CertificateOf, TlsSettings

WHO = {
    CertificateOf.NODE: ("this node", "de ce poste"),
    CertificateOf.AUTHORITY: ("a trusted authority", "d'une autorité de confiance"),
    CertificateOf.PEER: ("the archive", "de l'archive"),
}


def in_file(path: Path) -> list[x509.Certificate]:
    """At least one. Raises OSError, ValueError."""
    return x509.load_pem_x509_certificates(path.read_bytes())


def subject(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()


def lives(
    settings: TlsSettings, peer_der: bytes | None, now: datetime
) -> tuple[CertificateLife, ...]:
    """`peer_der`: what the peer last showed. A file that cannot be read is left out here:
    connecting says so in a sentence of its own."""
    return tuple(life(whose, one, now) for whose, one in _all(settings, peer_der))


def _all(
    settings: TlsSettings, peer_der: bytes | None
) -> Iterator[tuple[CertificateOf, x509.Certificate]]:
    files = (
        (CertificateOf.NODE, settings.certificate),
        (CertificateOf.AUTHORITY, settings.trusted),
    )
    for whose, path in files:
        try:
            found = in_file(path)
        except (OSError, ValueError):
            continue
        for certificate in found:
            yield whose, certificate
    try:
        shown = x509.load_der_x509_certificate(peer_der) if peer_der else None
    except ValueError:  # OpenSSL takes certificates that this parser does not
        return
    if shown:
        yield CertificateOf.PEER, shown


def life(whose: CertificateOf, certificate: x509.Certificate, now: datetime) -> CertificateLife:
    end = certificate.not_valid_after_utc
    days_left = (end - now).days
    warning = None
    if days_left < DAYS_WARNED_AHEAD:
        who, who_fr = WHO[whose]
        warning = (ENDED if now > end else ENDS_SOON).fill(
            who=who,
            who_fr=who_fr,
            subject=subject(certificate),
            days=days_left,
            day=end.date(),
        )
    return CertificateLife(whose, subject(certificate), days_left, warning)
