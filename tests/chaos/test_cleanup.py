"""A test that dies leaves neither a mount nor a loop device behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.chaos.explore import sweep
from tests.chaos.needs import MOUNTS
from tests.peers import wait_until

pytestmark = MOUNTS
PROGRAM = """
import sys, time
from tests.chaos import private_mounts
from tests.chaos.explore import scratch
from tests.chaos.file_systems import FILE_SYSTEMS, make
private_mounts.enter()
with scratch() as folder:
    make(FILE_SYSTEMS["ext4"], folder / "image")
    with private_mounts.mounted(folder / "image", "ext4", "", folder / "mount"):
        print(folder, flush=True)
        time.sleep(60)
"""


def attached() -> set[str]:
    files = Path("/sys/block").glob("loop*/loop/backing_file")
    found = set()
    for file in files:
        try:
            found.add(file.read_text().strip())
        except OSError:  # let go of in between
            continue
    return found


def test_the_kernel_lets_go_of_everything_when_the_process_is_killed() -> None:
    program = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout is not None
        folder = Path(program.stdout.readline().strip())
        image = str(folder / "image")
        assert image in attached()
        assert str(folder) not in Path("/proc/mounts").read_text(), "its mounts are its own"
    finally:
        os.kill(program.pid, signal.SIGKILL)
        program.wait()
    wait_until(lambda: image not in attached(), "the loop device lets go")
    assert folder.exists()
    sweep()
    assert not folder.exists()
