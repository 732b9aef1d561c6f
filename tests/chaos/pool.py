"""Processes with mounts of their own, one a core, that end with whoever started them.

Everything that mounts, forks or is to be quick runs in one of them.
"""

import logging
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from tests.chaos import private_mounts
from tests.chaos.explore import sweep


def _prepare() -> None:
    private_mounts.die_with_parent()
    private_mounts.enter()
    logging.disable(logging.CRITICAL)


@contextmanager
def explorers(processes: int | None = None) -> Iterator[ProcessPoolExecutor]:
    sweep()
    context = multiprocessing.get_context("spawn")
    workers = processes or os.cpu_count() or 1
    # No max_tasks_per_child: CPython 3.11 starts no new process when the old ones end while jobs
    # wait (github.com/python/cpython issue 115634), and a whole `make chaos` stood still for that.
    with ProcessPoolExecutor(workers, context, _prepare) as pool:
        yield pool
