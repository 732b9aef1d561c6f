"""What tests in a browser share: a screen to look at, and a person who signs in by keyboard."""

from playwright.sync_api import Page, expect

from hal.errors import Sentence
from hal.panel import Button, Lamp, PatientShown, Screen
from tests.web.page_kit import PageKit

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
