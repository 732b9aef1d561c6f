import pytest

from firmware.imaging.film_sizes import FILM_SIZES, FilmSize, name_film_size

# PS3.3 C.13.3, Film Size ID: the defined terms.
DEFINED_TERMS = {
    *("8INX10IN", "8_5INX11IN", "10INX12IN", "10INX14IN", "11INX14IN", "11INX17IN"),
    *("14INX14IN", "14INX17IN", "24CMX24CM", "24CMX30CM", "A4", "A3"),
}


@pytest.mark.parametrize("size", FILM_SIZES, ids=lambda size: size.name)
def test_each_size_is_found_in_both_orientations(size: FilmSize) -> None:
    assert name_film_size(size.width_mm + 0.5, size.height_mm - 0.5) == size
    assert name_film_size(size.height_mm - 0.5, size.width_mm + 0.5) == size


def test_centimetres_and_inches_are_told_apart_by_the_nearer_one() -> None:
    assert name_film_size(430, 350) == next(s for s in FILM_SIZES if s.name == "35x43 cm")
    assert name_film_size(356, 432) == next(s for s in FILM_SIZES if s.name == "14x17 in")


@pytest.mark.parametrize(("width_mm", "height_mm"), [(100, 100), (350, 380), (186, 240)])
def test_an_odd_size_has_no_name(width_mm: float, height_mm: float) -> None:
    assert name_film_size(width_mm, height_mm) is None


def test_only_the_standard_s_own_terms_are_used() -> None:
    assert {size.film_size_id for size in FILM_SIZES} - {""} <= DEFINED_TERMS
