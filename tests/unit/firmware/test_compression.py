"""Which way is quicker, and how long a free line waits."""

import pytest

from firmware.compression import THIN_BYTES_S, Choice, Cost, Pace, best_codec, choose, cost
from firmware.compression import line_bytes_s as line
from firmware.imaging.lossless import Codec

FILM = 26_000_000
BOARD = {Codec.JPEG_LS: Pace(40e6, 3.75), Codec.HTJ2K: Pace(80e6, 3.1)}


@pytest.mark.parametrize(
    ("line_mbit_s", "codec"),
    [
        (0.5, Codec.JPEG_LS),
        (10, Codec.JPEG_LS),
        (30, Codec.JPEG_LS),
        (150, Codec.HTJ2K),
        (400, Codec.HTJ2K),
        (1000, None),
    ],
)
def test_a_thin_line_wants_the_smallest_a_fast_one_the_quickest(
    line_mbit_s: float, codec: Codec | None
) -> None:
    assert best_codec(FILM, line_mbit_s * 125_000, BOARD) is codec


def test_nothing_is_accepted() -> None:
    assert best_codec(FILM, THIN_BYTES_S, {}) is None


@pytest.mark.parametrize(
    ("waited_s", "made", "choice"),
    [
        (0.0, False, Choice.WAIT),
        (13.9, False, Choice.WAIT),
        (14.0, False, Choice.PLAIN),
        (0.0, True, Choice.COMPRESSED),
        (99.0, True, Choice.COMPRESSED),
        (0.0, None, Choice.PLAIN),
    ],
)
def test_a_free_line_waits_no_longer_than_it_can_win(
    waited_s: float, made: bool | None, choice: Choice
) -> None:
    film = Cost(plain_s=20.0, encode_s=1.0, compressed_s=6.0)
    assert choose(film, waited_s, made) is choice


def test_what_gains_nothing_is_not_waited_for() -> None:
    assert choose(cost(FILM, 500e6, Pace(40e6, 3.0)), 0.0, made=False) is Choice.PLAIN


def test_a_line_that_was_never_measured_counts_as_thin() -> None:
    assert line("auto", None) == line("jpeg-ls", None) == THIN_BYTES_S


def test_a_codec_by_name_is_wanted_on_a_fast_line_too() -> None:
    assert line("auto", 1e8) == 1e8
    assert line("jpeg-ls", 1e8) == THIN_BYTES_S
    assert line("jpeg-ls", 1e5) == 1e5
