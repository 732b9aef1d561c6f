"""Scrambling of samples: see docs/protocols/cassette-reader.md, "Scrambling". Pure."""

import numpy as np

from drivers.wire.cassette_frames import SAMPLES_BYTES_MAX

_FIRST, _FACTOR, _ADDEND = 0xACE1, 25173, 13849


def _sequence() -> bytes:
    numbers, x = bytearray(), _FIRST
    for _ in range(SAMPLES_BYTES_MAX):
        numbers.append(x >> 8)
        x = (x * _FACTOR + _ADDEND) & 0xFFFF
    return bytes(numbers)


_SEQUENCE = np.frombuffer(_sequence(), np.uint8)


def scramble(samples: bytes | memoryview) -> bytes:
    """And back: at most SAMPLES_BYTES_MAX bytes, each segment from the sequence's beginning."""
    plain = np.frombuffer(samples, np.uint8)
    return np.bitwise_xor(plain, _SEQUENCE[: len(plain)]).tobytes()
