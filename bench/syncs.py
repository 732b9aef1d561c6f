"""Syncs per acknowledged image, counted with strace over a whole node that scans films.

Every call that makes something durable counts; sync_file_range does not make anything so. What
the node does once, at its start, is in a run with one film too, and so falls out.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.figure import Figure, Wanted

FILMS = 6
SMALL_FILM = ("--width-in", "8", "--height-in", "10", "--dpi", "300", "--no-queue")
"""14 MB; not queued, for what forwarding commits comes after the acknowledgement."""
SYNCS_MAX = 3.0
SYNC_CALLS = "fsync,fdatasync,sync,syncfs,msync"


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="syncs-", dir=Path.cwd()) as name:
        folder = Path(name)
        few = syncs(folder / "few", 1)
        many = syncs(folder / "many", 1 + FILMS)
    yield Figure(
        "syncs per acknowledged image (14 MB)",
        (many - few) / FILMS,
        "syncs",
        wanted=Wanted.AT_MOST,
        limit=SYNCS_MAX,
    )


def syncs(folder: Path, films: int) -> int:
    folder.mkdir()
    trace = folder / "trace"
    node = [sys.executable, "-m", "bench.film_node", str(folder), "--films", str(films)]
    subprocess.run(
        ["strace", "-f", "-qq", "-e", f"trace={SYNC_CALLS}", "-o", trace, *node, *SMALL_FILM],
        check=True,
        capture_output=True,
    )
    return len(re.findall(r"^\d+ +\w+\(.*\) += 0", trace.read_text(), re.MULTILINE))
