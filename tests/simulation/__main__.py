"""`python -m tests.simulation`: every planted mistake, and how many seeds it takes to find it.

From several starts, on every core; ends with 1 when one is not found within the most allowed.
"""

import argparse
import multiprocessing
import statistics
import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor, as_completed

from sim.explore import all_cores
from tests.simulation.finding import SEEDS_MAX, Found, find
from tests.simulation.planted import BUGS

STARTS = tuple(1 + 1000 * number for number in range(5))
"""Far apart: no seed is tried from two of them."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--starts", type=int, default=len(STARTS), choices=range(1, 6))
    parser.add_argument("bugs", nargs="*", help="some of them (default: all)")
    chosen = parser.parse_args()
    bugs, starts = chosen.bugs or list(BUGS), STARTS[: chosen.starts]
    found: dict[str, list[Found]] = defaultdict(list)
    with ProcessPoolExecutor(all_cores(), multiprocessing.get_context("spawn")) as pool:
        jobs = [pool.submit(find, bug, start) for bug in bugs for start in starts]
        for job in as_completed(jobs):
            one = job.result()
            found[one.bug].append(one)
            print(
                f"  {one.bug} from {one.first}: {one.seeds or 'NOT FOUND'} {one.what}", flush=True
            )
    print(f"\n{'planted mistake':<62} median worst  found as")
    for bug in bugs:
        print(_row(bug, found[bug]))
    missed = [bug for bug in bugs if any(not one.seeds for one in found[bug])]
    print(f"{len(bugs) - len(missed)} of {len(bugs)} found from each of {len(starts)} starts")
    return 1 if missed else 0


def _row(bug: str, found: list[Found]) -> str:
    seeds = [one.seeds or SEEDS_MAX + 1 for one in found]
    worst = max(seeds)
    shown = f">{SEEDS_MAX}" if worst > SEEDS_MAX else str(worst)
    what = next((one.what for one in found if one.what), "").partition(":")[0]
    return f"{bug:<62} {statistics.median(seeds):>6g} {shown:>5}  {what}"


if __name__ == "__main__":
    sys.exit(main())
