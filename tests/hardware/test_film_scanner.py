"""The film scanner's contract on a real scanner. Never run yet: none was at hand."""

import pytest

from drivers.film_scanner_esci import EsciFilmScanner
from drivers.system_clock import SystemClock
from hal.film_scanner import FilmScanner
from tests.contracts.film_scanner import FilmScannerContract


class TestTheRealScanner(FilmScannerContract):
    @pytest.fixture
    def scanner(self, request: pytest.FixtureRequest) -> FilmScanner:
        if "film-scanner" not in request.config.getoption("--device", default=[]):
            pytest.skip("a scanner on the bench: --device film-scanner")
        return EsciFilmScanner(SystemClock())
