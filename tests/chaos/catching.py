"""Which method catches which planted mistake: a proof that finds nothing must have been able to.

The expected catcher of each is written down here; `python -m tests.chaos` tries every method on
every mistake and prints what each file system hides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hal.errors import NodeError
from tests.chaos import model, scenarios, syscalls
from tests.chaos.explore import EVERY, Job, explore
from tests.chaos.invariants import Violation
from tests.chaos.planted import planted
from tests.chaos.syscalls import EIO, KILL

STATES_MAX = 200
CUTS_MAX = 200
POINTS_MAX = 80
SEED = 7


def _on(file_system: str) -> Callable[[str], list[str]]:
    def catch(bug: str) -> list[str]:
        job = Job(file_system, SEED, STATES_MAX, bug, stop_at_first=True)
        return [str(finding.violation) for finding in explore(job).findings]

    return catch


def _model_cut(bug: str) -> list[str]:
    with planted(bug):
        run = model.crashes(SEED, CUTS_MAX, stop_at_first=True)
    return [str(finding.violation) for finding in run.findings]


def _model_failure(bug: str) -> list[str]:
    with planted(bug):
        run = model.failures(SEED, EVERY, stop_at_first=True)
    return [str(finding.violation) for finding in run.findings]


def _scenario(bug: str) -> list[str]:
    with planted(bug):
        return [found for one in scenarios.SCENARIOS for found in _found(one)]


def _found(scenario: Callable[[Path], list[Violation]]) -> list[str]:
    """An error that reaches nobody's hands is one too: no worker of the product lets it go."""
    try:
        return [str(violation) for violation in scenarios.run(scenario)]
    except NodeError as error:
        return [f"{scenario.__name__} ended by {type(error).__name__}: {error}"]


def _at_syscalls(injected: str) -> Callable[[str], list[str]]:
    def catch(bug: str) -> list[str]:
        changes = [call for call in syscalls.calls() if call.changes]
        points = syscalls.chosen(syscalls.points(changes, injected), POINTS_MAX, SEED)
        outcomes = syscalls.try_all(points, bug, stop_at_first=True)
        return [str(found) for outcome in outcomes for found in outcome.violations]

    return catch


METHODS: dict[str, Callable[[str], list[str]]] = {
    "ext4": _on("ext4"),
    "btrfs": _on("btrfs"),
    "xfs": _on("xfs"),
    "model, cut": _model_cut,
    "model, failure": _model_failure,
    "scenario": _scenario,
    "killed": _at_syscalls(KILL),
    "EIO": _at_syscalls(EIO),
}

CAUGHT_BY: dict[str, str] = {
    "no fsync of the file": "ext4",
    "no fsync of the folder": "ext4",
    "index with synchronous=NORMAL": "btrfs",
    "row before rename": "xfs",
    "acknowledged before the commit": "ext4",
    "fsync tried again after it failed": "model, failure",
    "UIDs of a scan not on disk": "ext4",
    "UIDs of a scan given twice": "model, cut",
    "a .part called published": "model, cut",
    "sent before the response": "xfs",
    "committed when asked, not when told": "ext4",
    "recovery deletes what has no row": "scenario",
    "digest not checked before sending": "scenario",
    "evicted before the commitment": "ext4",
    "instance and outbox in two transactions": "killed",
    "an interrupted send not taken up again": "killed",
    "a failed commit called stored": "EIO",
    "a failed rename not noticed": "model, failure",
    "restored without its digest being checked": "scenario",
    "adopted without fsync of its folder": "model, failure",
}


@dataclass(frozen=True)
class Catch:
    bug: str
    method: str
    violations: tuple[str, ...]
    """Empty: this method is blind to it."""


def catch(bug: str, method: str) -> Catch:
    """For a process of its own (tests.chaos.pool)."""
    return Catch(bug, method, tuple(METHODS[method](bug)))
