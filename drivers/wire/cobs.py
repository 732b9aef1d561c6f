"""Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999): bytes without zeros, and back.

Pure. A code byte n says that n - 1 bytes follow it and then, below 255, a zero that was there.
"""

BLOCK_MAX = 254  # bytes that one code byte can stand for without a zero after them
WITHOUT_ZERO = 0xFF
_BEYOND = bytes(WITHOUT_ZERO)  # where a wrong last code byte points: seen once, after the blocks


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
    if b"\0" in coded:
        raise NotCobs("a zero")
    end = len(coded)
    plain = bytearray(coded) + _BEYOND
    runs, begins, at = [], 1, 0
    while at < end:
        code = coded[at]
        at += code
        if code == WITHOUT_ZERO:
            runs.append((begins, at))
            begins = at + 1
        else:
            plain[at] = 0  # the next code byte stands where the zero was
    if at > end:
        raise NotCobs(f"a block ends at {at} of {end}")
    runs.append((begins, end))
    view = memoryview(plain)
    return b"".join([view[first:last] for first, last in runs])
