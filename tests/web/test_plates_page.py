"""The plates' page: what needs care first, plots, both languages, no patient; and looked at."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from firmware.index import audit
from firmware.index.database import stamp
from firmware.index.order_json import to_json
from firmware.index.plate_reads import PLATE_OBJECT, STOPPED
from firmware.plate_moves import ReadState
from firmware.web.plates_plots import Point, deviation_plot, index_plot
from tests.web.conftest import Picture
from tests.web.page_kit import PIN, TECHNICIAN, PageKit, order

TARGET = 400.0
REFRESHED_MS = 1800  # live.js asks a second after the news
PATIENT = order("EXEMPLE^Éléonore", "D100042", "D2026-0117", "Thorax")
AT = datetime(2026, 11, 1, tzinfo=UTC)


def add_reading(
    kit: PageKit,
    plate: str,
    hours_ago: float,
    index: float | None = TARGET,
    state: ReadState = ReadState.ERASED,
    is_rejected: bool = False,
    size: tuple[int, int] = (350, 430),
) -> None:
    uid = kit.store() if is_rejected else ""  # its row must be there to be rejected
    at = stamp(kit.clock.now() - timedelta(hours=hours_ago))
    with kit.page.writing() as database, database.transaction() as connection:
        ((number,),) = connection.execute("SELECT count(*) + 1 FROM plate_read").fetchall()
        is_stored = state in (ReadState.STORED, ReadState.ERASED)
        deviation = None if index is None else 10 * float(np.log10(index / TARGET))
        columns = {
            "read": number,
            "state": state.value,
            "plate_id": plate,
            "plate_type": "STANDARD",
            "width_mm": size[0],
            "height_mm": size[1],
            "exposures": number,
            "is_erased": 1,
            "is_id_read": 1,
            "pitch_um": 100,
            "gain_thousandths": 1000,
            "order_json": to_json(PATIENT),
            "study_instance_uid": "1.2.3",
            "series_instance_uid": "1.2.3.4",
            "sop_instance_uid": uid or f"1.2.3.4.{number}",
            "series_number": 1,
            "instance_number": number,
            "begun_at": at,
            "number": round(-3600 * hours_ago),
            "exposure_index": index,
            "target_index": TARGET,
            "deviation_index": deviation,
            "stored_at": at if is_stored else None,
            "erased_at": at if state is ReadState.ERASED else None,
        }
        marks = ", ".join("?" * len(columns))
        connection.execute(
            f"INSERT INTO plate_read ({', '.join(columns)}) VALUES ({marks})",
            tuple(columns.values()),
        )
        if is_rejected:
            connection.execute(
                "INSERT INTO looked_at (instance, examination, verdict, at)"
                " VALUES (?, 1, 'rejected', ?)",
                (uid, at),
            )


def stopped(kit: PageKit, plate: str, why: str) -> None:
    with kit.page.writing() as database, database.transaction() as connection:
        now = kit.clock.now()
        audit.record(connection, now, "cassette reader", STOPPED, f"{PLATE_OBJECT}{plate}", why)


@pytest.fixture
def room(kit: PageKit) -> PageKit:
    """Six plates of a film room, each in another state."""
    kit.page.ghost_h = 24.0
    with kit.page.writing() as database, database.transaction() as connection:
        connection.execute(
            "INSERT INTO examination (id, study_instance_uid, order_json, device, opened_at)"
            " VALUES (1, '1.2', '{}', 'cassette-reader', '2026-11-01T08:00:00.000000Z')"
        )
    chance = np.random.default_rng(3)
    for n in range(40):
        index = TARGET * 10 ** (chance.normal(0, 0.08))
        add_reading(kit, "P-00012", 2 + 11 * (39 - n), index, is_rejected=n in (7, 22))
    for n in range(24):
        index = TARGET * 10 ** (chance.normal(0.36 * (n > 11), 0.07))
        add_reading(kit, "P-00017", 5 + 17 * (23 - n), index, is_rejected=n % 6 == 5)
    for n in range(6):
        add_reading(kit, "P-00021", 40 + 30 * (5 - n), 380.0, size=(240, 300))
    for n in range(12):
        add_reading(kit, "P-00050", 6 + 9 * n, 420.0 + 30 * (n % 3), is_rejected=n % 5 == 1)
    add_reading(kit, "P-00033", 3, 410.0, state=ReadState.STORED)
    stopped(kit, "P-00040", "read twice")
    return kit


def test_the_order_is_that_of_care_and_no_patient_is_on_it(room: PageKit) -> None:
    text = room.signed_in().get("/plates").text
    places = [
        text.index(f"<bdi>{plate}</bdi>")
        for plate in ("P-00033", "P-00040", "P-00017", "P-00021", "P-00050", "P-00012")
    ]
    assert places == sorted(places)
    for word in ("EXEMPLE", "Éléonore", "D100042", "D2026-0117", "1.2.3"):
        assert word not in text
    for said in ("rien n'indique ici", "présentée deux", "image fantôme", "17 % de ses images"):
        assert said.replace("'", "&#39;") in text
    assert text.count("<svg viewBox") == 2 * 4, "of one reading there is nothing to draw"


def test_in_english_and_by_its_address_alone(room: PageKit) -> None:
    text = room.signed_in().get("/plates?lang=en").text
    for said in ("See to it now", "Before it is used", "Keep an eye on it", "In good order"):
        assert said in text
    assert "last 2 h ago" in text


def test_nothing_was_read(kit: PageKit) -> None:
    assert "Aucune plaque" in kit.signed_in().get("/plates").text


def test_the_menu_has_it_where_there_is_a_reader(kit: PageKit) -> None:
    client = kit.signed_in()
    assert 'href="/plates"' not in client.get("/").text
    kit.page.ghost_h = 0.0
    assert 'href="/plates"' in client.get("/").text


def test_a_reading_without_an_index_is_in_the_list_and_on_no_plot(kit: PageKit) -> None:
    add_reading(kit, "<b>P-9", 1, None)
    text = kit.signed_in().get("/plates").text
    assert "stockée et effacée" in text
    assert "<svg viewBox" not in text
    assert "&lt;b&gt;P-9" in text
    assert "<b>P-9" not in text


def points(*values: float) -> list[Point]:
    return [Point(AT + timedelta(days=n), value, False) for n, value in enumerate(values)]


def test_plots_go_up_with_the_exposure_and_right_with_time() -> None:
    plot = index_plot(points(100.0, 200.0, 400.0), 200.0)
    assert plot is not None
    (x0, y0), (x1, y1), (x2, y2) = [(mark.x, mark.y) for mark in plot.marks]
    assert x0 < x1 < x2
    assert y0 - y1 == pytest.approx(y1 - y2), "twice is as far everywhere"
    assert y1 == pytest.approx(next(line.y for line in plot.lines if line.is_target))
    assert all(0 < mark.y < plot.bottom for mark in plot.marks)
    deviations = deviation_plot(points(-20.0, 0.0, 20.0))
    assert deviations is not None
    low, middle, high = (mark.y for mark in deviations.marks)
    assert low - middle == pytest.approx(middle - high), "what is further off lies on the edge"


def test_one_reading_is_not_drawn_and_equal_ones_are() -> None:
    assert index_plot(points(400.0), None) is None
    assert deviation_plot([]) is None
    for plot in (index_plot(points(400.0, 400.0), None), index_plot(points(5.0, 5.0), 5.0)):
        assert plot is not None
        assert plot.lines
        assert all(plot.left < mark.x < plot.right for mark in plot.marks)


def test_the_scale_has_a_few_round_figures_however_wide_it_is() -> None:
    for values in ((1.0, 10_000.0), (380.0, 380.0), (90.0, 130.0), (99.0, 5000.0)):
        plot = index_plot(points(*values), None)
        assert plot is not None
        labels = [line.label for line in plot.lines if line.label]
        assert 2 <= len(labels) <= 5, values


def open_plates(browser: Browser, kit: PageKit, width: int, height: int) -> Page:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(f"{kit.url}/plates")
    page.get_by_label("Nom").fill(TECHNICIAN)
    page.get_by_label("Code ou mot de passe").fill(PIN)
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Plaques")
    return page


@pytest.mark.peer("chromium")
@pytest.mark.parametrize(
    ("name", "width", "height"), [("plates", 1366, 900), ("plates-tablet", 820, 1180)]
)
def test_it_is_read_and_opened_by_the_keyboard_alone(
    browser: Browser, room: PageKit, picture: Picture, name: str, width: int, height: int
) -> None:
    page = open_plates(browser, room, width, height)
    try:
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(overflow) <= 0
        plots = page.get_by_role("img")
        expect(plots).to_have_count(8)
        expect(plots.first).to_have_accessible_name(
            "Indice d'exposition de la plaque P-00017, 24 "
            "lectures ; la liste ci-dessous donne les dernières."
        )
        picture(page, name)
        summary = page.locator("summary").first
        summary.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("table").first).to_be_visible()
        expect(page.get_by_role("cell", name="stockée, non effacée")).to_be_visible()
        room.page.board.tell_news()  # something happened: the list under the eyes stays open
        page.wait_for_timeout(REFRESHED_MS)
        expect(page.get_by_role("table").first).to_be_visible()
        page.keyboard.press("Enter")
        page.evaluate("document.activeElement.blur()")
        stopped(room, "P-00041", "not erased")
        room.page.board.tell_news()
        expect(page.get_by_role("heading", name="P-00041")).to_be_visible()
    finally:
        page.close()
