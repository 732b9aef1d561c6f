from dataclasses import replace
from pathlib import Path

import pytest

from drivers.worklist_file import NoWorklist, WorklistFile
from hal.errors import ConfigError
from hal.values import Issuer, Order, Patient, Priority

ONE = """
[[order]]
patient_id = "100042"
name = "EXEMPLE^Éléonore"
birth_date = "19620314"
sex = "F"
issuer = "CH SOMAIN"
accession_number = "A2026-0117"
body_part_examined = "CHEST"
priority = "urgent"
"""
ORDER = Order(
    Patient("100042", "EXEMPLE^Éléonore", "19620314", "F", Issuer("CH SOMAIN")),
    accession_number="A2026-0117",
    body_part_examined="CHEST",
    priority=Priority.URGENT,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "orders.toml"


def test_an_order_is_read_as_it_is_written(file: Path) -> None:
    file.write_text(ONE, "utf-8")
    assert WorklistFile(file).orders() == (ORDER,)


def test_an_edit_is_seen_at_the_next_reading_in_the_files_order(file: Path) -> None:
    file.write_text(ONE, "utf-8")
    worklist = WorklistFile(file)
    worklist.orders()
    file.write_text(ONE.replace("0117", "0118") + ONE, "utf-8")
    assert worklist.orders() == (replace(ORDER, accession_number="A2026-0118"), ORDER)


@pytest.mark.parametrize("text", ["", "# nothing today\n"])
def test_no_order_is_no_error(file: Path, text: str) -> None:
    file.write_text(text)
    assert WorklistFile(file).orders() == NoWorklist().orders() == ()


WRONG = {
    "no TOML": ("[[order", "orders.toml"),
    "a misspelt table": (ONE.replace("order]]", "orders]]"), "'orders'"),
    "one bracket": (ONE.replace("[[order]]", "[order]"), "two brackets"),
    "an unknown key": (ONE + 'colour = "blue"\n', "'colour'"),
    "a bare date": (ONE.replace('"19620314"', "1962-03-14"), "birth_date"),
    "a number": (ONE.replace('"100042"', "100042"), "patient_id"),
    "no name": (ONE.replace('name = "EXEMPLE^Éléonore"', ""), "no name"),
    "an empty number": (ONE.replace('"100042"', '""'), "no patient_id"),
    "no such priority": (ONE.replace('"urgent"', '"stat"'), "stat"),
    "orders that are no tables": ('order = ["a"]', "order"),
}


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=list(WRONG))
def test_what_is_wrong_is_one_sentence_with_the_file(file: Path, text: str, said: str) -> None:
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=said) as told:
        WorklistFile(file).orders()
    assert str(file) in told.value.sentence.fr


def test_a_file_that_is_not_there_or_not_utf_8_is_one_sentence(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"orders\.toml"):
        WorklistFile(file).orders()
    file.write_bytes(ONE.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"orders\.toml"):
        WorklistFile(file).orders()
