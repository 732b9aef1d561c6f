import pytest

from drivers.wire.btrfs_report import (
    DeviceSize,
    ReplaceReport,
    ReplaceState,
    parse_balance_left,
    parse_device_stats,
    parse_missing_bytes,
    parse_replace_status,
    parse_scrub_status,
    parse_sizes,
)
from drivers.wire.report_error import UnreadableReport
from hal.storage_array import ErrorCounts, ScrubResult
from tests.unit.drivers.wire.captures import capture


def test_device_stats_of_a_healthy_array() -> None:
    stats = parse_device_stats(capture("btrfs/device-stats-healthy.json"))
    assert [(s.devid, s.device) for s in stats] == [("1", "/dev/loop0"), ("2", "/dev/loop1")]
    assert all(s.errors == ErrorCounts() for s in stats)


def test_device_stats_count_what_was_corrupt() -> None:
    first, second = parse_device_stats(capture("btrfs/device-stats-corruption.json"))
    assert first.errors.total == 0
    assert second.errors == ErrorCounts(corruption=8960)


def test_a_missing_device_has_no_path_and_keeps_its_counts() -> None:
    _, missing = parse_device_stats(capture("btrfs/device-stats-missing.json"))
    assert missing.device == ""
    assert missing.errors.corruption == 21793


def test_sizes_and_what_is_missing() -> None:
    assert parse_sizes(capture("btrfs/show-healthy.txt")) == (
        DeviceSize("1", 3 * 2**30),
        DeviceSize("2", 3 * 2**30),
    )
    assert parse_sizes(capture("btrfs/show-missing.txt"))[1] == DeviceSize("2", 0)
    assert parse_missing_bytes(capture("btrfs/usage-missing.txt")) == 3 * 2**30


@pytest.mark.parametrize(
    ("name", "report"),
    [
        ("never", ReplaceReport(ReplaceState.NEVER)),
        ("running", ReplaceReport(ReplaceState.RUNNING, 0.086)),
        ("finished", ReplaceReport(ReplaceState.FINISHED, 1.0)),
        ("suspended", ReplaceReport(ReplaceState.SUSPENDED, 0.186)),
    ],
)
def test_replace_status(name: str, report: ReplaceReport) -> None:
    found = parse_replace_status(capture(f"btrfs/replace-{name}.txt"))
    assert found.state is report.state
    assert found.fraction == pytest.approx(report.fraction)


@pytest.mark.parametrize(
    ("name", "left"), [("none", None), ("begun", 1.0), ("running", 1.0), ("paused", 0.83)]
)
def test_balance_status(name: str, left: float | None) -> None:
    assert parse_balance_left(capture(f"btrfs/balance-{name}.txt")) == left


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("never", None),
        ("running", None),  # for its first 5 s the tool knows nothing of it
        ("finished", ScrubResult(finished=True, corrected=0, uncorrectable=0)),
        ("corrected", ScrubResult(finished=True, corrected=8960, uncorrectable=0)),
        ("uncorrectable", ScrubResult(finished=True, corrected=5120, uncorrectable=7680)),
        ("aborted", ScrubResult(finished=False, corrected=0, uncorrectable=0)),
    ],
)
def test_scrub_status(name: str, result: ScrubResult | None) -> None:
    assert parse_scrub_status(capture(f"btrfs/scrub-{name}.txt")) == result


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parse_device_stats, ""),
        (parse_device_stats, '{"device-stats": [{"device": "/dev/sda"}]}'),
        (parse_sizes, "ERROR: not a btrfs filesystem"),
        (parse_missing_bytes, ""),
        (parse_replace_status, "Interrupted by aliens"),
        (parse_balance_left, "Balance on 'x' is confused"),
        (parse_scrub_status, "Status: finished"),
    ],
)
def test_what_is_not_understood_is_said(parse: object, text: str) -> None:
    assert callable(parse)
    with pytest.raises(UnreadableReport):
        parse(text)
