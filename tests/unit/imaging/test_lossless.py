"""Codestreams give back what went in, or are not handed out."""

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware.imaging import lossless
from firmware.imaging.lossless import Codec, Coder, NotTheSame, compressed, decoded


def noise(rows: int, columns: int) -> NDArray[np.uint16]:
    return np.random.default_rng(1).integers(0, 65536, (rows, columns), np.uint16)


IMAGES = {
    "black": np.zeros((40, 30), np.uint16),
    "white": np.full((40, 30), 65535, np.uint16),
    "ramp": np.arange(64 * 48, dtype=np.uint16).reshape(64, 48) * 21,
    "noise": noise(120, 90),
    "one column": noise(33, 1),
    "one row": noise(1, 33),
    "one pixel": noise(1, 1),
}


@pytest.mark.parametrize("codec", Codec)
@pytest.mark.parametrize("name", IMAGES)
def test_bit_for_bit(name: str, codec: Codec) -> None:
    samples = IMAGES[name]
    assert np.array_equal(decoded(compressed(samples, codec), codec), samples)


@pytest.mark.parametrize("codec", Codec)
def test_rows_that_lie_apart_in_memory(codec: Codec) -> None:
    samples = noise(64, 64)[::2, ::2]
    assert np.array_equal(decoded(compressed(samples, codec), codec), samples)


def test_a_codec_that_loses_a_bit_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    good = Codec.JPEG_LS.value

    def loses_one(codestream: bytes) -> NDArray[np.uint16]:
        samples = np.array(good.decode(codestream))
        samples[-1, -1] ^= 1
        return samples

    broken = Coder(good.transfer_syntax_uid, good.encode, loses_one)
    monkeypatch.setattr(lossless.Codec.JPEG_LS, "_value_", broken)
    with pytest.raises(NotTheSame, match="other samples"):
        compressed(noise(8, 8), Codec.JPEG_LS)


@pytest.mark.parametrize("codec", Codec)
def test_what_is_no_codestream(codec: Codec) -> None:
    with pytest.raises(NotTheSame):
        decoded(b"no image", codec)
