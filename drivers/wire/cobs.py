"""Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999): bytes without zeros, and back.

Pure. A code byte n says that n - 1 bytes follow it and then, below 255, a zero that was there.
"""

BLOCK_MAX = 254  # bytes that one code byte can stand for without a zero after them
WITHOUT_ZERO = 0xFF


class NotCobs(ValueError):
    """A code byte points beyond the end, or there is a zero."""


def encode(data: bytes) -> bytes:
    """At most one byte in 254 longer, and one."""
    coded = bytearray()
    for run in data.split(b"\0"):
        at = 0
        while len(run) - at >= BLOCK_MAX:
            coded.append(WITHOUT_ZERO)
            coded += run[at : at + BLOCK_MAX]
            at += BLOCK_MAX
        coded.append(len(run) - at + 1)
        coded += run[at:]
    return bytes(coded)


def decode(coded: bytes) -> bytes:
    """Raises NotCobs. Takes the shorter form too, without a last code byte after a full block."""
    runs, at, end = [], 0, len(coded)
    while at < end:
        code = coded[at]
        behind = at + code
        if code == 0 or behind > end:
            raise NotCobs(f"code byte {code} at {at} of {end}")
        runs.append(coded[at + 1 : behind])
        if code != WITHOUT_ZERO and behind < end:
            runs.append(b"\0")
        at = behind
    return b"".join(runs)
