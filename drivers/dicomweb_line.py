"""HTTP to one origin server: one client a call, no redirects, no proxies of the environment.

It knows credentials, TLS and what went wrong with the line; nothing of DICOM.
"""

import ssl
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime

import httpx

from drivers.dicom_address import Timeouts
from drivers.dicom_connection import LINE_BROKE, NOT_REACHED, SILENT
from drivers.tls_certificates import lives
from drivers.tls_context import client_context
from drivers.tls_faults import alert, handshake_failed
from hal.errors import ConfigError, PeerError, PeerRefused, PeerRetryable, Sentence
from hal.tls import CertificateLife, TlsSettings
from hal.web_archive import WebAddress

ANSWER_BYTES_MAX = 4 * 1024 * 1024
"""A store response is about 300 bytes an instance, a query's about 2 KiB."""
SECRET_BYTES_MAX = 16 * 1024

URL_WRONG = Sentence(
    en="'{url}' is not the address of a DICOMweb service: https://host/path. Correct the "
    "configuration.",
    fr="« {url} » n'est pas l'adresse d'un service DICOMweb : https://hote/chemin. Corrigez la "
    "configuration.",
)
SECRET_IN_URL = Sentence(
    en="The address of the DICOMweb service at {host} has a user or password in it, and addresses "
    "are written into logs. Take it out of the URL.",
    fr="L'adresse du service DICOMweb de {host} contient un utilisateur ou un mot de passe, et les "
    "adresses sont écrites dans les journaux. Retirez-le de l'URL.",
)
SECRET_IN_CLEAR = Sentence(
    en="The archive at {host} is reached by http, where everybody on the way can read this node's "
    "credentials. Change its address to https.",
    fr="L'archive {host} est jointe en http, où tout le monde sur le trajet peut lire les "
    "identifiants de ce poste. Passez son adresse en https.",
)
LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Nobody is on the way: a tunnel's end, or a proxy that speaks TLS."""
SECRET_UNREADABLE = Sentence(
    en="The credentials in {path} cannot be read ({reason}). Put the password or token there, "
    "readable by the node.",
    fr="Les identifiants de {path} sont illisibles ({reason}). Placez-y le mot de passe ou le "
    "jeton, lisible par le poste.",
)
TOO_LONG = Sentence(
    en="The archive at {host} answers with more than {bytes_max} bytes. It will be tried again; "
    "call its administrator if this lasts.",
    fr="L'archive {host} répond par plus de {bytes_max} octets. Un nouvel essai suivra ; appelez "
    "son administrateur si cela dure.",
)


class WebLine:
    def __init__(self, address: WebAddress, timeouts: Timeouts, tls: TlsSettings | None) -> None:
        """Raises ConfigError."""
        try:
            self.url = httpx.URL(address.url.rstrip("/"))
        except httpx.InvalidURL as error:
            raise ConfigError(URL_WRONG.fill(url=address.url)) from error
        if self.url.scheme not in ("http", "https") or not self.url.host:
            raise ConfigError(URL_WRONG.fill(url=address.url))
        if self.url.userinfo:
            raise ConfigError(SECRET_IN_URL.fill(host=self.url.host))
        if address.secret and self.url.scheme != "https" and self.url.host not in LOOPBACK:
            raise ConfigError(SECRET_IN_CLEAR.fill(host=self.url.host))
        self._address = address
        self._tls = tls
        self._timeouts = httpx.Timeout(
            connect=timeouts.connect_s,
            read=timeouts.response_s,
            write=timeouts.send_s,
            pool=timeouts.connect_s,
        )
        self._last_seen: bytes | None = None

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """Raises PeerRefused: our own certificate or credentials."""
        with httpx.Client(
            verify=self._context(),
            auth=self._credentials(),
            headers={"Accept-Encoding": "identity"},  # bounded as it comes: ANSWER_BYTES_MAX
            timeout=self._timeouts,
            follow_redirects=False,
            trust_env=False,
        ) as client:
            yield client

    def _context(self) -> ssl.SSLContext | bool:
        if self.url.scheme != "https":
            return False
        return client_context(self._tls) if self._tls else ssl.create_default_context()

    def _credentials(self) -> httpx.Auth | None:
        path = self._address.secret
        if path is None:
            return None
        try:
            with path.open(encoding="utf-8") as file:
                secret = file.read(SECRET_BYTES_MAX).strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not text"
            raise PeerRefused(SECRET_UNREADABLE.fill(path=path, reason=reason)) from error
        user = self._address.user
        return httpx.BasicAuth(user, secret) if user else BearerToken(secret)

    def ask(
        self,
        client: httpx.Client,
        method: str,
        path: str,
        headers: dict[str, str],
        content: Iterator[bytes] | None = None,
    ) -> tuple[int, bytes]:
        """Status and body of the answer. Raises PeerRetryable, PeerRefused."""
        name = self._tls.host_name if self._tls else ""
        extensions = {"sni_hostname": name} if name else {}
        try:
            with client.stream(
                method,
                f"{self.url}{path}",
                headers=headers,
                content=content,
                extensions=extensions,
            ) as answer:
                self._look(answer)
                return answer.status_code, self._body(answer)
        except httpx.RequestError as error:
            raise self._told(error) from error

    def _look(self, answer: httpx.Response) -> None:
        stream = answer.extensions.get("network_stream")
        shown = stream.get_extra_info("ssl_object") if stream else None
        if shown is not None:
            self._last_seen = shown.getpeercert(True)

    def _body(self, answer: httpx.Response) -> bytes:
        body = bytearray()
        for part in answer.iter_bytes():
            body += part
            if len(body) > ANSWER_BYTES_MAX:
                raise PeerRetryable(TOO_LONG.fill(host=self.url.host, bytes_max=ANSWER_BYTES_MAX))
        return bytes(body)

    def _told(self, error: httpx.RequestError) -> PeerError:
        host, port = self.url.host, self.url.port or (443 if self.url.scheme == "https" else 80)
        reason = str(error) or type(error).__name__
        under = ssl_error(error)
        if under is not None and isinstance(error, httpx.ConnectError):
            name = (self._tls.host_name if self._tls else "") or host
            return handshake_failed(under, host, port, name)
        if under is not None and (refused := alert(under, host, port)):
            return refused
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return PeerRetryable(NOT_REACHED.fill(host=host, port=port, reason=reason))
        if isinstance(error, httpx.ReadTimeout):
            return PeerRetryable(SILENT.fill(timeout_s=self._timeouts.read))
        return PeerRetryable(LINE_BROKE.fill(reason=reason))

    def lives(self, now: datetime) -> tuple[CertificateLife, ...]:
        return lives(self._tls, self._last_seen, now) if self._tls else ()


class BearerToken(httpx.Auth):
    """RFC 6750 2.1."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._header
        yield request


def ssl_error(error: BaseException) -> ssl.SSLError | None:
    """httpx and httpcore wrap it, once each."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    return cause
