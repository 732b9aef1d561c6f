"""A CR plate from a pty to durable: speed, memory, and the speed of the parser alone.

The reader (`sapi-node sim cassette-reader --pty`) and the node (bench/plate_node.py) are programs
of their own. A pty holds 8 KiB and gives 4 at a time, each through a worker of the kernel's: that
hand-off decides the wall clock, for anybody. So the wall clock is held against the same bytes read
raw from a pty, hashed, written and fsynced in the same run; what the node itself costs is told in
time of the processor, where others' load is left out; and the same is read over TCP, whose
buffers let the reader send while the node computes.
"""

import hashlib
import json
import os
import pty
import subprocess
import sys
import tempfile
import tty
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from PIL import Image

from bench.figure import Figure, Wanted
from drivers.wire.cassette_bodies import body_of, message_of
from drivers.wire.cassette_frames import SAMPLES_BYTES_MAX, Frame, FrameReader
from drivers.wire.cassette_messages import Samples
from tests.reader_process import reader_on_pty, reader_on_tcp

COLUMNS, ROWS = 4300, 5000  # 43 MB; 43 cm at 100 um are 4300 samples
TIMES = 3
BYTES_PER_MB = 1_000_000
MB_PER_CPU_S_WANTED = 60.0
OF_RAW_WANTED = 0.25  # seen: 0.34 to 0.59, on machines with much else to do
PEAK_MB_MAX = 150.0
PTY_BYTES = 4095  # what a pty gives at once
WRITE_BYTES = 1 << 16

# Writes as many bytes into the descriptor as it is told to: the other end of the raw line.
WRITER = """
import os, sys
line, left = int(sys.argv[1]), int(sys.argv[2])
noise = os.urandom(1 << 16)
while left:
    left -= os.write(line, noise[:left])
sys.stdin.read()
"""


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="plate-", dir=Path.cwd()) as name:
        folder = Path(name)
        plate = folder / "plate.png"
        Image.fromarray(exposed_plate()).save(plate, compress_level=1)
        runs = [run(folder / str(number), plate) for number in range(TIMES)]
        over_tcp = [run_over_tcp(folder / f"tcp{number}", plate) for number in range(TIMES)]
    yield from speed(runs)
    yield Figure("plate: TCP to durable, by the wall clock", max(map(mb_a_s, over_tcp)), "MB/s")
    yield Figure(
        "plate: peak memory of the process that reads 43 MB",
        max(found["peak_rss_mib"] for found in runs) * 2**20 / BYTES_PER_MB,
        "MB",
        wanted=Wanted.AT_MOST,
        limit=PEAK_MB_MAX,
    )
    line = as_on_the_line()
    yield Figure(
        "plate: parser, frames of 32 KiB in pieces of a pty",
        max(parser_mb_s(line) for _ in range(TIMES)),
        "MB/s",
        "sha256 of the same",
        max(sha256_mb_s(line) for _ in range(TIMES)),
    )


def speed(runs: list[dict[str, float]]) -> Iterator[Figure]:
    best = min(runs, key=lambda found: found["to_durable_s"] / found["raw_s"])
    yield Figure(
        "plate: pty to durable, by the wall clock",
        mb_a_s(best),
        "MB/s",
        "raw pty, sha256, write, fsync",
        best["pixel_bytes"] / best["raw_s"] / BYTES_PER_MB,
        Wanted.AT_LEAST,
        OF_RAW_WANTED,
    )
    least = min(runs, key=lambda found: found["cpu_s"])
    yield Figure(
        "plate: pty to durable, a second of one core",
        least["pixel_bytes"] / least["cpu_s"] / BYTES_PER_MB,
        "MB/s",
        wanted=Wanted.AT_LEAST,
        limit=MB_PER_CPU_S_WANTED,
    )
    yield Figure("plate: of its time, ready and without a core", best["core_wait_s"], "s")


def mb_a_s(found: dict[str, float]) -> float:
    return found["pixel_bytes"] / found["to_durable_s"] / BYTES_PER_MB


def run(folder: Path, plate: Path) -> dict[str, float]:
    """The node, and then the reference."""
    folder.mkdir()
    port = folder / "reader"
    with reader_on_pty(port, plate):
        found = read_by_a_node(folder, str(port))
    return found | {"raw_s": raw_s(folder / "raw", int(found["pixel_bytes"]))}


def run_over_tcp(folder: Path, plate: Path) -> dict[str, float]:
    folder.mkdir()
    with reader_on_tcp(plate) as address:
        return read_by_a_node(folder, address)


def read_by_a_node(folder: Path, address: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.plate_node", str(folder), address]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def raw_s(file: Path, size_bytes: int) -> float:
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    command = [sys.executable, "-c", WRITER, str(ours), str(size_bytes)]
    with subprocess.Popen(command, pass_fds=[ours], stdin=subprocess.PIPE) as writer:
        try:
            first = os.read(theirs, PTY_BYTES)  # the writer has started
            began_s = perf_counter()
            keep(first, theirs, file, size_bytes)
            return perf_counter() - began_s
        finally:
            writer.kill()
            os.close(ours)
            os.close(theirs)


def keep(first: bytes, line: int, file: Path, size_bytes: int) -> None:
    digest = hashlib.sha256(first)
    with file.open("xb", buffering=0) as out:
        out.write(first)
        left = size_bytes - len(first)
        while left:
            chunk = os.read(line, min(left, WRITE_BYTES))
            digest.update(chunk)
            out.write(chunk)
            left -= len(chunk)
        os.fsync(out.fileno())


def exposed_plate() -> np.ndarray[tuple[int, int], np.dtype[np.uint16]]:
    """Noise on a slope, and a border without exposure: long runs of zeros."""
    chance = np.random.default_rng(1)
    samples = chance.integers(20_000, 21_000, (ROWS, COLUMNS), np.uint16)
    samples += np.linspace(0, 20_000, COLUMNS).astype(np.uint16)
    samples[:300], samples[:, :200] = 0, 0
    return samples


def as_on_the_line() -> bytes:
    samples = exposed_plate().astype("<u2").tobytes()
    messages = (
        Samples(1, at // 2, samples[at : at + SAMPLES_BYTES_MAX])
        for at in range(0, len(samples), SAMPLES_BYTES_MAX)
    )
    return b"".join(Frame(kind, 0, body).to_bytes() for kind, body in map(body_of, messages))


def parser_mb_s(line: bytes) -> float:
    reader, count = FrameReader(), 0
    began_s = process_time()
    for at in range(0, len(line), PTY_BYTES):
        for frame in reader.feed(line[at : at + PTY_BYTES]):
            message_of(frame.kind, frame.body)
            count += 1
    took_s = process_time() - began_s
    if count != -(-2 * ROWS * COLUMNS // SAMPLES_BYTES_MAX):
        raise SystemExit(f"{count} frames came out of the parser")
    return len(line) / took_s / BYTES_PER_MB


def sha256_mb_s(data: bytes) -> float:
    began_s = process_time()
    hashlib.sha256(data)
    return len(data) / (process_time() - began_s) / BYTES_PER_MB
