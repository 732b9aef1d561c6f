"""Of the decision to make an image small, for any line and any machine."""

from hypothesis import given
from hypothesis import strategies as st

from firmware.compression import Choice, Pace, best_codec, choose, cost
from firmware.imaging.lossless import Codec

SIZES = st.integers(1, 2**30)
RATES = st.floats(1e3, 1e9)
PACES = st.builds(Pace, st.floats(1e5, 1e9), st.floats(1.0, 50.0))
STEP = 1e-9  # of rounding


@given(SIZES, RATES, PACES, st.floats(0.0, 1e4))
def test_waiting_and_giving_up_costs_at_most_twice_the_plain_time(
    size: int, rate: float, pace: Pace, made_after_s: float
) -> None:
    """Whenever the small file comes, or if it never does."""
    film = cost(size, rate, pace)
    if choose(film, 0.0, made=False) is Choice.PLAIN:
        return
    waited_s = min(made_after_s, film.patience_s)
    came = made_after_s < film.patience_s
    took_s = waited_s + (film.compressed_s if came else film.plain_s)
    assert took_s <= 2 * film.plain_s * (1 + STEP)
    if came:
        assert took_s <= film.plain_s * (1 + STEP)


@given(SIZES, RATES, st.dictionaries(st.sampled_from(Codec), PACES))
def test_a_codec_is_chosen_only_where_it_gains_and_none_gains_more(
    size: int, rate: float, paces: dict[Codec, Pace]
) -> None:
    gains = {codec: cost(size, rate, pace).gain_s for codec, pace in paces.items()}
    best = best_codec(size, rate, paces)
    if best is None:
        assert all(gain <= 0.0 for gain in gains.values())
    else:
        assert gains[best] > 0.0
        assert gains[best] == max(gains.values())


@given(SIZES, RATES, RATES, PACES)
def test_what_pays_on_a_fast_line_pays_on_a_slower_one(
    size: int, one: float, other: float, pace: Pace
) -> None:
    slow, fast = sorted((one, other))
    if best_codec(size, fast, {Codec.JPEG_LS: pace}):
        assert best_codec(size, slow, {Codec.JPEG_LS: pace})
