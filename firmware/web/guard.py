"""Before anything else looks at a request: is it for us, from our own page, and of a sane size?

And on every answer the headers that tell a browser to run nothing but our own files.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_MAX = 16 * 1024  # the largest form has a name, a secret and two tokens
HEADERS_MAX_BYTES = 16 * 1024
"""h11 bounds only those that come in pieces."""
SAFE_METHODS = ("GET", "HEAD")
POLICY = "; ".join(
    (
        "default-src 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types sapi-fragment",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: browsers would then say "Origin: null" of our own forms (Fetch, 3.2).
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass
class Guard:
    """Pure ASGI: it also sees what Starlette would answer by itself."""

    app: ASGIApp
    hosts: frozenset[str]
    """host:port as a browser says it, lower case."""
    scheme: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        answer = _with_headers(send, scope["path"])
        if refusal:
            return await PlainTextResponse(*refusal)(scope, receive, answer)
        return await self.app(scope, _bounded(receive), answer)

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[str, int] | None:
        if sum(len(name) + len(value) for name, value in headers.raw) > HEADERS_MAX_BYTES:
            return "Too large.", 431
        host = headers.get("host", "").lower()
        if host not in self.hosts or len(headers.getlist("host")) != 1:
            # A name that an attacker's DNS points here is not one of ours (DNS rebinding).
            return "This node is not called that.", 421
        if scope["method"] in SAFE_METHODS:
            return None
        if scope["method"] != "POST":
            return "GET, HEAD or POST.", 405
        if headers.get("origin") != f"{self.scheme}://{host}":
            return "Not from this page.", 403
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return "Not from this page.", 403
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > BODY_MAX:
            return "Too large.", 413
        return None


def _bounded(receive: Receive) -> Receive:
    left = BODY_MAX

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413)  # whoever reads the form hears it, and it is answered
        return message

    return bounded


def _with_headers(send: Send, path: str) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            # Our own files may be kept, and are asked after each time; nothing else is kept.
            kept = path.startswith("/static/")
            headers["Cache-Control"] = "no-cache" if kept else "no-store"
        await send(message)

    return answer


def hosts_of(names: Iterable[str], port: int, scheme: str) -> frozenset[str]:
    """As browsers write them: without the scheme's own port, IPv6 in brackets."""
    usual = {"http": 80, "https": 443}[scheme]
    written = [f"[{name}]" if ":" in name else name.lower() for name in names]
    with_port = [f"{name}:{port}" for name in written]
    return frozenset(with_port + (written if port == usual else []))
