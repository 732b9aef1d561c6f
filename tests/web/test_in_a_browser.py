"""The page in a real browser: by keyboard, live, on a tablet; and looked at."""

import socket
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from firmware.events import Committed, NotSent, Stored
from hal.errors import Sentence
from hal.panel import Button, Lamp, PatientShown, Screen
from hal.values import Uid
from sim.films import open_film
from tests.web.conftest import Picture
from tests.web.page_kit import (
    ADMINISTRATOR,
    PASSWORD,
    PIN,
    TECHNICIAN,
    PageKit,
    Samples,
    order,
    urgent,
    wait_until,
)

pytestmark = pytest.mark.peer("chromium")
DESK, TABLET = {"width": 1366, "height": 900}, {"width": 820, "height": 1180}
CONFIRM = Screen(
    message=Sentence(
        "Is this the patient? SCAN scans the film, BACK chooses another order.",
        "Est-ce bien ce patient ? NUMÉRISER lance la numérisation, RETOUR change de demande.",
    ),
    heading=Sentence("Confirm the patient", "Confirmer le patient"),
    patient=PatientShown("EXEMPLE Éléonore", "14/03/1962", "F", "D100042"),
    examination="Mammographie de dépistage (film)",
    place=(1, 3),
    keys=(
        (Button.SCAN, Sentence("scan", "numériser")),
        (Button.NEXT, Sentence("next order", "demande suivante")),
        (Button.BACK, Sentence("choose again", "choisir")),
        (Button.URGENT, Sentence("urgent", "urgence")),
    ),
)


@pytest.fixture(scope="session")
def film() -> Samples:
    """A real digitized film, a quarter of its size on each side."""
    samples = np.asarray(open_film(None, None).samples)
    return np.ascontiguousarray(samples[::4, ::4]).astype(np.uint16)


@pytest.fixture
def day(kit: PageKit, film: Samples) -> PageKit:
    """Three orders and an urgent study, each somewhere else on its way."""
    kit.page.press = kit.pressed.append
    first = order("EXEMPLE^Éléonore", "D100042", "D2026-0117", "Mammographie", laterality="L")
    second = order("MODÈLE^François", "D100043", "D2026-0118", "Thorax de face", sex="M")
    third = order("SPÉCIMEN^Noëlle", "D100044", "D2026-0119", "Poignet gauche")
    done = kit.store(first, film)
    sent = kit.store(first, film[::2, ::2].copy(), number=2)
    held = kit.store(second, film[::2, ::2].copy())
    kit.store(third, film[::2, ::2].copy())
    kit.store(urgent(order("URGENT 24-11 14:03", "U1", "", "Urgence")), film[::2, ::2].copy())
    kit.schedule(first, second, third)
    at = "2026-11-24T10:31:07.000000Z"
    for archive in ("douai", "lille"):
        kit.stands(done, archive, "committed", sent_at=at, committed_at=at)
    kit.stands(sent, "douai", "awaiting", sent_at=at)
    kit.stands(sent, "lille", "sending")
    why = "The archive refused the image (A700, out of resources). Ask its administrator."
    kit.stands(held, "lille", "held", last_error=why, tries=2)
    now = kit.clock.now()
    kit.page.journal.hear(
        Stored(Uid(done), f"instances/{done}.dcm", 10, 10, "ab", 21.4, 0.003), now
    )
    kit.page.journal.hear(NotSent(Uid(held), "lille", Sentence(why, why), False), now)
    kit.page.journal.hear(Committed(Uid(done), "douai"), now)
    return kit


@pytest.fixture
def tab(browser: Browser, day: PageKit) -> Iterator[Page]:
    context = browser.new_context(viewport=DESK, locale="fr-FR")  # type: ignore[arg-type]
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console",
        lambda said: (
            wrong.append(said.text)
            if said.type == "error" and "Failed to load resource" not in said.text
            else None
        ),
    )
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    yield page
    context.close()
    assert not wrong, wrong
    assert all(url.startswith((day.url, "data:", "blob:")) for url in asked), asked


def sign_in_by_keyboard(tab: Page, kit: PageKit, name: str, secret: str) -> None:
    tab.goto(f"{kit.url}/")
    expect(tab.locator("#account")).to_be_focused()
    tab.keyboard.type(name)
    tab.keyboard.press("Tab")
    tab.keyboard.type(secret)
    tab.keyboard.press("Enter")
    expect(tab.locator("#panel")).to_be_visible()


def show_order(kit: PageKit) -> None:
    kit.page.board.show(CONFIRM)
    for lamp, on in ((Lamp.READY, True), (Lamp.NETWORK, True), (Lamp.FAULT, True)):
        kit.page.board.light(lamp, on)


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


def test_the_panel_comes_back_after_the_line_was_cut(tab: Page, day: PageKit) -> None:
    sign_in_by_keyboard(tab, day, TECHNICIAN, PIN)
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
