"""Making a real film small for a thin line: MB/s with its proof, the ratio, and the peak memory.

The film is a digitized mammogram (CBIS-DDSM) of 16 bits; the rate is of all of `recoded`: read,
SHA-256, encode, decode again and compare. Memory is of a process of its own that recodes a
35 x 43 cm film at 600 dpi, the mammogram side by side with itself.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from statistics import median
from time import perf_counter

from bench.figure import Figure
from bench.lossless_film import film_of
from firmware.dicom.recode import Recoded, recoded
from firmware.imaging.lossless import Codec
from sim.films import example_film, load_film

ROUNDS = 3


def figures() -> Iterator[Figure]:
    film = film_of(load_film(example_film()).samples)
    for codec in Codec:
        seconds, made = timed(film, codec)
        size_mb = len(film) / 1e6
        yield Figure(f"{codec.name} of a mammogram, proven", size_mb / seconds, "MB/s")
        yield Figure(f"{codec.name}, ratio", len(film) / made.size_bytes, "to 1")
        peak = peak_of(codec)
        pixels_mb = peak["pixel_bytes"] / 1e6
        yield Figure(
            f"peak memory, {codec.name} of {pixels_mb:.0f} MB", peak["peak_bytes"] / 1e6, "MB"
        )


def timed(film: bytes, codec: Codec) -> tuple[float, Recoded]:
    digest = hashlib.sha256(film).hexdigest()
    seconds = []
    for _ in range(ROUNDS):
        started = perf_counter()
        made = recoded(BytesIO(film), digest, codec)
        seconds.append(perf_counter() - started)
    return median(seconds), made


def peak_of(codec: Codec) -> dict[str, int]:
    command = [sys.executable, "-m", "bench.lossless_film", codec.name]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))
