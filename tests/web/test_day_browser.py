"""The days of tests/web/days.py in a real browser: the page's buttons and the drawer's, alone.

The archive, the index and the films are looked at behind its back.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from firmware.index.outbox import BACKOFF_LAST_S
from firmware.panel_workflow import spoken_name
from hal.clock import Clock
from hal.panel import Button, Lamp, Panel
from hal.values import Order
from sim.drawer_faults import Fault
from sim.panel_device import SimulatedPanel
from tests.peers import wait_until
from tests.web.day_kit import ARCHIVE, Day
from tests.web.day_steps import WAIT_S
from tests.web.days import SCENARIOS, play
from tests.web.page_kit import ADMINISTRATOR, PASSWORD

pytestmark = pytest.mark.peer("chromium")
DESK = {"width": 1366, "height": 960}
WAIT_MS = WAIT_S * 1000


def _panel(_: Clock, __: ExitStack) -> Panel:
    return SimulatedPanel()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/sign-in").is_success
    except httpx.TransportError:
        return False


class BrowserHands:
    def __init__(self, day: Day, tab: Page, pictures: Path) -> None:
        self.day, self.tab = day, tab
        self._pictures = pictures

    def sign_in(self) -> None:
        wait_until(lambda: _answers(self.day.url), "the page is served")
        self.tab.goto(self.day.url)
        self.tab.locator("#account").fill(ADMINISTRATOR)
        self.tab.locator("#secret").fill(PASSWORD)
        self.tab.locator("#secret").press("Enter")
        expect(self.tab.locator("#drawer")).to_be_visible(timeout=WAIT_MS)

    def press(self, button: Button) -> None:
        """By keyboard."""
        self.tab.locator(f"[data-button={button.value}]").press("Enter")

    def read_code(self, code: str) -> None:
        self.tab.locator("#drawer-number").fill(code)
        self.tab.locator("#drawer-number").press("Enter")

    def turn(self, fault: Fault, on: bool) -> None:
        switch = self.tab.locator(f"#switch-{fault.value}")
        expect(switch).to_have_attribute("aria-checked", "false" if on else "true")
        switch.press("Space")
        expect(switch).to_have_attribute("aria-checked", "true" if on else "false", timeout=WAIT_MS)

    def lay(self, order: Order) -> None:
        before = self.tab.locator("#drawer-laid").inner_text()
        self.tab.locator("#drawer-order").select_option(order.accession_number)
        self.tab.locator("#drawer-film [type=submit]").press("Enter")
        expect(self.tab.locator("#drawer-laid")).not_to_have_text(before, timeout=WAIT_MS)

    def lift(self) -> None:
        self.tab.locator("#drawer-lift").press("Enter")
        expect(self.tab.locator("#drawer-laid")).to_have_text("rien", timeout=WAIT_MS)

    def put_in(self, order: Order) -> None:
        self.tab.locator("#drawer-plate").select_option(order.accession_number)
        self.tab.locator("#drawer-cassette [type=submit]").press("Enter")
        said = spoken_name(order.patient.name)
        expect(self.tab.locator("#drawer-held")).to_contain_text(said, timeout=WAIT_MS)

    def sees(self, text: str) -> None:
        expect(self.tab.locator("#message")).to_contain_text(text, timeout=WAIT_MS)

    def lamp_is(self, lamp: Lamp, on: bool) -> bool:
        classes = self.tab.locator(f"#lamp-{lamp.value}").get_attribute("class") or ""
        return ("lit" in classes.split()) is on

    def hurry(self) -> None:
        self.tab.goto(f"{self.day.url}/queue")
        self.picture("queue-waiting")
        self.tab.locator("form:has([value=retry]) button").first.click()
        expect(self.tab.locator(".note")).to_be_visible()
        self.day.clock.sleep(BACKOFF_LAST_S)
        self.day.node.wake(f"forwarder {ARCHIVE}")
        self.tab.goto(self.day.url)

    def reconcile(self, order: Order) -> None:
        name = spoken_name(order.patient.name)
        self.tab.goto(f"{self.day.url}/reconciliation")
        self.picture("reconciliation")
        self.tab.locator("main a[href^='/reconciliation/']").click()
        self.tab.get_by_role("link", name=name).click()
        self.picture("reconciliation-sides")
        self.tab.locator("#typed").fill(order.patient.name.split("^")[0])
        self.tab.locator("#typed").press("Enter")
        expect(self.tab.get_by_role("status").first).to_contain_text(name, timeout=WAIT_MS)
        self.picture("reconciled")
        self.tab.goto(self.day.url)

    def picture(self, name: str) -> None:
        self.tab.screenshot(path=self._pictures / f"day-{name}.png", full_page=True)


@pytest.fixture
def hands(browser: Browser, tmp_path: Path, pictures: Path) -> Iterator[BrowserHands]:
    day = Day(tmp_path, _panel)
    context = browser.new_context(viewport=DESK, locale="fr-FR")  # type: ignore[arg-type]
    try:
        made = BrowserHands(day, context.new_page(), pictures)
        wrong: list[str] = []
        made.tab.on("pageerror", lambda error: wrong.append(str(error)))
        made.sign_in()
        yield made
        assert not wrong, wrong
    finally:
        context.close()
        day.close()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_day(hands: BrowserHands, scenario: str) -> None:
    play(scenario, hands)
