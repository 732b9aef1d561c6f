"""The page under test; and Debian's chromium, where it is installed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from firmware.events import Committed, NotSent, Stored
from hal.errors import Sentence
from hal.values import Uid
from sim.films import open_film
from tests.web.browsers import chromium
from tests.web.page_kit import PageKit, Samples, order, urgent
from tests.web.tabs import DESK

Picture = Callable[[Page, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Known when tests/web is named on the command line."""
    parser.addoption("--screenshots", help="keep the screenshots in this folder")


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[PageKit]:
    made = PageKit(tmp_path)
    made.start()
    yield made
    made.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def pictures(pytestconfig: pytest.Config, tmp_path: Path) -> Path:
    """Where screenshots are kept: in --screenshots, or with the test's own files."""
    folder = Path(pytestconfig.getoption("--screenshots", default=None) or tmp_path / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def picture(pictures: Path) -> Picture:
    def take(page: Page, name: str) -> None:
        page.screenshot(path=pictures / f"{name}.png", full_page=True)

    return take


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
