"""The page under test; and Debian's chromium, where it is installed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.web.browsers import chromium
from tests.web.page_kit import PageKit

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
