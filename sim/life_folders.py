"""The folders in memory that lives keep their index in, each named after its process.

A life removes its own. One whose process was killed is swept by the next exploration: memory that
nobody frees is soon all gone. A folder of a process that lives is never touched.
"""

import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "sapi-life-"
MEMORY = Path("/dev/shm")  # noqa: S108 -- only folders of our own are made in it


def new_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=_memory()))


def sweep() -> None:
    for folder in _memory().glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdecimal() and not Path("/proc", pid).exists():
            shutil.rmtree(folder, ignore_errors=True)  # another one may be sweeping too


def _memory() -> Path:
    return MEMORY if MEMORY.is_dir() else Path(tempfile.gettempdir())
