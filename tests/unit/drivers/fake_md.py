"""An md array of files: sysfs as it was captured, and fake mdadm, smartctl and wipefs on PATH."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from drivers.array_mdadm import MdArray
from tests.fakes import FakeClock
from tests.unit.drivers.wire.captures import CAPTURES, md_attributes

MDADM = """#!/bin/sh
case "$1" in --detail) exec cat '{folder}/export' ;; esac
echo "$@" >> '{folder}/said'
[ -e '{folder}/refuses' ] && {{ echo 'mdadm: add new device failed' >&2; exit 1; }}
case "$*" in *'--add '*|*--with*)
    [ -e '{folder}/next' ] && rm -r '{folder}/md0' && mv '{folder}/next' '{folder}/md0' &&
        mv '{folder}/next-export' '{folder}/export' ;;
esac
exit 0
"""
SMARTCTL = "#!/bin/sh\nexec cat '{smart}'\n"
WIPEFS = "#!/bin/sh\necho '{{\"signatures\": []}}'\n"


@dataclass
class FakeMd:
    folder: Path
    plan: list[str] = field(default_factory=list)
    """The captures that come one after the other, each time somebody waits."""

    @property
    def sysfs(self) -> Path:
        return self.folder / "md0"

    def show(self, capture: str) -> None:
        """Become the array of this capture."""
        self._lay_out(capture, "md0", "export")

    def after_add(self, capture: str) -> None:
        """Become that one when mdadm is told to take a disk in."""
        self._lay_out(capture, "next", "next-export")

    def _lay_out(self, capture: str, folder: str, export: str) -> None:
        sysfs = self.folder / folder
        shutil.rmtree(sysfs, ignore_errors=True)
        for name, value in md_attributes(capture).items():
            file = sysfs / "md" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(value + "\n")
        for member in (sysfs / "md").glob("dev-*"):
            (member / "offset").write_text("2048\n")
        shutil.copy(CAPTURES / "mdadm" / capture / "detail-export.txt", self.folder / export)

    def array(self) -> MdArray:
        return MdArray(self.sysfs, self.folder, _PlannedClock(self))

    def said(self) -> list[str]:
        file = self.folder / "said"
        return file.read_text().splitlines() if file.exists() else []

    def refuse(self) -> None:
        (self.folder / "refuses").touch()


class _PlannedClock(FakeClock):
    def __init__(self, md: FakeMd) -> None:
        super().__init__()
        self._md = md

    def sleep(self, duration_s: float) -> None:
        super().sleep(duration_s)
        assert self._md.plan, "it waits for something that never comes"
        self._md.show(self._md.plan.pop(0))


def fake_md(folder: Path, monkeypatch: pytest.MonkeyPatch) -> FakeMd:
    programs = folder / "bin"
    programs.mkdir()
    smart = CAPTURES / "smart" / "ide.json"
    for name, text in (("mdadm", MDADM), ("smartctl", SMARTCTL), ("wipefs", WIPEFS)):
        (programs / name).write_text(text.format(folder=folder, smart=smart))
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return FakeMd(folder)
