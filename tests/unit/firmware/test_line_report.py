"""What the line carried of an image, and what an archive takes: said in both languages."""

import json

import pytest

from firmware.imaging.lossless import Codec
from firmware.line_report import NAMES, line_of, takes
from firmware.syntax_choice import syntax_of
from hal.values import Uid

JPEG_LS, HTJ2K = map(syntax_of, (Codec.JPEG_LS, Codec.HTJ2K))
PLAIN = Uid("1.2.840.10008.1.2.1")
FILM = Uid("1.2.840.10008.5.1.4.1.1.7.3")
STORED_BYTES = 12_000_000


def row(sent_bytes: int, *sent_as: Uid, as_stored: int = 0) -> dict[str, object]:
    return {"sent_bytes": sent_bytes, "sent_as": json.dumps(sent_as), "as_stored": as_stored}


def test_a_small_one_is_told_with_its_bytes_and_ratio() -> None:
    told = line_of(row(4_800_000, JPEG_LS), STORED_BYTES)
    assert (told["sent"], told["transfer_syntax_uids"]) == ("JPEG-LS lossless", (JPEG_LS,))
    assert (told["sent_bytes"], told["stored_bytes"], told["ratio"]) == (4_800_000, 12_000_000, 2.5)
    (sentence,) = told["sentences"]
    assert sentence == {
        "en": "Sent, JPEG-LS lossless: 4,800,000 of 12,000,000 bytes, 2.5 to 1.",
        "fr": "Envoyée en JPEG-LS sans perte : 4\u202f800\u202f000 octets sur "
        "12\u202f000\u202f000, soit 2,5 pour 1.",
    }


def test_one_that_was_tried_small_and_went_as_stored_is_called_that() -> None:
    told = line_of(row(STORED_BYTES, JPEG_LS, as_stored=1), STORED_BYTES)
    assert (told["sent"], told["transfer_syntax_uids"], told["ratio"]) == ("as stored", (), 1.0)
    went, only = told["sentences"]
    assert went["fr"].startswith("Envoyée sans recodage : ")
    assert only["en"].startswith("Only as stored from now on")


def test_both_are_named_where_either_may_be_what_was_accepted() -> None:
    assert line_of(row(100, JPEG_LS, HTJ2K), STORED_BYTES)["sent"] == (
        "JPEG-LS lossless or HTJ2K lossless"
    )


def test_nothing_is_said_of_what_did_not_go_over_the_line() -> None:
    """Queued; or a duplicate, that somebody else had sent."""
    told = line_of(row(0, JPEG_LS), STORED_BYTES)
    assert (told["sent"], told["sent_bytes"], told["ratio"]) == (None, None, None)
    assert told["sentences"] == []


@pytest.mark.parametrize(
    ("accepted", "en", "fr"),
    [
        ({PLAIN}, "It takes films: as stored.", "Elle accepte les films sans recodage."),
        (
            set(NAMES),
            "It takes films: as stored, JPEG-LS lossless, HTJ2K lossless.",
            "Elle accepte les films sans recodage, en JPEG-LS sans perte, en HTJ2K sans perte.",
        ),
    ],
)
def test_what_an_archive_takes(accepted: set[Uid], en: str, fr: str) -> None:
    told = takes(FILM, accepted)
    assert (told.en, told.fr) == (en, fr)


def test_an_archive_that_takes_none_is_told_with_the_sop_class() -> None:
    told = takes(FILM, ())
    assert FILM in told.en
    assert FILM in told.fr
