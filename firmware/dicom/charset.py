"""The one character set that we write, and text that somebody before us took for another.

We write UTF-8 (ISO_IR 192) and nothing else. Bytes of peers become text in drivers/wire.
"""

CHARACTER_SET = "ISO_IR 192"
MISTAKEN_FOR = ("latin-1", "cp1252")


def mend_text(text: str) -> str:
    """Undo UTF-8 that somebody before us took for Latin-1 ("JÃ©rÃ´me" is Jérôme).

    Only when the whole text can be such; a true name never is, for it would have to pair every
    accented capital with a symbol.
    """
    for mistaken_for in MISTAKEN_FOR:
        try:
            return text.encode(mistaken_for).decode("utf-8")
        except UnicodeError:
            continue
    return text
