"""Names that are markup, control characters, turned around, endless: shown as text, and as such."""

import json
import re
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from firmware.events import NotSent
from firmware.web.plain_text import SHOWN_MAX, plain
from hal.errors import Sentence
from hal.panel import PatientShown, Screen
from hal.values import Uid
from tests.web.page_kit import ADMINISTRATOR, PASSWORD, PIN, TECHNICIAN, PageKit

MARKUP = "<img src=x onerror=document.title=1><script>alert(1)</script>"
QUOTES = "\"' autofocus onfocus=alert(1) x='{{ 7*7 }}{% raw %}${7*7}"
TURNED = "EXEMPLE\u202eeronoelÉ\u202c"
CONTROLS = "A\x00B\x1b[31mC\r\nSet-Cookie: x=1\u2028D\u200b"
LONG = "X" * 20_000
HOSTILE = (MARKUP, QUOTES, TURNED, CONTROLS, LONG, "</table></main>", "\ud7ff\U000e0041")
PAGES = ("/", "/studies", "/queue", "/disks", "/log")


def fill(kit: PageKit, hostile: str) -> str:
    """It stands in a name, an accession number, a description, an error, the log, the panel."""
    uid = kit.store(
        entry_says=lambda entry: replace(
            entry,
            name=hostile,
            accession_number=hostile,
            description=hostile,
            patient_id=hostile,
            birth_date=hostile,
        )
    )
    kit.stands(uid, "douai", "held", last_error=hostile)
    kit.page.station = hostile
    sentence = Sentence(hostile, hostile)
    kit.page.journal.hear(NotSent(Uid(uid), "douai", sentence, False), kit.clock.now())
    patient = PatientShown(hostile, hostile, "F", hostile)
    kit.page.board.show(Screen(sentence, heading=sentence, patient=patient, examination=hostile))
    return uid


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_name_is_text_on_every_page(kit: PageKit, hostile: str) -> None:
    uid = fill(kit, hostile)
    client = kit.signed_in(ADMINISTRATOR, PASSWORD)
    for path in (*PAGES, f"/images/{uid}"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "<img" not in answer.text
        assert "<script>alert" not in answer.text
        assert "49" not in re.sub(r"\d\d:49", "", answer.text) or "7*7" not in hostile
        assert not re.search(
            "[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\u2028\u200b]", answer.text
        )
        assert "X" * (SHOWN_MAX + 1) not in answer.text
        assert answer.text.count("</main>") == 1
        assert "set-cookie" not in answer.headers


def test_they_are_text_in_the_panels_stream(kit: PageKit) -> None:
    fill(kit, CONTROLS + MARKUP)
    client = kit.signed_in()
    with client.stream("GET", "/events") as stream:
        data = next(line for line in stream.iter_lines() if line.startswith("data: "))
    state = json.loads(data.removeprefix("data: "))
    assert "\x00" not in state["message"]
    assert "\r" not in state["message"]
    assert "\u2028" not in data


@pytest.mark.peer("chromium")
def test_a_browser_runs_none_of_them(kit: PageKit, browser: Browser) -> None:
    uid = fill(kit, MARKUP)
    context = browser.new_context()
    tab = context.new_page()
    talked: list[str] = []
    tab.on("dialog", lambda dialog: talked.append(dialog.message))
    tab.goto(f"{kit.url}/sign-in")
    tab.fill("#account", TECHNICIAN)
    tab.fill("#secret", PIN)
    tab.keyboard.press("Enter")
    expect(tab.locator("#message")).to_have_text(MARKUP)
    kit.page.board.show(Screen(Sentence(f"2 {MARKUP}", f"2 {MARKUP}")))
    expect(tab.locator("#message")).to_have_text(f"2 {MARKUP}")
    for path in (*PAGES, f"/images/{uid}"):
        tab.goto(f"{kit.url}{path}")
        expect(tab.locator("main")).to_be_visible()
        assert tab.locator("main img, main script:not([src])").count() == 0
        assert tab.title() != "1"
    assert not talked
    context.close()


def test_hostile_questions_find_nothing(kit: PageKit) -> None:
    kit.store()
    client = kit.signed_in()
    for name in (MARKUP, QUOTES, 'x" OR 1=1 --', "* NEAR(", CONTROLS, "%", "^"):
        answer = client.get("/studies", params={"name": name})
        assert answer.status_code == 200
        assert "<img" not in answer.text
        assert "ŒUVRARD" not in answer.text
    for path in ("/images/..%2f..", "/images/1'--", "/images/9.9", f"/images/{'1.' * 40}1"):
        assert client.get(path).status_code == 404
    uid = kit.store()
    for query in ("factor=-1", "factor=x", "factor=1&x=999999&y=999999", "factor=1&x=9999999999"):
        answer = client.get(f"/images/{uid}/pixels?{query}")
        assert answer.status_code == 200
        assert len(answer.content) <= 2 * 1024 * 1024


def test_plain_keeps_what_people_write() -> None:
    for name in ("Éléonore d'Œuvrard-Müller", "山田^太郎", "Łukasz", "ع"):
        assert plain(name) == name
