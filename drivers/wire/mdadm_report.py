"""What mdadm and md's sysfs say, as values. Written against mdadm 4.2 and Linux 6.1.

Only text comes in: the driver reads files and runs tools, never this.
"""

import re
from dataclasses import dataclass

from drivers.wire.report_error import UnreadableReport


@dataclass(frozen=True)
class MdMember:
    device: str
    role: str
    """The slot's number, or `spare`; a member that failed is called a spare too."""


@dataclass(frozen=True)
class MdReport:
    level: str
    devices: int
    uuid: str
    members: tuple[MdMember, ...]
    """Those whose device node is there: one that was unplugged is left out at once, long
    before md itself has noticed."""


_PAIR = re.compile(r"^(MD_\w+?)=(.*)$", re.MULTILINE)
_DEVICE = re.compile(r"^MD_DEVICE_(.+)_DEV$")


def parse_export(text: str) -> MdReport:
    """`mdadm --detail --export`."""
    pairs = dict(_PAIR.findall(text))
    keys = [found[1] for name in pairs if (found := _DEVICE.match(name))]
    try:
        members = tuple(
            MdMember(pairs[f"MD_DEVICE_{key}_DEV"], pairs[f"MD_DEVICE_{key}_ROLE"]) for key in keys
        )
        return MdReport(pairs["MD_LEVEL"], int(pairs["MD_DEVICES"]), pairs["MD_UUID"], members)
    except (KeyError, ValueError) as error:
        raise UnreadableReport("mdadm --detail --export", repr(error)) from error


def parse_sync_completed(text: str) -> float:
    """`sync_completed`: "24576 / 194560" in sectors, or "none" (Documentation/admin-guide/md)."""
    if text.strip() in ("none", "delayed"):
        return 0.0
    found = re.fullmatch(r"(\d+) / (\d+)", text.strip())
    if not found:
        raise UnreadableReport("sync_completed", text.strip()[:80])
    return min(1.0, int(found[1]) / max(1, int(found[2])))


def parse_member_flags(text: str) -> frozenset[str]:
    """`dev-NAME/state`: "in_sync", "faulty", "in_sync,want_replacement" ..."""
    return frozenset(flag for flag in text.strip().split(",") if flag)
