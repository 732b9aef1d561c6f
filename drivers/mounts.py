"""What is mounted where: /proc/self/mountinfo (proc_pid_mountinfo(5)), read and never changed."""

import re
from dataclasses import dataclass
from pathlib import Path

MOUNTINFO = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True)
class Mount:
    point: Path
    kind: str
    source: str
    writable: bool
    """Of the file system itself: one that gave up after an error is not, whatever was asked."""


def parse_mountinfo(text: str) -> tuple[Mount, ...]:
    return tuple(_mount(line) for line in text.splitlines() if " - " in line)


def _mount(line: str) -> Mount:
    before, after = line.split(" - ", 1)
    point = before.split()[4]
    kind, source, options = after.split(" ", 2)
    return Mount(Path(_plain(point)), kind, _plain(source), "rw" in options.split(","))


def _plain(field: str) -> str:
    """Space, tab, newline and backslash come as three octal digits."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 8)), field)


def mount_of(folder: Path, mountinfo: Path = MOUNTINFO) -> Mount:
    """The mount that `folder` is on: the deepest, and of those at one place the last."""
    resolved = folder.resolve()
    mounts = parse_mountinfo(mountinfo.read_text("utf-8", "surrogateescape"))
    above = [mount for mount in mounts if resolved.is_relative_to(mount.point)]
    deepest = max(len(mount.point.parts) for mount in above)
    return [mount for mount in above if len(mount.point.parts) == deepest][-1]
