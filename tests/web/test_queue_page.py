"""The queue tells its reasons in the language of whoever reads it."""

import pytest

from firmware.web.page import LANGUAGE_COOKIE
from tests.web.page_kit import PageKit, order

FR = "l'archive ne la conserve pas (motif 0112H)"
EN = "the archive does not keep it (reason 0112H)"


@pytest.mark.parametrize(
    ("language", "french", "shown", "not_shown"),
    [
        ("fr", FR, "ne la conserve pas", "does not keep it"),
        ("en", FR, "does not keep it", "ne la conserve pas"),
        ("fr", "", "does not keep it", "ne la conserve pas"),
    ],
    ids=["French", "English", "no French was kept"],
)
def test_a_reason_is_told_in_the_readers_language(
    kit: PageKit, language: str, french: str, shown: str, not_shown: str
) -> None:
    uid = kit.store(order("EXEMPLE^Éléonore", "D100042", "D2026-0117", "Thorax"))
    kit.stands(uid, "douai", "held", last_error=EN, last_error_fr=french)
    client = kit.signed_in()
    client.cookies.set(LANGUAGE_COOKIE, language)
    text = client.get("/queue").text
    assert shown in text
    assert not_shown not in text
