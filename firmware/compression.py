"""Is an image sent as it is stored, or made small first? Pure: sizes and rates in, a decision out.

Making it small pays when its time and the smaller file's are together less than the time of the
file as it is. A forwarder whose line is free waits for it no longer than waiting can win: at worst
the image is there twice as late as it would have been, at best in a third of the time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from firmware.config_archives import CompressionMode
from firmware.imaging.lossless import Codec

OFFERED: dict[CompressionMode, tuple[Codec, ...]] = {
    "auto": (Codec.JPEG_LS, Codec.HTJ2K),
    "jpeg-ls": (Codec.JPEG_LS,),
    "htj2k": (Codec.HTJ2K,),
    "none": (),
}
THIN_BYTES_S = 1_250_000.0
"""10 Mbit/s: what a line is taken for until it is measured, and always where the configuration
names a codec. On a fast line a film is a fraction of a second late by it, once."""


@dataclass(frozen=True)
class Pace:
    """Of one codec on this machine, its proof included: bytes in a second, and in to out."""

    bytes_per_s: float
    ratio: float


PACES = {Codec.JPEG_LS: Pace(40e6, 3.0), Codec.HTJ2K: Pace(60e6, 2.5)}
"""Until measured: of a board, a third of what bench/lossless.py finds on a small PC."""


@dataclass(frozen=True)
class Cost:
    """Seconds for one image on one line."""

    plain_s: float
    encode_s: float
    compressed_s: float

    @property
    def gain_s(self) -> float:
        return self.plain_s - self.encode_s - self.compressed_s

    @property
    def patience_s(self) -> float:
        """Later than this, sending the file as it is had been no slower."""
        return self.plain_s - self.compressed_s


class Choice(Enum):
    PLAIN = "as it is stored"
    COMPRESSED = "the small one"
    WAIT = "the small one is nearly there"


def cost(size_bytes: int, line_bytes_s: float, pace: Pace) -> Cost:
    plain_s = size_bytes / line_bytes_s
    return Cost(plain_s, size_bytes / pace.bytes_per_s, plain_s / pace.ratio)


def best_codec(size_bytes: int, line_bytes_s: float, paces: Mapping[Codec, Pace]) -> Codec | None:
    """Of those the archive takes, the one that gains most; None where none gains anything."""
    gains = {codec: cost(size_bytes, line_bytes_s, pace).gain_s for codec, pace in paces.items()}
    best = max(gains, key=lambda codec: gains[codec], default=None)
    return best if best is not None and gains[best] > 0.0 else None


def line_bytes_s(mode: CompressionMode, measured_bytes_s: float | None) -> float:
    if measured_bytes_s is None:
        return THIN_BYTES_S
    return measured_bytes_s if mode == "auto" else min(measured_bytes_s, THIN_BYTES_S)


def choose(cost_s: Cost, waited_s: float, made: bool | None) -> Choice:
    """For an image that is due on a free line. `made`: False, not yet; None, it never will be."""
    if made:
        return Choice.COMPRESSED
    if made is None or cost_s.gain_s <= 0.0 or waited_s >= cost_s.patience_s:
        return Choice.PLAIN
    return Choice.WAIT
