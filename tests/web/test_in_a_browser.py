"""The page in a real browser: by keyboard, live, on a tablet; and looked at."""

import pytest
from playwright.sync_api import Page, expect

from hal.errors import Sentence
from hal.panel import Button, Screen
from tests.web.conftest import Picture
from tests.web.page_kit import (
    ADMINISTRATOR,
    PASSWORD,
    PIN,
    TECHNICIAN,
    PageKit,
    order,
    wait_until,
)
from tests.web.tabs import CONFIRM, TABLET, show_order, sign_in_by_keyboard

pytestmark = pytest.mark.peer("chromium")


def test_sign_in_by_keyboard_and_out(tab: Page, day: PageKit, picture: Picture) -> None:
    tab.goto(f"{day.url}/studies")
    expect(tab.locator("#account")).to_be_focused()
    picture(tab, "sign-in")
    tab.keyboard.type(TECHNICIAN)
    tab.keyboard.press("Tab")
    tab.keyboard.type("000000")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("alert")).to_contain_text("ne vont pas ensemble")
    expect(tab.locator("#account")).to_be_focused()
    picture(tab, "sign-in-wrong")
    tab.keyboard.type(TECHNICIAN)
    tab.keyboard.press("Tab")
    tab.keyboard.type(PIN)
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", level=1)).to_contain_text("Examens")
    tab.keyboard.press("Tab")
    expect(tab.locator(".skip")).to_be_focused()
    tab.get_by_role("button", name="Se déconnecter").press("Enter")
    expect(tab.locator("#account")).to_be_visible()
    tab.go_back()
    expect(tab.locator("#account")).to_be_visible()
    expect(tab.locator("body")).not_to_contain_text("EXEMPLE")


def test_the_panel_is_live_and_pressed(tab: Page, day: PageKit, picture: Picture) -> None:
    sign_in_by_keyboard(tab, day, TECHNICIAN, PIN)
    show_order(day)
    expect(tab.locator("#message")).to_contain_text("Est-ce bien ce patient ?")
    expect(tab.locator("#name")).to_have_text("EXEMPLE Éléonore")
    expect(tab.locator("#lamp-ready")).to_have_class("lamp lamp-ready lit")
    picture(tab, "panel")
    tab.get_by_role("button", name="NUMÉRISER").click()
    wait_until(lambda: day.pressed == [Button.SCAN], "the press arrives")
    day.page.board.show(
        Screen(
            Sentence("Scanning. Leave the cover closed.", "Numérisation. Laissez le capot fermé."),
            patient=CONFIRM.patient,
            progress=0.4,
        )
    )
    expect(tab.locator("#progress")).to_be_visible()
    picture(tab, "panel-scanning")
    stop = Sentence(
        "STOP. The wristband is MODÈLE François, the order is EXEMPLE Éléonore.",
        "STOP. Le bracelet est celui de MODÈLE François, la demande celle d'EXEMPLE Éléonore.",
    )
    day.page.board.show(Screen(stop, patient=CONFIRM.patient, stops=True))
    expect(tab.locator("#panel.stops")).to_be_visible()
    picture(tab, "panel-stop")


def test_the_films_window_changes_on_the_canvas(tab: Page, day: PageKit, picture: Picture) -> None:
    sign_in_by_keyboard(tab, day, TECHNICIAN, PIN)
    tab.goto(f"{day.url}/images/2.25.1000")
    canvas = tab.locator("#canvas[data-ready]")
    expect(canvas).to_be_visible()
    expect(tab.locator(".banner .side")).to_have_text("Gauche (L)")
    picture(tab, "image")
    before = canvas.screenshot()
    box = canvas.bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    width = tab.locator("#width").inner_text()
    tab.mouse.move(*middle)
    tab.mouse.down()
    tab.mouse.move(middle[0] - 200, middle[1] - 60, steps=4)
    tab.mouse.up()
    assert tab.locator("#width").inner_text() != width
    windowed = canvas.screenshot()
    assert windowed != before
    canvas.focus()
    for key in ("r", "f", "+", "+"):
        tab.keyboard.press(key)
    expect(tab.locator("#flipped")).to_be_visible()
    expect(tab.locator("#turned")).to_contain_text("90°")
    picture(tab, "image-turned")
    tab.keyboard.press("0")
    expect(tab.locator("#flipped")).to_be_hidden()
    expect(tab.locator("#width")).to_have_text(width)
    tab.get_by_role("button", name="Ce film").click()
    picture(tab, "image-window")
    for _ in range(9):
        tab.keyboard.press("+")
        canvas.press("+")
    picture(tab, "image-close")


def test_studies_queue_disks_and_log(tab: Page, day: PageKit, picture: Picture) -> None:
    sign_in_by_keyboard(tab, day, ADMINISTRATOR, PASSWORD)
    tab.goto(f"{day.url}/studies")
    row = tab.get_by_role("row").filter(has_text="MODÈLE François")
    expect(row).to_contain_text("retenu")
    expect(row).to_contain_text("non connu")
    picture(tab, "studies")
    tab.locator("#name").fill("specim")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("row")).to_have_count(2)
    tab.goto(f"{day.url}/queue")
    picture(tab, "queue")
    tab.get_by_role("button", name="Libérer MODÈLE François").click()
    expect(tab.get_by_role("status").filter(has_text="Libérées : 1")).to_be_visible()
    assert "held" not in day.states("2.25.1002")
    for path in ("disks", "log"):
        tab.goto(f"{day.url}/{path}")
        expect(tab.locator("h1")).to_have_text({"disks": "Disques", "log": "Journal"}[path])
        picture(tab, path)
    expect(tab.locator("body")).to_contain_text("NotSent")


def test_lists_are_fresh_without_a_touch(tab: Page, day: PageKit) -> None:
    sign_in_by_keyboard(tab, day, TECHNICIAN, PIN)
    tab.goto(f"{day.url}/studies")
    expect(tab.locator("body")).not_to_contain_text("NOUVEAU")
    day.store(order("NOUVEAU^Film", "D9", "D2026-0999", "Thorax"))
    day.page.board.tell_news()
    expect(tab.get_by_role("table")).to_contain_text("NOUVEAU Film")


def test_on_a_tablet_every_target_is_large_enough(
    tab: Page, day: PageKit, picture: Picture
) -> None:
    tab.set_viewport_size(TABLET)  # type: ignore[arg-type]
    sign_in_by_keyboard(tab, day, ADMINISTRATOR, PASSWORD)
    show_order(day)
    for path in ("", "images/2.25.1000", "studies", "queue", "disks", "log"):
        tab.goto(f"{day.url}/{path}")
        if path.startswith("images"):
            expect(tab.locator("#canvas[data-ready]")).to_be_visible()
        picture(tab, f"tablet-{path.split('/')[0] or 'panel'}")
        assert tab.evaluate("document.documentElement.scrollWidth") <= TABLET["width"], path
        small = tab.evaluate(
            """() => [...document.querySelectorAll("a, button, input")]
              .filter((one) => one.checkVisibility())
              .filter((one) => !one.matches(".skip, td a:not(.thumb), th a"))
              .filter((one) => one.getBoundingClientRect().height < 44)
              .map((one) => one.outerHTML)"""
        )
        assert small == [], path


def test_in_english(tab: Page, day: PageKit, picture: Picture) -> None:
    sign_in_by_keyboard(tab, day, TECHNICIAN, PIN)
    tab.get_by_role("link", name="English").click()
    expect(tab.get_by_role("link", name="Studies").first).to_be_visible()
    show_order(day)
    expect(tab.locator("#message")).to_contain_text("Is this the patient?")
    picture(tab, "panel-english")
