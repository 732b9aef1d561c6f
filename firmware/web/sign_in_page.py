"""Signing in and out. The form has a token of its own: nobody else's page signs a person in."""

import hashlib
import hmac
import logging
import re
import secrets

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from firmware.web.accounts import Account
from firmware.web.doors import read_form, session_of
from firmware.web.page import Page, Visit, render
from firmware.web.sentences import TEXTS
from firmware.web.sign_in import Refused
from hal.errors import ConfigError, Sentence

log = logging.getLogger("sapi.web")
FORM_COOKIE = "sapi_form"
UNKNOWN_ACTOR = "web"
"""What was typed for a name that nobody has may well be a password: it is written nowhere."""


class SignInPage:
    def __init__(self, page: Page) -> None:
        self._page = page
        self._key = secrets.token_bytes(32)

    async def show(self, request: Request) -> Response:
        if session_of(self._page, request) is not None:
            return RedirectResponse(_back(request.query_params.get("next", "")), 303)
        return await run_in_threadpool(self._form, request, request.query_params.get("next", ""))

    async def take(self, request: Request) -> Response:
        form = await read_form(request)
        expected = self._token(request.cookies.get(FORM_COOKIE, ""))
        if not hmac.compare_digest(form.get("token", "").encode(), expected.encode()):
            return await run_in_threadpool(
                self._form, request, form.get("next", ""), TEXTS["form_old"], 403
            )
        address = request.client.host if request.client else ""
        return await run_in_threadpool(self._judged, request, dict(form), address)

    def _judged(self, request: Request, form: dict[str, str], address: str) -> Response:
        page, name = self._page, form.get("account", "")
        try:
            found = page.sign_in.attempt(name, form.get("secret", ""), address)
            known = page.sign_in.still(name) is not None
        except ConfigError as error:
            return self._form(request, form.get("next", ""), error.sentence, 503)
        if isinstance(found, Refused):
            if found.wait_s == 0:  # a thousand that nobody looked at would fill the trail
                actor = f"web:{name}" if known else UNKNOWN_ACTOR
                page.trail(actor, "sign-in failed", detail=address)
            status = 429 if found.wait_s else 403
            return self._form(request, form.get("next", ""), found.sentence, status)
        return self._let_in(request, found, form.get("next", ""), address)

    def _let_in(self, request: Request, account: Account, back: str, address: str) -> Response:
        page = self._page
        page.sessions.close(request.cookies.get(page.cookie, ""))
        token, session = page.sessions.open(account.name, account.role)
        page.trail(session.actor, "signed in", detail=address)
        response = RedirectResponse(_back(back), 303)
        response.set_cookie(
            page.cookie, token, secure=page.secure, httponly=True, samesite="strict", path="/"
        )
        return response

    def _form(
        self, request: Request, back: str, refusal: Sentence | None = None, status: int = 200
    ) -> Response:
        nonce = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(32)
        try:
            nobody_can = self._page.sign_in.nobody_can
        except ConfigError as error:
            nobody_can, refusal = False, error.sentence
        response = render(
            self._page,
            request,
            "sign_in.html",
            status,
            token=self._token(nonce),
            back=_back(back),
            refusal=refusal,
            nobody_can=nobody_can,
        )
        response.set_cookie(
            FORM_COOKIE, nonce, secure=self._page.secure, httponly=True, samesite="strict"
        )
        return response

    def _token(self, nonce: str) -> str:
        return hmac.new(self._key, nonce.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def sign_out(visit: Visit) -> Response:
    page = visit.page
    page.sessions.close(visit.request.cookies.get(page.cookie, ""))
    page.trail(visit.session.actor, "signed out")
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(
        page.cookie, path="/", secure=page.secure, httponly=True, samesite="strict"
    )
    return response


def _back(path: str) -> str:
    """A page of ours and nothing else: no //elsewhere, no scheme."""
    return path if re.fullmatch(r"/(?!/)[A-Za-z0-9/._-]*", path) else "/"
