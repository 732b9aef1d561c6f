"""The panel as it is at this moment, and the presses of the simulated one."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from firmware.web.board import LISTENERS_MAX, Shown, TooManyListeners
from firmware.web.doors import session_of, to_sign_in
from firmware.web.page import Page, Visit
from firmware.web.plain_text import plain_json
from firmware.web.sentences import Words
from hal.panel import Button, Lamp

BEAT_S = 3.0
"""The page takes a line for lost that has been silent for more than two of them (live.js)."""
CALM_S = 0.1  # at most so many changes a second are sent: rows arrive hundreds a film
RETRY_MS = 2000
EVENTS = "text/event-stream"
SIGNED_OUT = "event: signed-out\ndata: {}\n\n"


def show(visit: Visit) -> Response:
    state = panel_state(visit.page.board.shown, visit.news, visit.say)
    beside = [one.beside_panel(visit) for one in visit.page.extensions]
    return visit.html("panel.html", panel=state, can_press=_press(visit), beside=beside)


def press(visit: Visit) -> Response:
    """Only where the panel is simulated; a real one is pressed in the room."""
    press = visit.page.press
    names = {button.value: button for button in Button}
    button = names.get(visit.form.get("button", ""))
    if press is None or button is None:
        return visit.json({"told": visit.say.only_shown}, 404)
    press(button)
    return visit.json({})


def _press(visit: Visit) -> bool:
    return visit.page.press is not None


def panel_state(shown: Shown, news: str, say: Words) -> dict[str, Any]:
    """What the template and the script show of it, in one language."""
    screen = shown.screen
    keys = {button: say.told(sentence) for button, sentence in screen.keys}
    patient = screen.patient
    return {
        "heading": say.told(screen.heading) if screen.heading else "",
        "message": say.told(screen.message),
        "patient": patient
        and {
            "name": patient.name,
            "birth_date": patient.birth_date,
            "sex": patient.sex,
            "patient_id": patient.patient_id,
        },
        "examination": screen.examination,
        "place": f"{screen.place[0]} / {screen.place[1]}" if screen.place else "",
        "progress": None if screen.progress is None else round(screen.progress, 3),
        "stops": screen.stops,
        "keys": {button.value: keys.get(button, "") for button in Button},
        "lamps": {lamp.value: shown.lamps.get(lamp, False) for lamp in Lamp},
        "news": news,
    }


def events(page: Page) -> Any:
    """Server-sent events: the newest state at once, and whenever it changes."""

    async def endpoint(request: Request) -> Response:
        if session_of(page, request, touch=False) is None:
            if EVENTS not in request.headers.get("accept", ""):
                return to_sign_in(request)
            # A status would be any error to an EventSource, which would call again for ever.
            return StreamingResponse(iter((SIGNED_OUT,)), media_type=EVENTS)
        bell, loop = asyncio.Event(), asyncio.get_running_loop()

        def ring() -> None:
            with suppress(RuntimeError):  # the loop has ended: the panel must not hear of that
                loop.call_soon_threadsafe(bell.set)

        try:
            page.board.listen(ring)
        except TooManyListeners:
            said = {"told": f"more than {LISTENERS_MAX} pages look on"}
            return JSONResponse(said, 503, {"Retry-After": "10"})
        stream = _stream(page, request, bell)
        return Listening(stream, lambda: page.board.leave(ring))

    return endpoint


class Listening(StreamingResponse):
    """Leaves the board however it ends, also when it never began."""

    def __init__(self, stream: AsyncIterator[str], leave: Any) -> None:
        super().__init__(stream, media_type=EVENTS)
        self._leave = leave

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()


async def _stream(page: Page, request: Request, bell: asyncio.Event) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    seen = request.headers.get("last-event-id", "")
    say = Words(page.language_of(request))
    while not page.board.closing and session_of(page, request, touch=False) is not None:
        bell.clear()  # before the look: what changes meanwhile rings again
        shown = page.board.shown
        event_id = f"{page.board.boot}-{shown.version}"
        if event_id != seen:
            seen = event_id
            state = panel_state(shown, page.board.news, say)
            data = json.dumps(plain_json(state), ensure_ascii=False)
            yield f"id: {event_id}\nevent: panel\ndata: {data}\n\n"
        else:
            yield "event: beat\ndata: {}\n\n"
        await asyncio.sleep(CALM_S)
        try:
            await asyncio.wait_for(bell.wait(), BEAT_S)
        except TimeoutError:
            continue
    if not page.board.closing:
        yield SIGNED_OUT
