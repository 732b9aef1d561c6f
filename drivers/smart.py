"""Asking a disk for its opinion of itself. No smartctl, or no SMART: unknown, and why."""

from drivers.array_tools import run_tool
from drivers.block_device import whole_disk
from drivers.wire.report_error import UnreadableReport
from drivers.wire.smart_report import SmartReport, parse_smart
from hal.errors import StorageError
from hal.storage_array import SmartHealth


def read_smart(device: str) -> SmartReport:
    if not device:
        return SmartReport(SmartHealth.UNKNOWN, "the disk is missing")
    try:
        ran = run_tool("smartctl", "--json", "-H", "-A", whole_disk(device))
        return parse_smart(ran.out)
    except StorageError as error:
        return SmartReport(SmartHealth.UNKNOWN, str(error))
    except UnreadableReport as error:
        return SmartReport(SmartHealth.UNKNOWN, str(error))
