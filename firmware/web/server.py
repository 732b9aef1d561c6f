"""The page's server: uvicorn in a thread of its own, started and stopped with the node.

Whatever goes wrong here is told and tried again; a node without its page scans on.
"""

import asyncio
import logging
import socket
import ssl
import threading
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from cryptography import x509

from firmware.config_archives import TlsSection
from firmware.config_web import LOCALHOST, WebSection
from firmware.web.accounts import AccountFile
from firmware.web.app import application
from firmware.web.guard import HEADERS_MAX_BYTES, hosts_of
from firmware.web.page import Page
from hal.errors import ConfigError, NodeError, Sentence

log = logging.getLogger("sapi.web")
AGAIN_S = 5.0
"""Another program has the port, most often the node before this one, just ending."""
CLOSE_S = 5.0
CONNECTIONS_MAX = 128  # browsers open six each
IDLE_S = 15
LOOPBACK = (LOCALHOST, "127.0.0.1", "::1")
ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 -- compared with, not bound to

TAKEN = Sentence(
    en="The page cannot be served on {listen} ({reason}); it is tried again. Choose another "
    "web.listen, or end the program that has it.",
    fr="La page ne peut pas être servie sur {listen} ({reason}) ; nouvel essai en cours. "
    "Choisissez un autre web.listen, ou arrêtez le programme qui l'occupe.",
)
NO_ACCOUNTS = Sentence(
    en="web.listen is {listen}, on the network, and nobody has an account: add one with "
    "`sapi-node web user add NAME`, or listen on 127.0.0.1.",
    fr="web.listen vaut {listen}, sur le réseau, et personne n'a de compte : ajoutez-en un avec "
    "« sapi-node web user add NOM », ou écoutez sur 127.0.0.1.",
)
BAD_CERTIFICATE = Sentence(
    en="The page cannot use {file} ({reason}). Correct [tls] certificate and key.",
    fr="La page ne peut pas utiliser {file} ({reason}). Corrigez certificate et key dans [tls].",
)


@dataclass(frozen=True)
class Certificate:
    context: ssl.SSLContext
    names: tuple[str, ...]
    """What it is for; a browser accepts no other."""


def check_accounts(section: WebSection) -> None:
    """Raises ConfigError: on the network nobody is let in without an account."""
    if section.on_loopback:
        return
    if not AccountFile(Path(section.accounts)).accounts():
        raise ConfigError(NO_ACCOUNTS.fill(listen=section.listen))


def open_certificate(files: TlsSection | None) -> Certificate | None:
    """Raises ConfigError when it cannot be used."""
    if files is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(files.certificate, files.key)
        own = x509.load_pem_x509_certificate(Path(files.certificate).read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(BAD_CERTIFICATE.fill(file=files.certificate, reason=error)) from error
    return Certificate(context, _names(own))


def _names(own: x509.Certificate) -> tuple[str, ...]:
    try:
        found = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = found.get_values_for_type(x509.IPAddress)
    return (*found.get_values_for_type(x509.DNSName), *(str(one) for one in addresses))


async def _serve_until_closed(server: uvicorn.Server, listener: socket.socket) -> None:
    await server.serve(sockets=[listener])
    # uvicorn 0.54 closes the connections that it knows of when it ends. One that was accepted at
    # that moment is told to it a turn later: it stayed open, and the browser waited on it.
    for connection in list(server.server_state.connections):
        connection.transport.abort()
    await asyncio.sleep(0)  # asyncio closes an aborted socket in its next turn


class WebServer:
    """Serves from `start` until `close`."""

    def __init__(
        self, page: Page, section: WebSection, certificate: Certificate | None = None
    ) -> None:
        self._page, self._section = page, section
        self._certificate = certificate
        self._stopping = threading.Event()
        self._server: uvicorn.Server | None = None
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)
        self.serving = threading.Event()
        """Set once the port is ours."""

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        self._page.board.close()
        if self._server is not None:
            self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._serve(self._bound())
            except NodeError as error:
                log.warning("%s", error)
            except Exception:
                log.exception("web server")
            self._stopping.wait(AGAIN_S)

    def _bound(self) -> socket.socket:
        """Bound here and not by uvicorn, whose answer to a taken port is to end the process."""
        host, port = self._section.address
        try:
            (family, kind, protocol, _, address), *_ = socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )
            # With its protocol: asyncio sets TCP_NODELAY on no other, and each answer took 40 ms.
            listener = socket.socket(family, kind, protocol)
        except OSError as error:
            raise ConfigError(self._taken(error)) from error
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(CONNECTIONS_MAX)
        except OSError as error:
            listener.close()
            raise ConfigError(self._taken(error)) from error
        return listener

    def _taken(self, error: OSError) -> Sentence:
        reason = error.strerror or error
        return TAKEN.fill(listen=self._section.listen, reason=reason)

    def _serve(self, listener: socket.socket) -> None:
        with listener:
            server = self._server = uvicorn.Server(self._settings())
            if self._stopping.is_set():
                return
            self.serving.set()
            asyncio.run(_serve_until_closed(server, listener))
            self.serving.clear()

    def _settings(self) -> uvicorn.Config:
        scheme = "http" if self._certificate is None else "https"
        hosts = hosts_of(self._host_names(), self._section.address[1], scheme)
        settings = uvicorn.Config(
            application(self._page, hosts),
            http="h11",
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,  # addresses would have patients' names of searches in them
            server_header=False,
            proxy_headers=False,  # nobody may say in a header where they call from
            limit_concurrency=CONNECTIONS_MAX,
            timeout_keep_alive=IDLE_S,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=HEADERS_MAX_BYTES,
        )
        settings.load()
        if self._certificate is not None:
            settings.ssl = self._certificate.context
        return settings

    def _host_names(self) -> tuple[str, ...]:
        host = self._section.address[0]
        own = LOOPBACK if self._section.on_loopback else (host,)
        named = self._certificate.names if self._certificate else ()
        return tuple(one for one in (*own, *self._section.names, *named) if one not in ANY_ADDRESS)
