"""Text on the panel's display: measured with the font that draws it, wrapped, and shortened only
where the caller says so.

The fonts are DejaVu Sans Condensed (drivers/fonts, with their licence): hinted, so that an É is
legible at 10 pixels without grey, and with every letter of French; Pillow's own has no accents.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from PIL import ImageFont

FONTS = Path(__file__).parent / "fonts"
REGULAR, BOLD = FONTS / "DejaVuSansCondensed.ttf", FONTS / "DejaVuSansCondensed-Bold.ttf"
NO_CHARACTER = "\uffff"
"""Unicode promises that it will never be one: the font draws its box for it."""
ELLIPSIS, UNKNOWN = "…", "?"
BEFORE_MARK = re.compile(" (?=[:;!?»])")
"""French puts a space there, and no line begins with what follows it."""


@dataclass(frozen=True)
class Face:
    """One font at one size in pixels."""

    file: Path
    size_px: int

    @cached_property
    def font(self) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(self.file, self.size_px, layout_engine=ImageFont.Layout.BASIC)

    def width(self, text: str) -> int:
        return -int(-self.font.getlength(text) // 1)

    def clean(self, text: str) -> str:
        """One line, without what the font has no glyph for: a name may come from anywhere."""
        whole = unicodedata.normalize("NFC", " ".join(text.split()))
        return "".join(
            character if _has_glyph(self, character) else UNKNOWN
            for character in whole
            if character.isprintable()
        )

    def shortened(self, text: str, width: int) -> str:
        """As much of it as fits, and an ellipsis where something is missing."""
        text = self.clean(text)
        if self.width(text) <= width:
            return text
        while text and self.width(text + ELLIPSIS) > width:
            text = text[:-1]
        return text.rstrip() + ELLIPSIS

    def wrapped(self, text: str, width: int) -> list[str]:
        """All of it in lines; a word that is wider than a line is broken."""
        lines: list[str] = []
        line = ""
        for word in BEFORE_MARK.sub("\u00a0", self.clean(text)).split(" "):
            longer = f"{line} {word}" if line else word
            if self.width(longer) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            *full, line = self._broken(word, width)
            lines += full
        return [*lines, line] if line else lines

    def _broken(self, word: str, width: int) -> list[str]:
        pieces = [""]
        for character in word:
            if pieces[-1] and self.width(pieces[-1] + character) > width:
                pieces.append("")
            pieces[-1] += character
        return pieces


@lru_cache(maxsize=1024)  # more than the letters of one country
def _has_glyph(face: Face, character: str) -> bool:
    if character == " ":
        return True
    return _drawn(face, character) != _drawn(face, NO_CHARACTER)


def _drawn(face: Face, character: str) -> bytes:
    mask = face.font.getmask(character, mode="1")
    return repr(mask.size).encode() + bytes(mask)
