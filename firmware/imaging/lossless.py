"""Grayscale samples <-> a lossless codestream, for thin lines: JPEG-LS and HTJ2K, by imagecodecs.

Pure. A codestream is handed out only when it decoded to the very same samples: the codec is
somebody else's code, and what it drops cannot be had back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.uint16]
"""Shape (rows, columns): one frame."""


STRIP_ROWS = 256


@dataclass(frozen=True)
class Coder:
    transfer_syntax_uid: str
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


def _htj2k(samples: Samples) -> bytes:
    return bytes(imagecodecs.htj2k_encode(samples, reversible=True))


class Codec(Enum):
    """What an archive may accept beside the uncompressed one (PS3.5 A.4.3, A.4.9)."""

    JPEG_LS = Coder("1.2.840.10008.1.2.4.80", imagecodecs.jpegls_encode, imagecodecs.jpegls_decode)
    HTJ2K = Coder("1.2.840.10008.1.2.4.201", _htj2k, imagecodecs.htj2k_decode)

    @property
    def transfer_syntax_uid(self) -> str:
        return self.value.transfer_syntax_uid


class NotTheSame(Exception):
    """The codestream does not give back what went in, or the codec failed."""


def compressed(samples: Samples, codec: Codec) -> bytes:
    """A proven codestream. Raises NotTheSame."""
    codestream = encoded(samples, codec)
    if not the_same(decoded(codestream, codec), samples):
        raise NotTheSame(f"{codec.name} gives other samples back")
    return codestream


def the_same(one: Samples, other: Samples) -> bool:
    """In strips: a whole comparison takes another byte of memory for every sample."""
    return one.shape == other.shape and all(
        np.array_equal(one[first : first + STRIP_ROWS], other[first : first + STRIP_ROWS])
        for first in range(0, len(one), STRIP_ROWS)
    )


def encoded(samples: Samples, codec: Codec) -> bytes:
    """Not held against anything yet. Raises NotTheSame when the codec fails."""
    try:
        return bytes(codec.value.encode(samples))
    except Exception as error:  # imagecodecs has an error class for each codec, under Exception
        raise NotTheSame(f"{codec.name} does not encode this image: {error}") from error


def decoded(codestream: bytes, codec: Codec) -> Samples:
    """Raises NotTheSame when the codec fails."""
    try:
        samples: Samples = np.asarray(codec.value.decode(codestream))
    except Exception as error:  # as above
        raise NotTheSame(f"{codec.name} does not decode its own image: {error}") from error
    return samples
