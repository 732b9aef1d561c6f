"""Running the array's tools (btrfs, mdadm, smartctl, wipefs): fixed argument lists, bounded time.

Their messages are kept for the person who mends; their reports go to drivers/wire.
"""

import os
import subprocess
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from drivers.array_sentences import NO_TOOL, NOT_UNDERSTOOD, TOOL_FAILED, UNREADABLE
from drivers.wire.report_error import UnreadableReport
from hal.clock import Clock
from hal.errors import StorageError

T = TypeVar("T")

PROGRESS_POLL_S = 0.5  # what a person watching a bar calls alive
REPORT_TIMEOUT_S = 30.0  # a dying disk answers after its own retries: up to some 20 s
_SYSTEM_FOLDERS = "/usr/sbin:/sbin"  # where they are, and where a plain user's PATH does not look


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def reason(self) -> str:
        """Its last word, without the prefix; what came before is explanation."""
        lines = [line.removeprefix("ERROR: ") for line in self.err.splitlines() if line.strip()]
        errors = [line for line in lines if not line.startswith(("WARNING", "There may be"))]
        return errors[-1] if errors else f"exit status {self.code}"


def tool_environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "PATH": f"{os.environ['PATH']}:{_SYSTEM_FOLDERS}"}


def run_tool(*command: str, timeout_s: float | None = REPORT_TIMEOUT_S) -> Ran:
    """Whatever its exit status. Raises StorageError when it is not there or does not end."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            timeout=timeout_s,
            env=tool_environment(),
        )
    except FileNotFoundError as error:
        raise StorageError(NO_TOOL.fill(tool=command[0])) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StorageError(TOOL_FAILED.fill(tool=command[0], reason=error)) from error
    return Ran(done.returncode, done.stdout, done.stderr)


def must_run(*command: str, timeout_s: float | None = REPORT_TIMEOUT_S) -> str:
    """What it printed; StorageError with its own last word when it failed."""
    ran = run_tool(*command, timeout_s=timeout_s)
    if ran.code != 0:
        raise StorageError(TOOL_FAILED.fill(tool=" ".join(command[:3]), reason=ran.reason))
    return ran.out


def follow_tool(clock: Clock, look: Callable[[], T], *command: str) -> Generator[T, None, Ran]:
    """Start it, yield what `look` sees until it ends, return how it ended.

    In a session of its own, writing to files: it goes on when this process or its terminal ends.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = _start(command, out.fileno(), err.fileno())
        while process.poll() is None:
            yield look()
            clock.sleep(PROGRESS_POLL_S)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "replace"))
    return Ran(process.returncode, *texts)


def _start(command: tuple[str, ...], out: int, err: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
            env=tool_environment(),
        )
    except FileNotFoundError as error:
        raise StorageError(NO_TOOL.fill(tool=command[0])) from error


def read_attribute(file: Path) -> str:
    """One attribute of sysfs, stripped."""
    try:
        return file.read_text("ascii").strip()
    except OSError as error:
        raise StorageError(UNREADABLE.fill(reason=f"{file.name}: {error.strerror}")) from error


@contextmanager
def understood() -> Generator[None]:
    try:
        yield
    except UnreadableReport as error:
        raise StorageError(NOT_UNDERSTOOD.fill(reason=error)) from error
