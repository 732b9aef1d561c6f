"""What every `hal.film_scanner.FilmScanner` does, simulated or on the bench.

A subclass gives the fixture `scanner`, with something scannable on its transparency unit.
"""

import numpy as np
import pytest

from hal.errors import ConfigError
from hal.film_scanner import NO_ROWS_YET, FilmScanner, ScannerIdentity, ScanRequest
from tests.film_scanner_kit import scanned

DPI = 300


class FilmScannerContract:
    @pytest.fixture
    def identity(self, scanner: FilmScanner) -> ScannerIdentity:
        return scanner.identify()

    @pytest.fixture
    def request_at_300(self, identity: ScannerIdentity) -> ScanRequest:
        columns, _ = identity.area_at(DPI)
        return ScanRequest(DPI, left=0, top=0, columns=min(columns, 1024), rows=600)

    def test_it_says_who_it_is(self, identity: ScannerIdentity) -> None:
        assert identity.manufacturer
        assert identity.model
        assert identity.firmware_version
        assert 0 < identity.resolution_min_dpi <= DPI <= identity.resolution_max_dpi
        assert identity.optical_resolution_dpi >= DPI

    def test_a_mammography_film_fits(self, identity: ScannerIdentity) -> None:
        columns, rows = identity.area_at(DPI)
        assert columns >= 9.4 * DPI  # 24 x 30 cm
        assert rows >= 11.8 * DPI

    def test_it_says_the_same_twice(self, scanner: FilmScanner, identity: ScannerIdentity) -> None:
        assert scanner.identify() == identity

    def test_a_scan_has_exactly_the_rows_asked_for(
        self, scanner: FilmScanner, request_at_300: ScanRequest
    ) -> None:
        assert scanned(scanner, request_at_300).shape == (600, request_at_300.columns)

    def test_one_row_of_one_column_is_a_scan(self, scanner: FilmScanner) -> None:
        assert scanned(scanner, ScanRequest(DPI, 0, 0, columns=8, rows=1)).shape == (1, 8)

    def test_the_blocks_share_one_buffer(
        self, scanner: FilmScanner, request_at_300: ScanRequest
    ) -> None:
        blocks = (one for one in scanner.scan(request_at_300) if one is not NO_ROWS_YET)
        buffers = {id(block.samples.obj) for block in blocks}
        assert len(buffers) <= 2  # full blocks, last block

    def test_a_scan_given_up_leaves_it_ready(
        self, scanner: FilmScanner, request_at_300: ScanRequest
    ) -> None:
        given_up = scanner.scan(request_at_300)
        assert next(given_up).first_row == 0
        given_up.close()
        assert np.any(scanned(scanner, request_at_300))

    def test_a_scan_never_begun_leaves_it_ready(
        self, scanner: FilmScanner, request_at_300: ScanRequest
    ) -> None:
        scanner.scan(request_at_300).close()
        assert np.any(scanned(scanner, request_at_300))

    def test_an_area_off_the_glass_is_refused(
        self, scanner: FilmScanner, identity: ScannerIdentity
    ) -> None:
        columns, rows = identity.area_at(DPI)
        for left, top in ((1, 0), (0, 1), (-1, 0), (0, -1)):
            with pytest.raises(ConfigError):
                next(scanner.scan(ScanRequest(DPI, left, top, columns, rows)))

    def test_a_resolution_it_lacks_is_refused(
        self, scanner: FilmScanner, identity: ScannerIdentity
    ) -> None:
        with pytest.raises(ConfigError):
            next(scanner.scan(ScanRequest(identity.resolution_max_dpi + 1, 0, 0, 8, 8)))
