"""One pool of processes with mounts of their own for all of these tests."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.chaos.pool import explorers


@pytest.fixture(scope="session")
def pool() -> Iterator[ProcessPoolExecutor]:
    with explorers() as started:
        yield started
