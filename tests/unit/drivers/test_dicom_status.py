from itertools import pairwise

import pytest

from drivers.dicom_status import FAILURES, STORE_WARNINGS, failure, store_verdict
from hal.errors import PeerDuplicate, PeerRefused, PeerRetryable


def test_only_0000_and_warnings_are_stored() -> None:
    stored = {status for status in range(0x10000) if store_verdict(status)[0] is None}
    assert stored == {0x0000, *range(0xB000, 0xC000)}


def test_only_the_state_of_the_archive_is_worth_another_try() -> None:
    retried = {status for status in range(1, 0x10000) if isinstance(failure(status), PeerRetryable)}
    assert retried == {0x0110, 0x0213, *range(0xA700, 0xA800)}


def test_a_refusal_carries_its_status_and_shows_it() -> None:
    error = failure(0xC123)
    assert isinstance(error, PeerRefused)
    assert error.status == 0xC123
    assert "C123H" in error.sentence.en
    assert "C123H" in error.sentence.fr


def test_a_duplicate_is_told_apart_from_other_refusals() -> None:
    duplicates = {s for s in range(1, 0x10000) if isinstance(failure(s), PeerDuplicate)}
    assert duplicates == {0x0111}


@pytest.mark.parametrize("status", [*STORE_WARNINGS, 0xBABE])
def test_a_warning_is_told(status: int) -> None:
    error, warning = store_verdict(status)
    assert error is None
    assert warning.startswith(f"{status:04X}H ")


def test_no_two_rows_speak_of_the_same_status() -> None:
    spans = sorted((row.first, row.last) for row in FAILURES)
    assert all(last < first for (_, last), (first, _) in pairwise(spans))
