"""An urgent study to its order, by name: asked for once confirmed, and never by a guess."""

import re

import pytest
from playwright.sync_api import Browser, expect

from firmware.provisional import NAME
from firmware.web.plain_text import family, person
from firmware.web.reconciliation_page import key_of, same_name
from hal.values import Order
from tests.web.conftest import Picture
from tests.web.page_kit import PIN, TECHNICIAN, PageKit, order, session_token, urgent

ORDERS = (
    order("MODÈLE^François", "D100043", "D2026-0118", "Thorax de face", sex="M"),
    order("ŒUVRÉ-LE ROY^Noëlle", "D100044", "D2026-0119", "Poignet gauche"),
)


@pytest.fixture
def study(kit: PageKit) -> str:
    kit.schedule(*ORDERS)
    one = urgent(order(NAME, "URG20261124A1B2C3", "77", "Urgence", birth_date="", sex=""))
    kit.store(one)
    return str(one.study_instance_uid)


def seen_on(page: str) -> str:
    """What the form says of the images that it was shown with."""
    found = re.search(r'name="seen" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


def asked(kit: PageKit) -> list[tuple[str, str]]:
    with kit.page.reading() as database:
        rows = database.rows("SELECT study, asked_by FROM reconciliation")
    return [(row["study"], row["asked_by"]) for row in rows]


def test_it_is_asked_for_once_the_name_was_typed(kit: PageKit, study: str) -> None:
    woken: list[str] = []
    kit.page.wake = woken.append
    client = kit.signed_in()
    assert "INCONNU URGENCE" in client.get("/reconciliation").text
    key = key_of(ORDERS[1])
    page = client.get(f"/reconciliation/{study}", params={"order": key}).text
    assert "URG20261124A1B2C3" in page, "both identities"
    assert "D100044" in page
    form = {"token": session_token(client), "order": key, "typed": "modele"}
    form["seen"] = seen_on(page)
    wrong = client.post(f"/reconciliation/{study}", data=form)
    assert wrong.status_code == 409
    assert "Le nom saisi" in wrong.text
    assert asked(kit) == []
    form["typed"] = "oeuvre le roy"
    assert client.post(f"/reconciliation/{study}", data=form).status_code == 303
    assert asked(kit) == [(study, f"web:{TECHNICIAN}")]
    assert woken == ["reconciliation"]
    assert (f"web:{TECHNICIAN}", "reconciliation asked", study) in kit.trail()
    again = client.post(f"/reconciliation/{study}", data=form)
    assert again.status_code == 409
    assert len(asked(kit)) == 1


def test_an_order_that_changed_meanwhile_is_not_taken(kit: PageKit, study: str) -> None:
    client = kit.signed_in()
    form = {"token": session_token(client), "order": key_of(ORDERS[1]), "typed": "œuvré-le roy"}
    kit.schedule(ORDERS[0])
    answer = client.post(f"/reconciliation/{study}", data=form)
    assert answer.status_code == 409
    assert "a changé" in answer.text
    assert asked(kit) == []


def test_an_image_that_came_meanwhile_is_looked_at_first(kit: PageKit, study: str) -> None:
    client, key = kit.signed_in(), key_of(ORDERS[1])
    page = client.get(f"/reconciliation/{study}", params={"order": key}).text
    form = {"token": session_token(client), "order": key, "typed": "oeuvre le roy"}
    kit.store(urgent(order(NAME, "URG20261124A1B2C3", "77", "Urgence", birth_date="", sex="")))
    answer = client.post(f"/reconciliation/{study}", data=form | {"seen": seen_on(page)})
    assert answer.status_code == 409
    assert "depuis son affichage" in answer.text
    assert asked(kit) == []
    again = client.post(f"/reconciliation/{study}", data=form | {"seen": seen_on(answer.text)})
    assert again.status_code == 303
    assert len(asked(kit)) == 1


def test_without_the_token_or_a_session_nothing_is_asked(kit: PageKit, study: str) -> None:
    form = {"order": key_of(ORDERS[0]), "typed": "modele"}
    assert kit.signed_in().post(f"/reconciliation/{study}", data=form).status_code == 403
    with kit.client() as client:
        assert client.post(f"/reconciliation/{study}", data=form).status_code == 303
    assert asked(kit) == []


def test_a_study_under_the_wrong_patient_is_marked(kit: PageKit) -> None:
    kit.schedule(*ORDERS)
    wrong: Order = order("EXEMPLE^Éléonore", "D100042", "D2026-0117", "Mammographie")
    kit.store(wrong)
    uid = wrong.study_instance_uid
    client = kit.signed_in()
    assert "Éléonore" not in client.get("/reconciliation").text
    token = session_token(client)
    assert client.post(f"/reconciliation/{uid}/wrong", data={"token": token}).status_code == 303
    assert "EXEMPLE Éléonore" in client.get("/reconciliation").text
    assert (f"web:{TECHNICIAN}", "marked as wrong", uid) in kit.trail()


@pytest.mark.parametrize("uid", ["9.9", "x", "1" * 65, "1'"])
def test_no_such_study(kit: PageKit, uid: str) -> None:
    assert kit.signed_in().get(f"/reconciliation/{uid}").status_code == 404


def test_names_as_people_type_them() -> None:
    assert same_name("  Lefevre ", "LEFÈVRE")
    assert same_name("d'hiver", "D’HIVER")
    assert not same_name("", "LEFÈVRE")
    assert not same_name("", "")
    assert not same_name("LEFEVR", "LEFÈVRE")


def test_what_is_typed_of_a_name_in_several_groups_or_without_a_family_name() -> None:
    assert family("LEFÈVRE^Éléonore") == "LEFÈVRE"
    assert family("YAMADA=山田^太郎") == "YAMADA"
    assert family("=山田^太郎") == "山田"
    assert family("^Awa") == "Awa"
    assert person("=山田^太郎") == "山田 太郎"


@pytest.mark.peer("chromium")
def test_in_a_browser_side_by_side(
    kit: PageKit, study: str, browser: Browser, picture: Picture
) -> None:
    context = browser.new_context(viewport={"width": 1180, "height": 820})
    tab = context.new_page()
    tab.goto(f"{kit.url}/reconciliation")
    tab.fill("#account", TECHNICIAN)
    tab.fill("#secret", PIN)
    tab.keyboard.press("Enter")
    picture(tab, "reconciliation")
    tab.get_by_role("link", name="Trouver la demande").click()
    tab.get_by_role("link", name="Choisir MODÈLE François").click()
    expect(tab.locator(".differs")).to_have_count(5)
    picture(tab, "reconciliation-compare")
    tab.fill("#typed", "Modele")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("status").filter(has_text="Demandé")).to_be_visible()
    assert asked(kit) == [(study, f"web:{TECHNICIAN}")]
    context.close()
