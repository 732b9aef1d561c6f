"""Record a workload on a real file system, build its crash states, start the node on each.

`explore` is for a process of its own (`tests.chaos.pool`): it mounts.
"""

import os
import pickle
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from drivers.posix_disk import PosixDisk
from tests.chaos import workload
from tests.chaos.crash_states import State, crash_states, marks_seen, sample, writes_of
from tests.chaos.file_systems import FILE_SYSTEMS, FileSystem, extents, fill, make
from tests.chaos.invariants import Violation, recovered
from tests.chaos.node_under_test import Site, running
from tests.chaos.outside import Outside, known_after
from tests.chaos.planted import planted
from tests.chaos.private_mounts import mounted
from tests.chaos.recording_disk import Entry, Mark, Write, put_mark, read_log, recording

EVERY = 1 << 30
VIOLATIONS_MAX = 20  # of one recording: more would say the same
SCRATCH = "sapi-chaos-"
KEPT_RECORDINGS = Path(tempfile.gettempdir()) / "sapi-chaos-kept"
"""Recordings in which something was wrong, to replay."""


@dataclass(frozen=True)
class Job:
    file_system: str
    seed: int
    states_max: int = EVERY
    bug: str = ""
    first_start: bool = False
    """Record from an empty disk on, the node's very first start included."""
    stop_at_first: bool = False


@dataclass(frozen=True)
class Finding:
    state: str
    last_mark: str
    violation: Violation
    replay: str

    def __str__(self) -> str:
        return (
            f"{self.violation}\n  state    {self.state}\n  after    {self.last_mark}\n"
            f"  replay   {self.replay}"
        )


@dataclass(frozen=True)
class Explored:
    job: Job
    possible: int
    """States there are; of them were tried:"""
    tried: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Recording:
    job: Job
    base: list[Write]
    log: list[Entry]
    bugs: list[str]
    """Exceptions that came through while it was made, without any crash."""

    @property
    def fs(self) -> FileSystem:
        return FILE_SYSTEMS[self.job.file_system]

    @cached_property
    def states(self) -> list[State]:
        return crash_states(self.log, self.fs.superblock, self.job.seed)


def explore(job: Job) -> Explored:
    with scratch() as folder, planted(job.bug):
        recording = record(job, folder)
        findings = [_unasked(recording, bug) for bug in recording.bugs[:1]]
        tried = 0
        for state in sample(recording.states, job.states_max, job.seed):
            if len(findings) >= (1 if job.stop_at_first else VIOLATIONS_MAX):
                break
            tried += 1
            found = check(recording, state, folder)
            findings += [_finding(recording, state, violation) for violation in found[:1]]
    if findings and not job.bug:
        keep(recording)
    return Explored(job, len(recording.states), tried, tuple(findings))


def record(job: Job, folder: Path) -> Recording:
    fs = FILE_SYSTEMS[job.file_system]
    image, served, mount = folder / "image", folder / "fuse", folder / "mount"
    make(fs, image)
    if not job.first_start:
        with mounted(image, fs.name, fs.options, mount), running(_site(mount), Outside(), 0):
            pass
    base = extents(image)
    with (
        recording(image, folder / "log", served),
        mounted(served / "disk", fs.name, fs.options, mount),
    ):
        world = Outside(lambda mark: put_mark(served, mark))
        workload.run_to_the_end(_site(mount), world)
    return Recording(job, base, read_log(folder / "log"), world.bugs)


def check(recording: Recording, state: State, folder: Path) -> list[Violation]:
    """Build it, mount it, start on it, work on it. It must be a disk that can be mounted."""
    fs, image, mount = recording.fs, folder / "state", folder / "mount"
    fill(image, fs.size_bytes, [*recording.base, *writes_of(recording.log, state)])
    try:
        with mounted(image, fs.name, fs.options, mount):
            return recovered(_site(mount), known_after(marks_seen(recording.log, state)))
    except OSError as error:
        return [Violation("the file system mounts", str(error))]


def keep(recording: Recording) -> Path:
    folder = _kept_at(recording.job)
    folder.parent.mkdir(exist_ok=True)
    folder.write_bytes(pickle.dumps(recording))
    return folder


def replay(kept: Path, state: State) -> list[Violation]:
    recording: Recording = pickle.loads(kept.read_bytes())
    with scratch() as folder:
        return check(recording, state, folder)


@contextmanager
def scratch() -> Iterator[Path]:
    """In memory where there is a place for it: then a flush of the states' disks costs nothing."""
    folder = Path(tempfile.mkdtemp(prefix=f"{SCRATCH}{os.getpid()}-", dir=_memory()))
    try:
        for name in ("fuse", "mount"):
            (folder / name).mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep() -> None:
    """Folders of processes that were killed. Their mounts went with them."""
    for folder in _memory().glob(f"{SCRATCH}*"):
        pid = folder.name.removeprefix(SCRATCH).partition("-")[0]
        if not Path("/proc", pid).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _memory() -> Path:
    shared = Path("/dev/shm")
    return shared if shared.is_dir() else Path(tempfile.gettempdir())


def _site(mount: Path) -> Site:
    root = mount / "store"
    return Site(PosixDisk(root), root)


def _kept_at(job: Job) -> Path:
    start = "-first-start" if job.first_start else ""
    return KEPT_RECORDINGS / f"{job.file_system}-{job.seed}{start}.recording"


def _unasked(recording: Recording, bug: str) -> Finding:
    violation = Violation("no exception comes through", bug)
    return Finding("while recording", "no crash at all", violation, "the workload alone")


def _finding(recording: Recording, state: State, violation: Violation) -> Finding:
    marks = marks_seen(recording.log, state)
    last = marks[-1] if marks else Mark("nothing", "")
    return Finding(
        state=str(state),
        last_mark=f"mark {len(marks)}: {last.uid} {last.kind}",
        violation=violation,
        replay=f"python -m tests.chaos replay {_kept_at(recording.job)} '{state}'",
    )
