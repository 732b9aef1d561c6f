"""The real process, killed or refused at a system call of its own.

A server imports the product and forks a child for each run, so that a run costs what the
workload costs. strace counts the calls of one name from the workload's start on, and at the
Nth kills the child (signal=KILL) or answers in the kernel's place (error=EIO, error=ENOSPC).

This is blind to a missing fsync: the cache outlives a process. The recording disk is for that.
"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from drivers.posix_disk import PosixDisk
from hal.errors import NodeError
from tests.chaos import workload
from tests.chaos.explore import scratch
from tests.chaos.invariants import Violation, recovered
from tests.chaos.node_under_test import Site, running
from tests.chaos.outside import Outside, known_after
from tests.chaos.planted import planted
from tests.chaos.recording_disk import Mark

STRACE = "/usr/bin/strace"
TOUCH_FILES = (
    "openat", "close", "read", "write", "pread64", "pwrite64", "lseek", "fsync", "fdatasync",
    "sync_file_range", "ftruncate", "fallocate", "rename", "renameat2", "unlink", "mkdir",
    "newfstatat", "fstat", "statfs", "getdents64", "fcntl", "flock", "mmap", "munmap", "fchmod",
    "fchown", "geteuid", "access", "readlink",
)  # fmt: skip
"""Every name that the workload's own trace may hold; those it does not hold cost nothing."""
ANSWERED = ("openat", "read", "write", "pread64", "pwrite64", "fsync", "fdatasync", "ftruncate",
    "fallocate", "rename", "unlink", "mkdir", "newfstatat", "fstat", "statfs", "getdents64",
    "sync_file_range", "flock", "fcntl", "lseek")  # fmt: skip
"""A disk in trouble answers these so; the others do not go to the disk."""
CHANGE = ("write", "pwrite64", "fsync", "fdatasync", "sync_file_range", "ftruncate", "fallocate",
    "rename", "renameat2", "unlink", "mkdir")  # fmt: skip
LOOKS = 25
"""A kill at a call that only looks is a kill ahead of the next that changes something, and most
look at one of 256 folders like the others: each 25th of them is tried."""
SPOKE, BUG = 1, 3
"""Exit codes: an error with its sentence; an exception that no worker is meant to raise."""
RUN_S = 60.0
KILL, EIO, ENOSPC = "signal=KILL", "error=EIO", "error=ENOSPC"


@dataclass(frozen=True)
class Point:
    """The Nth call of this name, from 1."""

    syscall: str
    number: int
    injected: str

    def __str__(self) -> str:
        return f"{self.syscall}:{self.number}:{self.injected}"


def parse_point(text: str) -> Point:
    syscall, number, injected = text.split(":")
    return Point(syscall, int(number), injected)


@dataclass(frozen=True)
class Call:
    """One line of the workload's trace."""

    syscall: str
    number: int
    changes: bool
    """It may change the disk; else it only looks."""


@dataclass(frozen=True)
class Outcome:
    point: Point
    ended: str
    violations: tuple[Violation, ...]

    def __str__(self) -> str:
        shown = "\n".join(str(violation) for violation in self.violations)
        return f"{shown}\n  at       {self.point} ({self.ended})\n  replay   {self.replay}"

    @property
    def replay(self) -> str:
        return f"python -m tests.chaos syscall {self.point}"


def points(calls: Sequence[Call], injected: str, every_look: int = LOOKS) -> list[Point]:
    """At every call that changes something, and at each `every_look`th that only looks."""
    names = TOUCH_FILES if injected == KILL else ANSWERED
    looks = [call for call in calls if not call.changes]
    return [
        Point(call.syscall, call.number, injected)
        for call in [*(call for call in calls if call.changes), *looks[::every_look]]
        if call.syscall in names
    ]


def chosen(every: Sequence[Point], count_max: int, seed: int) -> list[Point]:
    if len(every) <= count_max:
        return list(every)
    return random.Random(seed).sample(list(every), count_max)


def calls_of(trace: str, root: Path) -> Iterator[Call]:
    """Those on files of the store; `-y` has put the path behind each descriptor."""
    counts: Counter[str] = Counter()
    for name, arguments in re.findall(r"^(?:\d+ +)?(\w+)\((.*)", trace, re.MULTILINE):
        counts[name] += 1
        changes = name in CHANGE or (name == "openat" and "O_CREAT" in arguments)
        if str(root) in arguments:
            yield Call(name, counts[name], changes)


