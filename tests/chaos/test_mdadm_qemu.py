"""The md driver against a real md array: the guest has md, whatever this machine has."""

from pathlib import Path

import pytest

from tests.chaos.md_guest import run_guest, why_not

REASON = why_not()
pytestmark = [
    pytest.mark.skipif(bool(REASON), reason=REASON),
    pytest.mark.timeout(240),
]
STEPS = [
    "refusals",
    "a working disk is replaced",
    "an unplugged disk is missing before md has noticed",
    "a missing disk is replaced",
    "a check counts what differs",
    "everything is read after the loss of the other disk",
]


def test_an_md_array_from_birth_to_loss(tmp_path: Path) -> None:
    lines = list(run_guest(tmp_path))
    done = [line.removeprefix("@@OK ") for line in lines if line.startswith("@@OK ")]
    assert done == STEPS, "\n".join(lines[-30:])
