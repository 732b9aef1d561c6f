"""What needs care comes first, with its reason and in both languages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from firmware.imaging.exposure_index import Exposure, deviation_index
from firmware.index.plate_ledger import PlateHistory, Reading, Stop
from firmware.plate_care import Urgency, age, care_of, cared_for, trend_of
from firmware.plate_doubts import Doubt
from firmware.plate_moves import ReadState
from firmware.plates_command import as_row, show
from firmware.told_plainly import Speech

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TARGET = 400.0


def reading(hours_ago: float, index: float = TARGET, **changed: object) -> Reading:
    at = NOW - timedelta(hours=hours_ago)
    exposure = Exposure(index, TARGET, deviation_index(index, TARGET))
    made = Reading(at, ReadState.ERASED, True, at, at, exposure, False)
    return replace(made, **changed)  # type: ignore[arg-type]


def plate(*recent: Reading, plate_id: str = "P-1", **changed: object) -> PlateHistory:
    erasures = sum(one.erased_at is not None for one in recent)
    made = PlateHistory(
        plate_id,
        readings=len(recent),
        images=len(recent),
        erasures=erasures,
        recent=tuple(recent),
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def needs(history: PlateHistory, ghost_h: float = 24.0) -> list[tuple[Urgency, str]]:
    found = care_of(history, NOW, ghost_h, UTC).needs
    assert all("{" not in need.sentence.en + need.sentence.fr for need in found)
    return [(need.urgency, need.sentence.en) for need in found]


def test_a_plate_in_good_order_needs_nothing() -> None:
    care = care_of(plate(reading(1), reading(2)), NOW, 24.0, UTC)
    assert care.needs == ()
    assert (care.urgency, care.reject_rate, care.index, care.trend) == (0, 0.0, TARGET, None)
    assert care.age_h == pytest.approx(1.0)


@pytest.mark.parametrize(("state", "said"), [(s, "made no image") for s in ("begun", "whole")])
def test_an_image_that_the_reader_may_keep(state: str, said: str) -> None:
    last = reading(1, state=ReadState(state), erased_at=None, stored_at=None)
    ((urgency, sentence),) = needs(plate(last))
    assert urgency is Urgency.NOW
    assert said in sentence
    assert "24/11 11:00" in sentence


def test_a_plate_that_was_not_erased_after_its_image() -> None:
    ((urgency, sentence),) = needs(plate(reading(30, state=ReadState.STORED, erased_at=None)))
    assert urgency is Urgency.NOW
    assert "nothing here says that the plate was erased" in sentence


def test_a_reading_that_came_to_nothing_is_not_said_to_be_kept() -> None:
    last = reading(1, state=ReadState.NOTHING, was_erased=False, erased_at=None, stored_at=None)
    ((urgency, sentence),) = needs(plate(last))
    assert urgency is Urgency.BEFORE_USE
    assert "the reader keeps none" in sentence


@pytest.mark.parametrize("doubt", Doubt)
def test_a_stop_is_told_until_the_plate_is_read(doubt: Doubt) -> None:
    stop = Stop(NOW - timedelta(hours=2), doubt)
    ((urgency, sentence),) = needs(plate(reading(3), stops=1, last_stop=stop))
    assert urgency is Urgency.NOW
    assert "Stopped 24/11 10:00" in sentence
    assert needs(plate(stops=1, last_stop=stop))
    assert needs(plate(reading(1), stops=1, last_stop=stop)) == []


@pytest.mark.parametrize(("hours", "ghost_h", "warned"), [(23, 24, 0), (25, 24, 1), (25, 0, 0)])
def test_a_plate_that_lay_about(hours: float, ghost_h: float, warned: int) -> None:
    found = needs(plate(reading(hours)), ghost_h)
    assert len(found) == warned
    assert all("25 h ago" in sentence for _, sentence in found)


@pytest.mark.parametrize(
    ("index", "said"),
    [(440.0, None), (560.0, "+1.5 from"), (180.0, "-3.5 from"), (1000.0, "+4.0 from")],
)
def test_exposures_off_the_target(index: float, said: str | None) -> None:
    found = needs(plate(*(reading(n, index) for n in range(1, 7))))
    assert len(found) == (said is not None)
    if said:
        assert said in found[0][1]
        is_far = found[0][0] is Urgency.BEFORE_USE
        assert is_far == (abs(deviation_index(index, TARGET)) > 3)
    assert needs(plate(reading(1, index))) == [], "one exposure is none"


def test_trend_needs_enough_on_both_sides_and_is_in_deviations() -> None:
    assert trend_of([400.0] * 14) is None
    assert trend_of([800.0] * 10 + [400.0] * 5) == pytest.approx(3.01, abs=0.01)
    assert trend_of([400.0] * 9 + [9e5] + [400.0] * 10) == pytest.approx(0.0)
    drifted = [reading(n, 400.0 if n > 10 else 280.0) for n in range(1, 21)]
    assert any("has moved by -1.5" in sentence for _, sentence in needs(plate(*drifted)))


def test_rejections_count_from_ten_images_on() -> None:
    some = [reading(n, is_rejected=n < 4) for n in range(1, 11)]
    ((urgency, sentence),) = needs(plate(*some, rejected=2))
    assert urgency is Urgency.WATCH
    assert sentence.startswith("20 % of its images")
    assert needs(plate(*some, rejected=1)) == []
    assert needs(plate(*some[:9], rejected=4)) == []


def test_the_most_urgent_first_then_by_number() -> None:
    plates = [
        plate(reading(1), plate_id="P-3"),
        plate(reading(30), plate_id="P-2"),
        plate(reading(1), plate_id="P-1"),
        plate(reading(1, state=ReadState.STORED, erased_at=None), plate_id="P-9"),
    ]
    found = cared_for(plates, NOW, 24.0, UTC)
    assert [care.plate.plate_id for care in found] == ["P-9", "P-2", "P-1", "P-3"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", ("plaque", "30 h", "(sans numéro)", "-3,5", "effacez-la avant")),
        ("en", ("plate", "30 h", "(no number)", "-3.5", "erase it before")),
    ],
)
def test_what_the_terminal_shows_fits_it_in_both_languages(
    language: str, said: tuple[str, ...]
) -> None:
    low = plate(*(reading(30 + n, 180.0) for n in range(6)), plate_id="")
    console = Console(width=80)
    with console.capture() as capture:
        show(cared_for([low, plate(reading(1))], NOW, 24.0, UTC), Speech(language), console)
    shown = capture.get()
    assert max(map(len, shown.splitlines())) <= 80
    for word in said:
        assert word in " ".join(shown.casefold().split())


def test_nothing_was_read() -> None:
    console = Console(width=80)
    with console.capture() as capture:
        show([], Speech("fr"), console)
    assert capture.get() == "Aucune plaque n'a encore été lue.\n"


def test_json_has_the_figures_and_both_languages() -> None:
    row = as_row(care_of(plate(reading(30)), NOW, 24.0, UTC))
    assert row["hours_since_erased"] == 30.0
    assert row["urgency"] == "before_use"
    assert row["needs"][0]["fr"].startswith("Effacée il y a 30 h")
    assert row["recent"][0]["exposure_index"] == TARGET
    assert row["recent"][0]["deviation_index"] == 0.0


def test_ages() -> None:
    assert [age(hours).fr for hours in (0.4, 47.9, 48, 800)] == ["0 h", "47 h", "2 j", "33 j"]
