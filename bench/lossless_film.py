"""A film as a DICOM file for `bench.lossless`; as a program, the peak of recoding a large one."""

import hashlib
import json
import resource
import sys
import tempfile
from dataclasses import replace
from multiprocessing import Pool
from pathlib import Path

import numpy as np

from firmware.dicom.film import film_dataset
from firmware.dicom.part10 import part10_header
from firmware.dicom.recode import recoded
from firmware.imaging.lossless import Codec, Samples
from sim.films import example_film, load_film
from tests.unit.dicom.films import film_image

ROWS, COLUMNS = 10157, 8267
"""43 x 35 cm at 600 dpi."""


def film_of(samples: Samples) -> bytes:
    rows, columns = samples.shape
    image = film_image()
    request = replace(image.request, rows=rows, columns=columns)
    header = part10_header(film_dataset(replace(image, request=request)), samples.nbytes)
    return header.data + samples.astype("<u2", copy=False).tobytes()


def write_large(path: Path) -> str:
    """Its SHA-256."""
    small = load_film(example_film()).samples
    times = -(-ROWS // small.shape[0]), -(-COLUMNS // small.shape[1])
    content = film_of(np.tile(small, times)[:ROWS, :COLUMNS])
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def peak_of(codec: Codec) -> dict[str, int]:
    """The film is made in a process of its own, whose memory is not counted."""
    with tempfile.TemporaryDirectory(prefix="lossless-") as folder, Pool(1) as other:
        path = Path(folder, "film.dcm")
        digest = other.apply(write_large, (path,))
        with path.open("rb", buffering=0) as file:
            recoded(file, digest, codec)
    return {"peak_bytes": peak_bytes(), "pixel_bytes": 2 * ROWS * COLUMNS}


def peak_bytes() -> int:
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    sys.stdout.write(json.dumps(peak_of(Codec[sys.argv[1]])))
