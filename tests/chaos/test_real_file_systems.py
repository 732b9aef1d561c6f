"""A power cut at any instant, on ext4, btrfs and xfs: what was called stored is there."""

from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.chaos.explore import Job, explore
from tests.chaos.needs import MOUNTS

pytestmark = MOUNTS
STATES_A_RECORDING = 100
RECORDINGS = {"ext4": 6, "btrfs": 5, "xfs": 5}  # with the first starts: 1,750 states


@pytest.mark.parametrize("file_system", RECORDINGS)
def test_every_promise_outlives_a_power_cut(pool: ProcessPoolExecutor, file_system: str) -> None:
    seeds = range(1, RECORDINGS[file_system] + 1)
    jobs = [Job(file_system, seed, STATES_A_RECORDING) for seed in seeds]
    _explore(pool, jobs, at_least=STATES_A_RECORDING * len(jobs))


@pytest.mark.parametrize("file_system", RECORDINGS)
def test_the_very_first_start_can_be_cut_short(pool: ProcessPoolExecutor, file_system: str) -> None:
    _explore(pool, [Job(file_system, 0, 50, first_start=True)], at_least=50)


def _explore(pool: ProcessPoolExecutor, jobs: list[Job], at_least: int) -> None:
    explored = list(pool.map(explore, jobs))
    findings = [str(finding) for one in explored for finding in one.findings]
    assert not findings, "\n".join(findings)
    assert sum(one.tried for one in explored) >= at_least
