"""The way in to every part of the page: nobody passes without a session, no change without its
token. What is public is listed in `app.py`, and is not made by these.
"""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from firmware.web.page import NotThere, Page, Visit, render
from firmware.web.sentences import Words
from firmware.web.sessions import Session
from hal.errors import ConfigError, NodeError

log = logging.getLogger("sapi.web")
Handler = Callable[[Visit], Response]
Endpoint = Callable[[Request], Awaitable[Response]]
BODY_WAIT_S = 10.0  # a form comes in one piece from any browser
BY_ITSELF = "x-sapi-by-itself"
"""What a page asks for without anybody touching it keeps nobody signed in."""
TOKEN_HEADER = "x-sapi-token"  # noqa: S105 -- its name, not a token


def session_of(page: Page, request: Request, *, touch: bool = True) -> Session | None:
    """Also of an account that is still there, in the same role: checked each time."""
    token = request.cookies.get(page.cookie, "")
    session = page.sessions.find(token, touch=touch and BY_ITSELF not in request.headers)
    if session is None:
        return None
    try:
        account = page.sign_in.still(session.account)
    except ConfigError as error:
        log.warning("%s", error)
        return None
    if account is None or account.role is not session.role:
        page.sessions.close_all_of(session.account)
        return None
    return session


def door(page: Page, handler: Handler, *, administrator: bool = False) -> Endpoint:
    """`handler` runs in a thread of the page's pool, with a session, and a POST with its token."""

    async def endpoint(request: Request) -> Response:
        session = session_of(page, request)
        if session is None:
            return to_sign_in(request)
        form: Mapping[str, str] = {}
        if request.method == "POST":
            form = await read_form(request)
            given = form.get("token") or request.headers.get(TOKEN_HEADER, "")
            if not hmac.compare_digest(given.encode(), session.csrf.encode()):
                return told(page, request, "form_old", 403, session)
        if administrator and not session.is_administrator:
            return told(page, request, "not_yours", 403, session)
        visit = Visit(page, request, session, form, page.board.news)
        return await run_in_threadpool(_handled, handler, visit)

    return endpoint


def _handled(handler: Handler, visit: Visit) -> Response:
    """What goes wrong is a sentence on the page, and no reason for anything else to stop."""
    status = 500
    try:
        return handler(visit)
    except NotThere as error:
        status, sentence = 404, visit.told(error.sentence)
    except NodeError as error:
        sentence = visit.told(error.sentence)
    except Exception:
        log.exception("page %s", visit.request.url.path)
        sentence = visit.say.failed
    if wants_page(visit.request):
        return visit.html("told.html", status, sentence=sentence)
    return visit.json({"told": sentence}, status)


async def read_form(request: Request) -> Mapping[str, str]:
    """Its plain fields; empty when it does not come, or is none."""
    try:
        form = await asyncio.wait_for(request.form(max_files=0, max_fields=32), BODY_WAIT_S)
    except TimeoutError:
        return {}
    return {key: value for key, value in form.items() if isinstance(value, str)}


def wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def to_sign_in(request: Request) -> Response:
    """A person is led there, and back afterwards; a script is told."""
    if not wants_page(request):
        return JSONResponse({"told": "signed out"}, 401)
    back = quote(request.url.path, safe="/") if request.method == "GET" else "/"
    return RedirectResponse(f"/sign-in?next={back}", 303)


def told(
    page: Page, request: Request, key: str, status: int, session: Session | None = None
) -> Response:
    sentence = Words(page.language_of(request))[key]
    if wants_page(request):
        return render(page, request, "told.html", status, session, sentence=sentence)
    return JSONResponse({"told": sentence}, status)
