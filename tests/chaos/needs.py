"""What these tests need of a machine; where it is missing they say so in one line."""

import pytest

from tests.chaos.private_mounts import why_not
from tests.conftest import IN_CI

REASON = why_not()
MOUNTS = [
    pytest.mark.peer("fusermount3", "mkfs.btrfs", "mkfs.xfs"),
    pytest.mark.skipif(bool(REASON) and not IN_CI, reason=f"crash states: {REASON}"),
    pytest.mark.timeout(600),
]
TRACING = [pytest.mark.peer("strace"), pytest.mark.timeout(600)]
