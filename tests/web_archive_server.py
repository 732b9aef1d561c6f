"""A DICOMweb server of a few lines that answers what it is told, on the loopback, TLS or not."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from hal.values import SopReference


@dataclass
class Heard:
    url: str = ""
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    """Method, path, headers, and as much of the body as came."""


Answer = Callable[[BaseHTTPRequestHandler], tuple[int, bytes] | None]
"""Status and body after the whole request was read; None hangs up."""


@contextmanager
def web_archive(
    answer: Answer, context: ssl.SSLContext | None = None, reads_body: bool = True
) -> Iterator[Heard]:
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def respond(self) -> None:
            length = int(self.headers.get("Content-Length", 0)) if reads_body else 0
            body = self.rfile.read(length)
            heard.requests.append((self.command, self.path, dict(self.headers), body))
            if len(body) < length:
                self.close_connection = True
                return
            answered = answer(self)
            if answered is None:
                self.close_connection = True
                return
            status, content = answered
            self.send_response(status)
            self.send_header("Content-Type", "application/dicom+json")
            self.send_header("Content-Length", str(len(content)))
            if not reads_body:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = respond  # noqa: N815  http.server's names

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  refused handshakes
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    heard.url = f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}/dicom-web"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def stored(reference: SopReference, warning: int = 0) -> bytes:
    item: dict[str, object] = reference_item(reference)
    if warning:
        item["00081196"] = {"vr": "US", "Value": [warning]}
    return json.dumps({"00081199": {"vr": "SQ", "Value": [item]}}).encode()


def failed(reference: SopReference, reason: int) -> bytes:
    item = reference_item(reference) | {"00081197": {"vr": "US", "Value": [reason]}}
    return json.dumps({"00081198": {"vr": "SQ", "Value": [item]}}).encode()


def reference_item(reference: SopReference) -> dict[str, object]:
    return {
        "00081150": {"vr": "UI", "Value": [reference.sop_class_uid]},
        "00081155": {"vr": "UI", "Value": [reference.sop_instance_uid]},
    }
