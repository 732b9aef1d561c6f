import re
from dataclasses import replace

import pytest

from firmware.array_troubles import SENTENCES, TroubleKind, troubles
from hal.storage_array import (
    ArrayState,
    ArrayStatus,
    ArrayTask,
    Progress,
    ScrubResult,
    SmartHealth,
)
from tests.fake_array import HEALTHY, MISSING, failing, member


def kinds(status: ArrayStatus, previous: ArrayStatus | None = None) -> list[TroubleKind]:
    return [each.kind for each in troubles(status, previous)]


def test_a_healthy_array_has_none() -> None:
    assert troubles(HEALTHY, HEALTHY) == ()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (MISSING, [TroubleKind.MEMBER_MISSING]),
        (failing(7), [TroubleKind.MEMBER_FAILING]),
        (replace(HEALTHY, state=ArrayState.DEGRADED), [TroubleKind.DEGRADED]),
        (replace(HEALTHY, state=ArrayState.FAILED), [TroubleKind.FAILED]),
        (
            replace(HEALTHY, scrub=ScrubResult(True, 3, 2)),
            [TroubleKind.BOTH_COPIES_BAD],
        ),
        (
            replace(HEALTHY, kind="md", scrub=ScrubResult(True, 0, 8192)),
            [TroubleKind.COPIES_DIFFER],
        ),
        (replace(HEALTHY, scrub=ScrubResult(True, 3, 0)), []),
        (
            replace(
                HEALTHY, state=ArrayState.REBUILDING, progress=Progress(ArrayTask.REPLACE, 0.5)
            ),
            [TroubleKind.REBUILDING],
        ),
        (replace(HEALTHY, progress=Progress(ArrayTask.SCRUB, 0.5)), []),
        (
            replace(HEALTHY, state=ArrayState.DEGRADED, unmirrored_bytes=1),
            [TroubleKind.NOT_MIRRORED],
        ),
        (
            replace(HEALTHY, members=(replace(member("1"), smart=SmartHealth.FAILING),)),
            [TroubleKind.SMART_FAILING],
        ),
    ],
)
def test_each_trouble(status: ArrayStatus, expected: list[TroubleKind]) -> None:
    assert kinds(status) == expected


def test_errors_that_rise_are_told_from_those_that_were_there() -> None:
    assert kinds(failing(7), HEALTHY) == [TroubleKind.ERRORS_RISING]
    assert kinds(failing(7), failing(7)) == [TroubleKind.MEMBER_FAILING]
    [rising] = troubles(failing(9), failing(7))
    assert "2 new errors" in rising.sentence.en
    assert "2 nouvelles erreurs" in rising.sentence.fr


def test_a_new_disk_starts_from_nothing() -> None:
    other = replace(failing(7).members[1], device="/dev/sdz")
    before = replace(failing(100), members=(member("1"), other))
    [rising] = troubles(failing(9), before)
    assert "9 new errors" in rising.sentence.en


def test_counters_that_were_reset_are_no_alarm() -> None:
    assert kinds(HEALTHY, failing(7)) == []


def test_the_worst_comes_first() -> None:
    status = replace(MISSING, state=ArrayState.FAILED, scrub=ScrubResult(True, 0, 1))
    assert kinds(status) == [
        TroubleKind.FAILED,
        TroubleKind.BOTH_COPIES_BAD,
        TroubleKind.MEMBER_MISSING,
    ]


def test_every_kind_has_both_languages_with_the_same_figures() -> None:
    assert set(SENTENCES) == set(TroubleKind)
    for sentence in SENTENCES.values():
        fields = re.compile(r"\{(\w+)\}")
        assert set(fields.findall(sentence.en)) == set(fields.findall(sentence.fr))
