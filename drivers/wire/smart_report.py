"""A disk's opinion of itself, from `smartctl --json -H -A`. Written against smartctl 7.3.

smartctl(8), "EXIT STATUS": bit 3 of the exit status is "DISK FAILING"; bits 0 and 1 say that
the disk could not be asked at all.
"""

import json
from dataclasses import dataclass
from typing import Any

from drivers.wire.report_error import UnreadableReport
from hal.storage_array import SmartHealth

_NVME_FLAGS_LEFT_OUT = ("value", "other")


@dataclass(frozen=True)
class SmartReport:
    health: SmartHealth
    note: str = ""


def parse_smart(text: str) -> SmartReport:
    try:
        report = json.loads(text)
        if "smartctl" not in report:
            raise UnreadableReport("smartctl", "no object 'smartctl' in it")
        status: dict[str, Any] = report.get("smart_status", {})
        if "passed" not in status:
            return SmartReport(SmartHealth.UNKNOWN, _messages(report))
        if status["passed"]:
            return SmartReport(SmartHealth.PASSED)
        return SmartReport(SmartHealth.FAILING, _complaint(report))
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise UnreadableReport("smartctl", repr(error)) from error


def _messages(report: dict[str, Any]) -> str:
    messages = report["smartctl"].get("messages", [])
    return "; ".join(message["string"] for message in messages) or "the disk has no SMART status"


def _complaint(report: dict[str, Any]) -> str:
    """NVMe names its critical warnings; ATA marks the attributes that fell to their threshold."""
    warnings = report["smart_status"].get("nvme", {})
    found = [name for name, on in warnings.items() if on and name not in _NVME_FLAGS_LEFT_OUT]
    table = report.get("ata_smart_attributes", {}).get("table", [])
    found += [entry["name"] for entry in table if entry.get("when_failed") == "now"]
    return ", ".join(found) or "overall health: failing"
