import pytest

from firmware.dicom import values
from hal.errors import ConfigError, Sentence

FIELD = Sentence("accession number", "numéro de demande")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Éléonore", "Éléonore"),
        ("E\u0301le\u0301onore", "Éléonore"),
        ("two\r\nlines\tand tabs", "two lines and tabs"),
        ("bell\x07 escape\x1b[0m", "bell escape[0m"),
        ("left\\right", "left/right"),
        ("broken \ud800 half", "broken half"),
        ("  padded  ", "padded"),
        ("ThÃ©rÃ¨se", "Thérèse"),
        ("x" * 80, "x" * 64),
        ("x" * 63 + "é", "x" * 63),
        ("é" * 40, "é" * 32),
    ],
)
def test_words_are_cleaned(given: str, kept: str) -> None:
    assert values.text(given) == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("LEFÈVRE^Anaïs", "LEFÈVRE^Anaïs"),
        ("LEFÈVRE^^^", "LEFÈVRE"),
        ("A^B^C^D^E^F^^G", "A^B^C^D^E F G"),
        ("a=b=c=d", "a=b=c"),
        ("A\\B^C\x00D", "A/B^CD"),
        ("F" * 60 + "^Given", "F" * 60 + "^Giv"),
        ("F" * 63 + "^Given", "F" * 63),
        ("^" * 9, ""),
        ("", ""),
    ],
)
def test_names_are_cleaned_by_one_rule(given: str, kept: str) -> None:
    assert values.person_name(given) == kept


def test_an_identifier_is_kept_as_it_is() -> None:
    assert values.identifier(" Ã©-42 ", FIELD, 16) == "Ã©-42"


@pytest.mark.parametrize("given", ["1" * 17, "a\\b", "a\nb", "a\x00b", "\ud800"])
def test_an_identifier_is_never_cut_or_mended(given: str) -> None:
    with pytest.raises(ConfigError, match="accession number") as refused:
        values.identifier(given, FIELD, 16)
    assert "numéro de demande" in refused.value.sentence.fr


@pytest.mark.parametrize("given", ["1.2.840.10008.1", "2.25." + "9" * 59, "0.0"])
def test_a_uid(given: str) -> None:
    assert values.uid(given, FIELD) == given


@pytest.mark.parametrize(
    "given", ["", "1", "1.02", "1..2", "1.2.", "2.25." + "9" * 60, "1.a", "1.2\n"]
)
def test_no_uid(given: str) -> None:
    with pytest.raises(ConfigError):
        values.uid(given, FIELD)


@pytest.mark.parametrize(
    ("given", "kept"), [("chest", "CHEST"), ("É", ""), ("A" * 17, ""), ("", "")]
)
def test_codes(given: str, kept: str) -> None:
    assert values.code_string(given) == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("19550623", "19550623"),
        ("19550231", ""),
        ("1955", ""),
        ("23/06/1955", ""),
        ("00000000", ""),
    ],
)
def test_dates(given: str, kept: str) -> None:
    assert values.date(given) == kept
