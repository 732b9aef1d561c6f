"""From what a barcode reader sent to the number that people mean by it.

Readers add to a code what says how it was printed: an AIM identifier in front (ISO/IEC 15424),
check and stop characters, the GS1 application identifier of a patient's service number. None of
it stands in an order. Whose number it is, nobody decides here, and the case of letters stays: an
order that has lower case is compared by the firmware.
"""

import re

from drivers.wire.barcode_codes import GROUP_SEPARATOR, Code, Symbology

AIM_IDENTIFIER = re.compile(r"\](?P<kind>[A-Za-z])(?P<modifier>[0-9A-Za-z])")
GS1_KINDS = frozenset({"C1", "d2", "e0", "Q3", "J1"})
"""GS1-128, Data Matrix, DataBar, QR, DotCode (GS1 General Specifications, figure 5.1.2-1)."""
CHECK_CHARACTER_SENT = frozenset({"A1", "A5", "F2", "I1"})
"""Code 39, Codabar and Interleaved 2 of 5 with a check character that was found right."""
SERVICE_RELATION = re.compile(r"\(?801[78]\)?(?P<number>[0-9]{18})(\(?8019\)?[0-9]{1,10})?")
"""GSRN of a provider or of the recipient, and the instance of the relation beside it."""
CODABAR = re.compile(r"[A-Da-d](?P<number>.*)[A-Da-d]")


def meant(code: Code) -> str:
    """May be empty: then there was nothing but what the reader added."""
    text, symbology, kind = code.text, code.symbology, ""
    if aim := AIM_IDENTIFIER.match(text):
        kind, text = aim["kind"] + aim["modifier"], text[aim.end() :]
        symbology = _symbology(kind)
    if kind in CHECK_CHARACTER_SENT:
        text = _without_check_character(text, symbology)
    if symbology is Symbology.CODABAR and (number := CODABAR.fullmatch(text)):
        text = number["number"]
    if symbology is Symbology.GS1:
        text = _of_gs1(text)
    return text.strip()


def _symbology(kind: str) -> Symbology:
    if kind in GS1_KINDS:
        return Symbology.GS1
    return Symbology.CODABAR if kind[0] == "F" else Symbology.PLAIN


def _without_check_character(text: str, symbology: Symbology) -> str:
    """Codabar's stands before its stop character, if that was sent too."""
    if symbology is Symbology.CODABAR and CODABAR.fullmatch(text):
        return text[:-2] + text[-1]
    return text[:-1]


def _of_gs1(text: str) -> str:
    elements = text.strip(GROUP_SEPARATOR)
    number = SERVICE_RELATION.fullmatch(elements.replace(GROUP_SEPARATOR, ""))
    return number["number"] if number else elements
