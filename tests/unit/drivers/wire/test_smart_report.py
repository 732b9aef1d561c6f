import json

import pytest

from drivers.wire.report_error import UnreadableReport
from drivers.wire.smart_report import SmartReport, parse_smart
from hal.storage_array import SmartHealth
from tests.unit.drivers.wire.captures import capture


@pytest.mark.parametrize(
    ("name", "report"),
    [
        ("ide", SmartReport(SmartHealth.PASSED)),
        ("nvme", SmartReport(SmartHealth.PASSED)),
        ("nvme-failing", SmartReport(SmartHealth.FAILING, "reliability_degraded")),
        (
            "virtio",
            SmartReport(SmartHealth.UNKNOWN, "/dev/vda: Unable to detect device type"),
        ),
        (
            "nodevice",
            SmartReport(
                SmartHealth.UNKNOWN, "Smartctl open device: /dev/nosuch failed: No such device"
            ),
        ),
    ],
)
def test_captures(name: str, report: SmartReport) -> None:
    assert parse_smart(capture(f"smart/{name}.json")) == report


def test_an_ata_disk_that_fails_names_the_attribute() -> None:
    """smartctl(8): `when_failed` is "now" at or below its threshold. Made from the capture."""
    report = json.loads(capture("smart/ide.json"))
    report["smart_status"]["passed"] = False
    report["ata_smart_attributes"]["table"][3]["when_failed"] = "now"
    found = parse_smart(json.dumps(report))
    assert found == SmartReport(SmartHealth.FAILING, "Reallocated_Sector_Ct")


@pytest.mark.parametrize("text", ["", "[]", "{}", "smartctl 7.3", '{"smartctl": 3}'])
def test_what_is_no_report(text: str) -> None:
    with pytest.raises(UnreadableReport):
        parse_smart(text)
