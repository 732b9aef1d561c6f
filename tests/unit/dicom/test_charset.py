import pytest

from firmware.dicom.charset import mend_text

JEROME = "Buc^Jérôme"


def test_mistaken_utf_8_is_mended() -> None:
    assert mend_text(JEROME.encode().decode("latin-1")) == JEROME
    assert mend_text("Cœur".encode().decode("cp1252")) == "Cœur"


@pytest.mark.parametrize("name", ["Buc^Jérôme", "ŒUVRARD", "Ångström^Åsa", "王^小东", "Buc^Jean"])
def test_a_good_name_is_left_alone(name: str) -> None:
    assert mend_text(name) == name
