"""What a killed exploration leaves in memory goes with the next one; what is in use stays."""

import shutil
import subprocess
import sys
from pathlib import Path

from sim.explore import Outcome, try_all
from sim.life_folders import new_folder

PROGRAM = """
import time
from sim.life_folders import new_folder
folder = new_folder()
(folder / "index.sqlite3").write_bytes(b"an index")
print(folder, flush=True)
time.sleep(60)
"""


def explore() -> None:
    list(try_all([1], lambda seed: Outcome(seed, 1.0), jobs=1))


def test_only_folders_of_killed_processes_are_swept() -> None:
    program = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
    mine = new_folder()
    try:
        assert program.stdout is not None
        folder = Path(program.stdout.readline().strip())
        explore()
        assert folder.exists(), "its process lives"
    finally:
        program.kill()
        program.wait()
    assert folder.exists(), "nobody was left to remove it"
    explore()
    assert not folder.exists()
    assert mine.exists()
    shutil.rmtree(mine)
