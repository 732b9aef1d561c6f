"""Peak memory of a node that scans a 35x43 cm film at 600 dpi and sends it to dcmtk's storescp."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.figure import Figure, Wanted
from tests.peers import storescp

PEAK_MB_MAX = 150.0


def film_node(folder: Path, *options: str) -> dict[str, object]:
    """What `bench.film_node` prints, run as a process of its own."""
    command = [sys.executable, "-m", "bench.film_node", str(folder), *options]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="film-memory-") as name:
        folder = Path(name)
        with storescp(folder / "received", "--ignore") as archive:
            found = film_node(folder, "--send", "--archive-port", str(archive.port))
    peak, pixels = float(str(found["peak_rss_mib"])), float(str(found["pixel_mb"]))
    yield Figure(
        f"peak memory, 35x43 cm at 600 dpi ({pixels:.0f} MB)",
        peak * 2**20 / 1e6,
        "MB",
        wanted=Wanted.AT_MOST,
        limit=PEAK_MB_MAX,
    )
