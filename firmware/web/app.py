"""The page as one application: every way in, in one table."""

from collections.abc import Iterable
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from firmware.web import (
    panel_page,
    plates_page,
    queue_page,
    reconciliation_page,
    sign_in_page,
    state_page,
    studies_page,
)
from firmware.web.doors import door, session_of, to_sign_in, told
from firmware.web.guard import Guard
from firmware.web.image_page import ImagePages
from firmware.web.page import Page
from firmware.web.sign_in_page import SignInPage
from firmware.web.way import Way

STATIC = Path(__file__).parent / "static"
PUBLIC = ("/sign-in", "/static")
"""All else needs a session; tests/web/test_nobody_gets_in.py walks the table."""


def ways() -> Iterable[Way]:
    images = ImagePages()
    return (
        Way("/", panel_page.show),
        Way("/panel/press", panel_page.press, "POST"),
        Way("/images/last", images.last),
        Way("/images/{uid}", images.show),
        Way("/images/{uid}/pixels", images.part),
        Way("/images/{uid}/lut", images.lut),
        Way("/studies", studies_page.show),
        Way("/queue", queue_page.show),
        Way("/queue", queue_page.act, "POST", administrator=True),
        Way("/reconciliation", reconciliation_page.show),
        Way("/reconciliation/{uid}", reconciliation_page.study),
        Way("/reconciliation/{uid}", reconciliation_page.reconcile, "POST"),
        Way("/reconciliation/{uid}/wrong", reconciliation_page.mark, "POST"),
        Way("/plates", plates_page.show),
        Way("/disks", state_page.disks),
        Way("/log", state_page.log),
        Way("/sign-out", sign_in_page.sign_out, "POST"),
    )


def application(page: Page, hosts: frozenset[str]) -> ASGIApp:
    sign_in = SignInPage(page)
    routes: list[BaseRoute] = [
        Route("/sign-in", sign_in.show, methods=["GET"]),
        Route("/sign-in", sign_in.take, methods=["POST"]),
        Route("/events", panel_page.events(page)),
        *(
            Route(
                way.path,
                door(page, way.handler, administrator=way.administrator),
                methods=[way.method],
            )
            for way in (*ways(), *(way for one in page.extensions for way in one.ways))
        ),
        *(
            Mount(f"/static/{one.name}", StaticFiles(directory=one.static))
            for one in page.extensions
        ),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]

    async def not_there(request: Request, error: Exception) -> Response:
        """The same for whoever is not signed in, whatever is asked for."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        session = session_of(page, request)
        if session is None and not request.url.path.startswith("/static/"):
            return to_sign_in(request)
        key = "not_found" if status < 500 else "failed"
        return told(page, request, key, status, session)

    made = Starlette(
        routes=routes, exception_handlers={404: not_there, 405: not_there, 500: not_there}
    )
    return Guard(made, hosts, "https" if page.secure else "http")
