"""The page's line to its node: lost, silent, ended; and lists that are never older than it."""

import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from firmware.web.board import PanelBoard
from firmware.web.sessions import Sessions
from tests.peers import wait_until
from tests.web.page_kit import PIN, TECHNICIAN, PageKit
from tests.web.tabs import CONFIRM, show_order, sign_in_by_keyboard

pytestmark = pytest.mark.peer("chromium")
SOON_MS = 15_000


def test_the_panel_comes_back_after_the_line_was_cut(tab: Page, day: PageKit) -> None:
    sign_in_by_keyboard(tab, day, TECHNICIAN, PIN)
    wait_until(lambda: day.page.board.listeners == 1, "the page listens")
    assert day.server is not None
    day.server.close()
    expect(tab.locator("#line")).to_be_visible(timeout=15_000)
    day.page.board.closing = False
    day.start()
    day.page.board.show(CONFIRM)
    expect(tab.locator("#name")).to_have_text("EXEMPLE Éléonore", timeout=15_000)
    expect(tab.locator("#line")).to_be_hidden()


def test_a_line_that_falls_silent_is_told_and_called_again(tab: Page, day: PageKit) -> None:
    """Nobody ends it: a node without power, a call that was taken and is never answered."""
    sign_in_by_keyboard(tab, day, TECHNICIAN, PIN)
    wait_until(lambda: day.page.board.listeners == 1, "the page listens")
    assert day.server is not None
    day.server.close()
    with socket.create_server(("127.0.0.1", day.port)) as mute:
        mute.settimeout(15)
        held, _ = mute.accept()
    with held:
        expect(tab.locator("#line")).to_be_visible(timeout=15_000)
        day.page.board.closing = False
        day.start()
        day.page.board.show(CONFIRM)
        expect(tab.locator("#name")).to_have_text("EXEMPLE Éléonore", timeout=30_000)
        expect(tab.locator("#line")).to_be_hidden()


def test_after_a_restart_of_the_node_everybody_signs_in_again(tab: Page, day: PageKit) -> None:
    """Sessions end with a process: else the page shows a patient, and calls again for ever."""
    sign_in_by_keyboard(tab, day, TECHNICIAN, PIN)
    show_order(day)
    expect(tab.locator("#name")).to_have_text("EXEMPLE Éléonore")
    assert day.server is not None
    day.server.close()
    day.page.board = PanelBoard()
    day.page.sessions = Sessions(day.clock.monotonic_s, 1800, 12 * 3600)
    day.start()
    expect(tab.locator("#account")).to_be_visible(timeout=SOON_MS)
    expect(tab.locator("body")).not_to_contain_text("EXEMPLE")


def release(day: PageKit) -> None:
    (held,) = day.rows("SELECT instance FROM outbox WHERE state = 'held'")
    day.stands(held["instance"], "lille", "queued", last_error="")
    day.page.board.tell_news()


def test_what_happens_before_the_line_is_open_is_on_the_list_all_the_same(
    tab: Page, day: PageKit
) -> None:
    sign_in_by_keyboard(tab, day, TECHNICIAN, PIN)
    releases: Iterator[None] = iter(release(day) for _ in range(1))

    def first_release_it(route: Route) -> None:
        next(releases, None)
        route.continue_()

    tab.route("**/events", first_release_it)
    tab.goto(f"{day.url}/queue")
    expect(tab.locator("#fresh")).not_to_contain_text("A700", timeout=SOON_MS)


def test_a_list_that_is_in_use_is_made_new_afterwards(tab: Page, day: PageKit) -> None:
    sign_in_by_keyboard(tab, day, TECHNICIAN, PIN)
    tab.goto(f"{day.url}/queue")
    expect(tab.locator("#fresh")).to_contain_text("A700")
    tab.locator("#fresh").evaluate(
        "list => list.append(Object.assign(document.createElement('button'), { id: 'mine' }))"
    )
    tab.locator("#mine").focus()
    release(day)
    tab.wait_for_timeout(3000)  # three times as long as a list waits to be made new
    expect(tab.locator("#mine")).to_be_focused()
    tab.locator("#mine").blur()
    expect(tab.locator("#fresh")).not_to_contain_text("A700", timeout=SOON_MS)


HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_page_that_nobody_sees_takes_no_line(tab: Page, day: PageKit) -> None:
    """A browser has six to one host: a seventh tab would never load."""
    sign_in_by_keyboard(tab, day, TECHNICIAN, PIN)
    wait_until(lambda: day.page.board.listeners == 1, "the page listens")
    tab.evaluate(HIDE, True)
    wait_until(lambda: day.page.board.listeners == 0, "it has hung up")
    show_order(day)
    tab.evaluate(HIDE, False)
    expect(tab.locator("#name")).to_have_text("EXEMPLE Éléonore", timeout=SOON_MS)
