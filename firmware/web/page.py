"""What every part of the page shares: index, clock, sessions, and how a page is made of them."""

import logging
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from firmware.index import audit
from firmware.index.database import Database
from firmware.web import plain_text
from firmware.web.board import PanelBoard
from firmware.web.journal import Journal
from firmware.web.sentences import LANGUAGES, Language, Words
from firmware.web.sessions import Session, Sessions
from firmware.web.sign_in import SignIn
from hal.clock import Clock, Entropy
from hal.disk import Disk
from hal.errors import NodeError, Sentence
from hal.panel import Button

if TYPE_CHECKING:
    from firmware.web.way import Extension

log = logging.getLogger("sapi.web")
LANGUAGE_COOKIE = "sapi_language"
LANGUAGE_COOKIE_S = 365 * 86_400

TEMPLATES = Environment(
    loader=PackageLoader("firmware.web"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=plain_text.finalize,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters |= {"person": plain_text.person, "day": plain_text.day}


class NotThere(NodeError):
    """Asked for by somebody who may ask, and not here."""


@dataclass
class Page:
    station: str
    zone: ZoneInfo
    language: Language
    secure: bool
    """By TLS: cookies are for it alone."""
    clock: Clock
    index: Path
    disk: Disk
    entropy: Entropy
    archives: tuple[str, ...]
    sign_in: SignIn
    sessions: Sessions
    board: PanelBoard = field(default_factory=PanelBoard)
    journal: Journal = field(default_factory=Journal)
    press: Callable[[Button], None] | None = None
    """The simulator's panel; a real one has its buttons."""
    wake: Callable[[str], None] = lambda _: None
    """Ends a worker's rest: there is something for it to do now."""
    extensions: "tuple[Extension, ...]" = ()
    ghost_h: float | None = None
    """How long a plate may lie about (0: for ever); None: there is no cassette reader here, and
    the menu has no plates."""

    @property
    def cookie(self) -> str:
        # __Host-: no other name of the same domain can set it (RFC 6265bis 4.1.3.2).
        return "__Host-sapi" if self.secure else "sapi"

    @contextmanager
    def reading(self) -> Generator[Database]:
        """A connection of one request."""
        database = Database(self.index, read_only=True)
        try:
            yield database
        finally:
            database.close()

    @contextmanager
    def writing(self) -> Generator[Database]:
        database = Database(self.index)
        try:
            yield database
        finally:
            database.close()

    def trail(self, actor: str, action: str, uid: str = "", detail: str = "") -> None:
        """On the audit trail. A full disk is no reason to show nothing: it is logged then."""
        try:
            with self.writing() as database, database.transaction() as connection:
                audit.record(connection, self.clock.now(), actor, action, uid, detail)
        except NodeError as error:
            log.warning("not on the trail: %s %s %s: %s", actor, action, uid, error)

    def language_of(self, request: Request) -> Language:
        wanted = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
        return next((one for one in LANGUAGES if one == wanted), self.language)

    def now(self) -> datetime:
        return self.clock.now()


@dataclass(frozen=True)
class Visit:
    """One request of somebody who is signed in."""

    page: Page
    request: Request
    session: Session
    form: Mapping[str, str]
    news: str = ""
    """The board's, ahead of anything that this visit reads of the index: a list that is older is
    asked for again."""

    @property
    def say(self) -> Words:
        return Words(self.page.language_of(self.request))

    def at(self, stamped: str | None) -> str:
        return plain_text.local_time(stamped or "", self.page.zone, self.page.now())

    def html(self, template: str, status: int = 200, **values: Any) -> Response:
        told = {"news": self.news, **values}
        return render(self.page, self.request, template, status, self.session, **told)

    def json(self, value: Any, status: int = 200) -> Response:
        return JSONResponse(plain_text.plain_json(value), status)

    def told(self, sentence: Sentence) -> str:
        return self.say.told(sentence)


def render(
    page: Page,
    request: Request,
    template: str,
    status: int = 200,
    session: Session | None = None,
    news: str = "",
    **values: Any,
) -> Response:
    language = page.language_of(request)
    say = Words(language)
    other = LANGUAGES[1 - LANGUAGES.index(language)]
    text = TEMPLATES.get_template(template).render(
        say=say,
        language=language,
        other_language=other,
        station=page.station,
        session=session,
        news=news,
        has_plates=page.ghost_h is not None,
        path=request.url.path,
        at=partial(plain_text.local_time, zone=page.zone, now=page.now()),
        size=partial(plain_text.size, french=language == "fr"),
        **values,
    )
    response = HTMLResponse(text, status)
    if "lang" in request.query_params:
        response.set_cookie(
            LANGUAGE_COOKIE,
            language,
            max_age=LANGUAGE_COOKIE_S,
            secure=page.secure,
            httponly=True,
            samesite="strict",
        )
    return response
