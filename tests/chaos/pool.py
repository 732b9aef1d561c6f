"""Processes with mounts of their own, one a core, that end with whoever started them."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from tests.chaos import private_mounts
from tests.chaos.explore import Explored, Job, explore

RECORDINGS_A_PROCESS = 200  # a fresh one now and then: what leaks in the kernel's loops, goes


def _prepare() -> None:
    import logging

    private_mounts.die_with_parent()
    private_mounts.enter()
    logging.disable(logging.CRITICAL)


@contextmanager
def explorers(processes: int | None = None) -> Iterator[ProcessPoolExecutor]:
    context = multiprocessing.get_context("spawn")
    workers = processes or os.cpu_count() or 1
    with ProcessPoolExecutor(
        workers, context, _prepare, max_tasks_per_child=RECORDINGS_A_PROCESS
    ) as pool:
        yield pool


def explore_all(jobs: Sequence[Job]) -> list[Explored]:
    with explorers() as pool:
        return list(pool.map(explore, jobs))
