"""Bytes from elsewhere become text, whatever they are and whatever they claim to be."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.wire.charset import decode_text
from firmware.dicom.charset import mend_text

DECLARED = st.lists(
    st.sampled_from(
        ("", "ISO_IR 6", "ISO_IR 100", "ISO_IR 192", "ISO 2022 IR 100", "ISO 2022 IR 87", "GB18030")
    )
    | st.text(max_size=16),
    max_size=4,
)
FRENCH = st.text(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZàâäçéèêëîïôöùûüÿÀÂÄÇÉÈÊËÎÏÔÖÙÛÜ^'-",
    max_size=64,
)


@given(raw=st.binary(max_size=200), declared=DECLARED)
def test_it_never_raises(raw: bytes, declared: list[str]) -> None:
    assert isinstance(decode_text(raw, declared), str)


@given(name=FRENCH, declared=DECLARED.filter(lambda names: "GB18030" not in names))
def test_french_in_utf_8_survives_any_declaration(name: str, declared: list[str]) -> None:
    assert decode_text(name.encode(), declared) == name


@given(name=FRENCH, declared=st.sampled_from((["ISO_IR 100"], ["ISO_IR 192"], ["", ""], [])))
def test_french_in_latin_1_survives(name: str, declared: list[str]) -> None:
    assert decode_text(name.encode("latin-1"), declared) == name


@given(name=FRENCH)
def test_mending_undoes_one_mistake_and_makes_none(name: str) -> None:
    assert mend_text(name.encode().decode("latin-1")) == name
    assert mend_text(name) == name
