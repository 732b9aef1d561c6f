"""Debian's chromium by Playwright, with nothing of its own on the network."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

from tests.conftest import debian_program

WAIT_MS = 20_000  # for what takes a tenth of a second: only a failing test waits so long
expect.set_options(timeout=WAIT_MS)
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    program = debian_program("chromium")
    assert program, "chromium is not installed, and CI must have it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(program), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
