"""All of the proof, and its table. Each job runs in a process with mounts of its own."""

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from xml.etree import ElementTree

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.chaos import model, scenarios, syscalls
from tests.chaos.catching import METHODS, Catch, catch
from tests.chaos.explore import EVERY, Job, explore
from tests.chaos.file_systems import FILE_SYSTEMS
from tests.chaos.planted import BUGS
from tests.chaos.pool import explorers
from tests.chaos.syscalls import EIO, ENOSPC, KILL

ARRAYS = ("tests/chaos/test_btrfs_live.py", "tests/chaos/test_mdadm_qemu.py")
QUICK_STATES, QUICK_POINTS = 100, 60
POINTS_A_JOB = 50
SHOWN_MAX = 10
T = TypeVar("T")


@dataclass
class Line:
    what: str
    tried: int = 0
    violations: list[str] = field(default_factory=list)


def prove(*, seeds: int, quick: bool) -> int:
    console = Console()
    with explorers() as pool:  # fresh processes for each part: nothing that a job left can grow
        lines = _crash_states(pool, seeds, QUICK_STATES if quick else EVERY)
    with explorers() as pool:
        lines += _model(pool, seeds, QUICK_STATES if quick else EVERY)
    with explorers() as pool:
        lines += _syscalls(pool, QUICK_POINTS if quick else EVERY)
    _show_lines(console, lines)
    with explorers() as pool:
        catches = _catches(pool)
    missed = _show_catches(console, catches)
    failed = _show_arrays(console)
    return 1 if missed or failed or any(line.violations for line in lines) else 0


def _crash_states(pool: ProcessPoolExecutor, seeds: int, states_max: int) -> list[Line]:
    jobs = [
        Job(name, seed, states_max, first_start=seed == 0)
        for seed in range(seeds)
        for name in FILE_SYSTEMS
    ]
    lines = {name: Line(f"crash states, {name}") for name in FILE_SYSTEMS}
    for explored in _watched("crash states", pool.map(explore, jobs), len(jobs)):
        line = lines[explored.job.file_system]
        line.tried += explored.tried
        line.violations += [str(finding) for finding in explored.findings]
    return list(lines.values())


def _model(pool: ProcessPoolExecutor, seeds: int, count_max: int) -> list[Line]:
    cuts, failed = Line("crash states, strict model disk"), Line("failed effects, model disk")
    runs = [pool.submit(model.crashes, seed, count_max) for seed in range(seeds)]
    failures = pool.submit(model.failures, 0, count_max)
    troubles = [pool.submit(scenarios.run, one) for one in scenarios.SCENARIOS]
    for run in _watched("model disk", runs, len(runs)):
        cuts.tried += run.result().tried
        cuts.violations += [str(finding) for finding in run.result().findings]
    failed.tried = failures.result().tried
    failed.violations = [str(finding) for finding in failures.result().findings]
    found = [str(one) for trouble in troubles for one in trouble.result()]
    return [cuts, failed, Line("index lost, file rotten, disk full", len(troubles), found)]


def _syscalls(pool: ProcessPoolExecutor, points_max: int) -> list[Line]:
    calls = pool.submit(syscalls.calls).result()
    lines = []
    for injected in (KILL, EIO, ENOSPC):
        points = syscalls.chosen(syscalls.points(calls, injected), points_max, 0)
        line = Line(f"system calls, {injected}", len(points))
        jobs = [points[at : at + POINTS_A_JOB] for at in range(0, len(points), POINTS_A_JOB)]
        tried = pool.map(syscalls.try_all, jobs)
        for outcomes in _watched(line.what, tried, len(jobs)):
            line.violations += [str(outcome) for outcome in outcomes if outcome.violations]
        lines.append(line)
    return lines


def _catches(pool: ProcessPoolExecutor) -> list[Catch]:
    pairs = [(bug, method) for bug in BUGS for method in METHODS]
    tried = pool.map(catch, *zip(*pairs, strict=True))
    return list(_watched("planted mistakes", tried, len(pairs)))


def _watched(what: str, steps: Iterable[T], total: int) -> Iterator[T]:
    """How far it is, on standard error: the tables alone are the output."""
    return iter(track(steps, what, total, console=Console(stderr=True)))


def _show_lines(console: Console, lines: Sequence[Line]) -> None:
    table = Table("method", "tried", "violations")
    for line in lines:
        table.add_row(line.what, str(line.tried), str(len(line.violations)))
    console.print(table)
    for line in lines:
        for violation in line.violations[:SHOWN_MAX]:
            console.print(violation, markup=False)


def _show_catches(console: Console, catches: Sequence[Catch]) -> int:
    """How many planted mistakes nobody caught."""
    table = Table("planted mistake", *METHODS)
    found = {(one.bug, one.method): bool(one.violations) for one in catches}
    for bug in BUGS:
        table.add_row(bug, *("caught" if found[bug, method] else "-" for method in METHODS))
    console.print(table)
    caught = sum(any(found[bug, method] for method in METHODS) for bug in BUGS)
    console.print(f"planted mistakes caught: {caught} of {len(BUGS)}")
    return len(BUGS) - caught


def _show_arrays(console: Console) -> int:
    """The live arrays are tests of their own; how many of them failed."""
    files = [file for file in ARRAYS if Path(file).exists()]
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report.name}", *files]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        (suite,) = ElementTree.parse(report.name).getroot().iter("testsuite")
    tests, skipped = int(suite.attrib["tests"]), int(suite.attrib["skipped"])
    failed = int(suite.attrib["failures"]) + int(suite.attrib["errors"])
    if failed or skipped:
        console.print(done.stdout, markup=False)
    console.print(f"array scenarios passed: {tests - skipped - failed} of {tests}")
    return failed
