"""Certificates made when a test runs: an authority, and whatever it is asked to sign."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from hal.tls import TlsSettings

LOOPBACK = x509.IPAddress(ip_address("127.0.0.1"))
ANOTHER_HOST = x509.DNSName("archive.example.org")
DAY = timedelta(days=1)


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


@dataclass(frozen=True)
class Issued:
    """PEM files."""

    certificate: Path
    key: Path


class Authority:
    """Signs; its own certificate is `certificate`."""

    def __init__(self, folder: Path, name: str = "Test Authority", days: int = 3650) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._name = named(name)
        self._key = new_key()
        now = datetime.now(UTC)
        own = (
            self._builder(name, self._key, now - DAY, now + days * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.certificate = folder / "authority.pem"
        self.certificate.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def _builder(
        self, name: str, key: rsa.RSAPrivateKey, first: datetime, last: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(first)
            .not_valid_after(last)
        )

    def issue(
        self,
        name: str,
        host: x509.GeneralName = LOOPBACK,
        days_from: float = -1,
        days_to: float = 365,
    ) -> Issued:
        key = new_key()
        now = datetime.now(UTC)
        certificate = (
            self._builder(name, key, now + days_from * DAY, now + days_to * DAY)
            .add_extension(x509.SubjectAlternativeName([host]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        issued = Issued(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        issued.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        issued.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return issued

    def settings(self, issued: Issued, host_name: str = "") -> TlsSettings:
        """`issued` need not be ours: then the peer will not like it."""
        return TlsSettings(issued.certificate, issued.key, self.certificate, host_name)
