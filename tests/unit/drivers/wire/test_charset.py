import pydicom
import pytest
from pydicom.data import get_charset_files

from drivers.wire.charset import decode_text

JEROME = "Buc^Jérôme"


def raw_name(file_name: str) -> tuple[bytes, list[str]]:
    dataset = pydicom.dcmread(get_charset_files(file_name)[0])
    element = dataset.get_item("PatientName")
    declared = dataset.SpecificCharacterSet
    return element.value, [declared] if isinstance(declared, str) else list(declared)


@pytest.mark.parametrize("file_name", ["chrFren.dcm", "chrFrenMulti.dcm"])
@pytest.mark.parametrize(
    "declared",
    [
        ["ISO_IR 100"],
        ["ISO 2022 IR 100"],
        ["", "ISO 2022 IR 100"],
        ["ISO_IR 192"],
        ["ISO_IR 6"],
        ["LATIN1"],
        [""],
        [],
    ],
    ids=str,
)
def test_a_french_name_whatever_is_declared(file_name: str, declared: list[str]) -> None:
    assert decode_text(raw_name(file_name)[0], declared) == JEROME


@pytest.mark.parametrize("declared", [["ISO_IR 100"], ["ISO_IR 192"], ["ISO_IR 144"], []], ids=str)
def test_utf_8_is_taken_as_such_whatever_is_declared(declared: list[str]) -> None:
    assert decode_text(JEROME.encode(), declared) == JEROME


@pytest.mark.parametrize("declared", [["ISO_IR 100"], ["ISO_IR 192"], []], ids=str)
def test_the_ligature_that_latin_1_has_not(declared: list[str]) -> None:
    assert decode_text("ŒUVRARD^Cœur".encode("cp1252"), declared) == "ŒUVRARD^Cœur"


def test_escapes_are_followed() -> None:
    raw = b"Buc^\x1b\x2d\x41" + "Jérôme".encode("latin-1")
    assert decode_text(raw, ["", "ISO 2022 IR 100"]) == JEROME


@pytest.mark.parametrize(
    ("file_name", "name"),
    [
        ("chrGerm.dcm", "Äneas^Rüdiger"),
        ("chrGreek.dcm", "Διονυσιος"),
        ("chrRuss.dcm", "Люкceмбypг"),
        ("chrH31.dcm", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("chrI2.dcm", "Hong^Gildong=洪^吉洞=홍^길동"),
        ("chrX1.dcm", "Wang^XiaoDong=王^小東="),
        ("chrX2.dcm", "Wang^XiaoDong=王^小东="),
    ],
)
def test_other_scripts_by_what_is_declared(file_name: str, name: str) -> None:
    assert decode_text(*raw_name(file_name)) == name


def test_padding_is_not_part_of_a_name() -> None:
    assert decode_text(b"Buc^Jean \0") == "Buc^Jean"
