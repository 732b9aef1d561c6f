"""Which programs the tests talk to, and what happens where they are missing."""

import os
import signal
from pathlib import Path

import pytest

PACKAGES = {
    "storescp": "dcmtk",
    "storescu": "dcmtk",
    "dcmqrscp": "dcmtk",
    "dcmdjpls": "dcmtk",
    "wlmscpfs": "dcmtk",
    "dump2dcm": "dcmtk",
    "dciodvfy": "dicom3tools",
    "scanimage": "sane-utils",
    "Orthanc": "orthanc",
    "libOrthancDicomWeb.so": "orthanc-dicomweb",
    "strace": "strace",
    "btrfs": "btrfs-progs",
    "smartctl": "smartmontools",
    "mdadm": "mdadm",
    "fusermount3": "fuse3",
    "mkfs.btrfs": "btrfs-progs",
    "chromium": "chromium",
    "mkfs.xfs": "xfsprogs",
}
FOLDERS = ("/usr/bin", "/usr/sbin", "/usr/share/orthanc/plugins")
IN_CI = os.environ.get("CI") == "true"
left_out: set[str] = set()


def debian_program(name: str) -> Path | None:
    """Debian's own, by its full path: pynetdicom puts a storescp and a storescu of its own
    beside the virtual environment's python."""
    found = (Path(folder, name) for folder in FOLDERS)
    return next((path for path in found if path.exists()), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark in item.iter_markers("peer"):
            for program in mark.args:
                if debian_program(program):
                    continue
                left_out.add(PACKAGES[program])
                if not IN_CI:
                    item.add_marker(pytest.mark.skip(reason=f"{program} is not installed"))


def pytest_configure() -> None:
    """In the background, or by nohup, a shell has these ignored, and what a test starts inherits
    that: the tests of an interruption would have nothing to see."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_sessionstart(session: pytest.Session) -> None:
    os.environ.setdefault("TZ", "Europe/Paris")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for package in sorted(left_out):
        what = "failed, for CI must have it" if IN_CI else "left out"
        terminalreporter.write_line(f"tests with {package}: {what} (not installed)")
