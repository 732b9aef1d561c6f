"""`make chaos`: the whole proof at length, as a table; and any violation of it again.

    python -m tests.chaos [--seeds N] [--quick]
    python -m tests.chaos replay RECORDING STATE
    python -m tests.chaos model SEED STATES
    python -m tests.chaos model-failure PLACE
    python -m tests.chaos syscall NAME:NUMBER:signal=KILL

What is proven: a node's every promise (tests/chaos/invariants.py) holds after a power cut at any
instant, on real file systems under a disk that may reorder and lose what was not flushed
(explore.py), on a disk as strict as POSIX (model.py), after a kill or an error at its system
calls (syscalls.py), and with an index, a file or all room lost (scenarios.py). And that each of
these methods could have found something: catching.py plants mistakes.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.chaos import model, private_mounts, syscalls
from tests.chaos.crash_states import parse_state
from tests.chaos.explore import replay
from tests.chaos.proof import prove


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--seeds", type=int, default=4, help="recordings a file system")
    parser.add_argument("--quick", action="store_true", help="a sample of each, as in make test")
    again = parser.add_subparsers(dest="again")
    again.add_parser("replay").add_argument("what", nargs=2)
    again.add_parser("model").add_argument("what", nargs=2, type=int)
    again.add_parser("model-failure").add_argument("what", nargs=1, type=int)
    again.add_parser("syscall").add_argument("what", nargs=1)
    chosen = parser.parse_args()
    if chosen.again:
        return _shown(_again(chosen.again, chosen.what))
    if reason := private_mounts.why_not():
        print(f"The proof on real file systems needs root, loop devices and FUSE: {reason}.")
        return 1
    return prove(seeds=chosen.seeds, quick=chosen.quick)


def _again(kind: str, what: list[str] | list[int]) -> Iterable[object]:
    match kind:
        case "replay":
            private_mounts.enter()
            return replay(Path(what[0]), parse_state(str(what[1])))
        case "model":
            return model.crashes(int(what[0]), int(what[1])).findings
        case "model-failure":
            return model.failures_at([int(what[0])]).findings
        case _:
            (outcome,) = syscalls.try_all([syscalls.parse_point(str(what[0]))])
            return [outcome] if outcome.violations else []


def _shown(violations: Iterable[object]) -> int:
    found = list(violations)
    for violation in found:
        print(violation)
    print(f"{len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
