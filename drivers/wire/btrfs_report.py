"""What btrfs and its tools say, as values. Written against btrfs-progs 6.2 and Linux 6.18.

Only text comes in: the driver reads files and runs tools, never this.
"""

import json
import re
from dataclasses import dataclass
from enum import Enum

from drivers.wire.report_error import UnreadableReport
from hal.storage_array import ErrorCounts, ScrubResult

MISSING_DEVICE = "<missing disk>"
NO_OPERATION = "none"
"""`exclusive_operation` while neither a replace nor a balance runs."""


@dataclass(frozen=True)
class DeviceStats:
    devid: str
    device: str
    """Empty while it is missing."""
    errors: ErrorCounts


@dataclass(frozen=True)
class DeviceSize:
    devid: str
    size_bytes: int
    """0 while it is missing."""


class ReplaceState(Enum):
    NEVER = "never"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELED = "canceled"
    SUSPENDED = "suspended"
    """Cut by an unmount; it goes on at the next mount, when its devices are there."""


@dataclass(frozen=True)
class ReplaceReport:
    state: ReplaceState
    fraction: float = 0.0


def parse_device_stats(text: str) -> tuple[DeviceStats, ...]:
    """`btrfs --format json device stats`; every value in it is a string."""
    try:
        entries = json.loads(text)["device-stats"]
        return tuple(_device_stats(entry) for entry in entries)
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableReport("btrfs device stats", repr(error)) from error


def _device_stats(entry: dict[str, str]) -> DeviceStats:
    device = entry["device"]
    return DeviceStats(
        devid=entry["devid"],
        device="" if device == MISSING_DEVICE else device,
        errors=ErrorCounts(
            write=int(entry["write_io_errs"]),
            read=int(entry["read_io_errs"]),
            flush=int(entry["flush_io_errs"]),
            corruption=int(entry["corruption_errs"]),
            generation=int(entry["generation_errs"]),
        ),
    )


_SHOWN = re.compile(r"^\s*devid\s+(\d+) size (\d+) used \d+ path (.+)$", re.MULTILINE)


def parse_sizes(text: str) -> tuple[DeviceSize, ...]:
    """`btrfs filesystem show --raw`."""
    found = tuple(DeviceSize(devid, int(size)) for devid, size, _ in _SHOWN.findall(text))
    if not found:
        raise UnreadableReport("btrfs filesystem show", "no device in it")
    return found


def parse_missing_bytes(text: str) -> int:
    """The size of what is missing, from `btrfs filesystem usage -b`."""
    found = re.search(r"^\s*Device missing:\s+(\d+)$", text, re.MULTILINE)
    if not found:
        raise UnreadableReport("btrfs filesystem usage", "no line 'Device missing'")
    return int(found[1])


_REPLACE_FORMS = (
    (ReplaceState.NEVER, re.compile(r"Never started")),
    (ReplaceState.RUNNING, re.compile(r"([\d.]+)% done,")),
    (ReplaceState.FINISHED, re.compile(r"Started on .*, finished on ")),
    (ReplaceState.CANCELED, re.compile(r"Started on .*, canceled on .* at ([\d.]+)%")),
    (ReplaceState.SUSPENDED, re.compile(r"Started on .*, suspended on .* at ([\d.]+)%")),
)


def parse_replace_status(text: str) -> ReplaceReport:
    """`btrfs replace status -1`."""
    for state, form in _REPLACE_FORMS:
        if found := form.match(text.strip()):
            fraction = float(found[1]) / 100 if found.re.groups else 0.0
            return ReplaceReport(state, 1.0 if state is ReplaceState.FINISHED else fraction)
    raise UnreadableReport("btrfs replace status", text.strip()[:80])


def parse_balance_left(text: str) -> float | None:
    """The fraction that `btrfs balance status` says is left; None when none is under way."""
    if "No balance found" in text:
        return None
    found = re.search(r"(\d+|\S*nan)% left", text)
    if not found:
        raise UnreadableReport("btrfs balance status", text.strip()[:80])
    return int(found[1]) / 100 if found[1].isdecimal() else 1.0  # nan: none counted yet


_COUNT = re.compile(r"^\s*(\w+): (\d+)$", re.MULTILINE)
_STATUS = re.compile(r"^Status:\s+(\w+)$", re.MULTILINE)


def parse_scrub_status(text: str) -> ScrubResult | None:
    """`btrfs scrub status -R`; None while there is nothing to tell."""
    if "no stats available" in text:
        return None
    status = _STATUS.search(text)
    counts = {name: int(value) for name, value in _COUNT.findall(text)}
    if not status or "uncorrectable_errors" not in counts:
        raise UnreadableReport("btrfs scrub status", text.strip()[:80])
    return ScrubResult(
        finished=status[1] == "finished",
        # A bad superblock copy is written anew without being counted as corrected.
        corrected=counts["corrected_errors"] + counts["super_errors"],
        uncorrectable=counts["uncorrectable_errors"],
    )