class Server:
    """Forks children that run the workload on a prepared store."""

    def __init__(self, folder: Path, bug: str = "") -> None:
        self._folder = folder
        self._bug = bug
        self._prepared = folder / "prepared"
        with running(self._site(self._prepared), Outside(), 0):
            pass
        # Once here, so that what is imported late is not imported in a child under trace.
        warm = self._copy("warm")
        workload.run(self._site(warm), Outside())
        recovered(self._site(warm), known_after([]))

    def calls(self) -> list[Call]:
        """What the workload does, call by call."""
        root = self._copy("counted")
        trace = self._folder / "trace"
        self._run(root, ["-y", "-o", str(trace), "-e", f"trace={','.join(TOUCH_FILES)}"])
        return list(calls_of(trace.read_text("utf-8", "replace"), root))

    def try_at(self, point: Point) -> Outcome:
        root = self._copy("tried")
        ended, marks = self._run(
            root,
            [
                "-o",
                "/dev/null",
                "-e",
                f"trace={point.syscall}",
                "-e",
                f"inject={point.syscall}:{point.injected}:when={point.number}",
            ],
        )
        with planted(self._bug):
            found = recovered(self._site(root), known_after(marks))
        if ended == f"exit {BUG}":
            found.append(Violation("an error is said in a sentence", "an exception came through"))
        return Outcome(point, ended, tuple(found))

    def _run(self, root: Path, tracing: Sequence[str]) -> tuple[str, list[Mark]]:
        ledger = root.with_suffix(".ledger")
        ledger.write_bytes(b"")
        child = os.fork()
        if child == 0:
            self._live(root, ledger)
        try:
            os.waitpid(child, os.WUNTRACED)  # it has stopped itself
            tracer = self._attach(child, tracing)
            os.kill(child, signal.SIGCONT)
            ended = _ended(child)
            tracer.wait(RUN_S)
        finally:
            with suppress(ProcessLookupError):  # it has ended, as it should
                os.kill(child, signal.SIGKILL)
        return ended, [Mark(*json.loads(line)) for line in ledger.read_text("utf-8").splitlines()]

    def _attach(self, child: int, tracing: Sequence[str]) -> subprocess.Popen[bytes]:
        # -D would do without a process of ours between; this says when it has attached.
        tracer = subprocess.Popen(
            [STRACE, "-f", "-p", str(child), *tracing],
            stderr=subprocess.PIPE,
        )
        assert tracer.stderr is not None
        said = tracer.stderr.readline()
        if b"attached" not in said:
            raise OSError(f"strace: {said.decode()}")
        return tracer

    def _live(self, root: Path, ledger: Path) -> None:
        """The child. It never returns."""
        code = BUG
        try:
            with planted(self._bug):
                marks = os.open(ledger, os.O_WRONLY | os.O_APPEND)

                def pass_on(mark: Mark) -> None:
                    line = json.dumps([mark.kind, mark.uid, mark.sha256]).encode() + b"\n"
                    os.writev(marks, [line])  # not `write`: that is the product's

                site = self._site(root)
                os.kill(os.getpid(), signal.SIGSTOP)
                code = _live(site, Outside(pass_on))
        finally:
            os._exit(code)

    def _site(self, root: Path) -> Site:
        return Site(PosixDisk(root), root)

    def _copy(self, name: str) -> Path:
        root = self._folder / name
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self._prepared, root)
        return root


@contextmanager
def serving(bug: str = "") -> Iterator[Server]:
    with scratch() as folder:
        yield Server(folder, bug)


def try_all(tried: Iterable[Point], bug: str = "", *, stop_at_first: bool = False) -> list[Outcome]:
    """For a process of its own: it forks."""
    outcomes = []
    with serving(bug) as server:
        for point in tried:
            outcomes.append(server.try_at(point))
            if stop_at_first and outcomes[-1].violations:
                break
    return outcomes


def calls() -> list[Call]:
    with serving() as server:
        return server.calls()


def _live(site: Site, world: Outside) -> int:
    try:
        workload.run(site, world)
    except NodeError:
        return SPOKE
    except Exception:  # noqa: BLE001 -- a bug, whatever it is, is what is looked for
        traceback.print_exc()
        return BUG
    return BUG if world.bugs else 0


def _ended(child: int) -> str:
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return f"killed by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"exit {os.waitstatus_to_exitcode(status)}"
