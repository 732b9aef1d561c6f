"""From a press to its lamp and to its answer, while a film is scanned and two are being sent; and
from the start of the process to READY. The node is a process of its own (bench/press_node.py).

References of the same run: one thread handing something to another under the same load, and an
interpreter that imports the same and does nothing.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

from bench.figure import Figure, Wanted
from tests.peers import storescp

MEDIAN_MS_MAX, P99_MS_MAX = 50.0, 150.0  # what a person feels as at once, and never as late
STARTS = 3
IMPORTS = "import bench.press_node"


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="press-", dir=Path.cwd()) as name:
        folder = Path(name)
        with (
            storescp(folder / "first", "--ignore") as first,
            storescp(folder / "second", "--ignore") as second,
        ):
            found = measured(folder, first.port, second.port)
        handoff = found["handoff_ms"]
        for what in ("press to WORKING lamp, two sent", "press to answer, one scanned, two sent"):
            times = found[what]
            limits = ((median, "median", MEDIAN_MS_MAX), (p99, "p99", P99_MS_MAX))
            for of, said, limit in limits:
                yield Figure(
                    f"{what}: {said} of {len(times)} (a handoff: {of(handoff):.2g} ms)",
                    of(times),
                    "ms",
                    wanted=Wanted.AT_MOST,
                    limit=limit,
                )
        starts = [ready_s(folder / f"start-{number}") for number in range(STARTS)]
    bare = median(imported_s() for _ in range(STARTS))
    yield Figure("process start to READY", median(starts), "s", "the same imports", bare)


def p99(times: list[float]) -> float:
    return quantiles(times, n=100, method="inclusive")[-1]


def measured(folder: Path, *ports: int) -> dict[str, list[float]]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.press_node", str(folder), *map(str, ports)],
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(json.loads(done.stdout))


def ready_s(folder: Path) -> float:
    """From before the process to its READY lamp; then it is ended."""
    began_s = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.press_node", "--start-only", str(folder), "1", "1"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process:
        line = process.stdout.readline()
        took_s = time.monotonic() - began_s
    if line.strip() != "READY":
        raise SystemExit(f"press_node said {line!r}")
    return took_s


def imported_s() -> float:
    began_s = time.monotonic()
    subprocess.run([sys.executable, "-c", IMPORTS], check=True)
    return time.monotonic() - began_s
