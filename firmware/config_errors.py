"""What is wrong in a configuration file, in a sentence: the line, the key, and the fix."""

import difflib
import re

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from hal.errors import Sentence

WRONG = {
    "extra_forbidden": Sentence(en="there is no such key.", fr="cette clé n'existe pas."),
    "missing": Sentence(en="it is missing: add it.", fr="elle manque : ajoutez-la."),
    "string_type": Sentence(
        en="expected text in quotes, found {found}.",
        fr="du texte entre guillemets est attendu, pas {found}.",
    ),
    "int_type": Sentence(
        en="expected a whole number without quotes, found {found}.",
        fr="un nombre entier sans guillemets est attendu, pas {found}.",
    ),
    "float_type": Sentence(
        en="expected a number without quotes, found {found}.",
        fr="un nombre sans guillemets est attendu, pas {found}.",
    ),
    "bool_type": Sentence(
        en="expected true or false, found {found}.",
        fr="true ou false est attendu, pas {found}.",
    ),
    "greater_than_equal": Sentence(
        en="must be at least {ge}, found {found}.", fr="doit être au moins {ge}, pas {found}."
    ),
    "greater_than": Sentence(
        en="must be more than {gt}, found {found}.", fr="doit être supérieur à {gt}, pas {found}."
    ),
    "less_than_equal": Sentence(
        en="must be at most {le}, found {found}.", fr="doit être au plus {le}, pas {found}."
    ),
    "string_too_long": Sentence(
        en="at most {max_length} characters, found {found}.",
        fr="au plus {max_length} caractères, pas {found}.",
    ),
    "string_too_short": Sentence(en="it must not be empty.", fr="elle ne doit pas être vide."),
    "string_pattern_mismatch": Sentence(
        en="it has a character that is not allowed here, found {found}.",
        fr="elle contient un caractère interdit ici : {found}.",
    ),
    "literal_error": Sentence(
        en="expected {expected}, found {found}.", fr="{expected} est attendu, pas {found}."
    ),
}
OTHER = Sentence(en="{message}.", fr="{message}.")
PLACE = Sentence(
    en="{file}, line {line}: {key}: {what}", fr="{file}, ligne {line} : {key} : {what}"
)
NEAR = Sentence(en=" Did you mean {near}?", fr=" Vouliez-vous dire {near} ?")
KNOWN = Sentence(en=" Known here: {known}.", fr=" Clés connues ici : {known}.")


def explain(entry: ErrorDetails, text: str, file: str, model: type[BaseModel]) -> Sentence:
    """One of pydantic's findings about `text`, as a person would say it."""
    path = tuple(str(part) for part in entry["loc"])
    found = {"found": repr(entry["input"])[:60], "message": entry["msg"]}
    what = WRONG.get(entry["type"], OTHER).fill(**found, **entry.get("ctx", {}))
    if entry["type"] == "extra_forbidden":
        suggestion = _suggest(path, model)
        what = Sentence(en=what.en + suggestion.en, fr=what.fr + suggestion.fr)
    place = {"file": file, "line": line_of(path, text), "key": ".".join(path)}
    return Sentence(
        en=PLACE.fill(**place, what=what.en).en, fr=PLACE.fill(**place, what=what.fr).fr
    )


def _suggest(path: tuple[str, ...], model: type[BaseModel]) -> Sentence:
    section = model
    for name in path[:-1]:
        annotation = section.model_fields[name].annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            section = annotation
    near = difflib.get_close_matches(path[-1], section.model_fields, 1)
    if near:
        return NEAR.fill(near=near[0])
    return KNOWN.fill(known=", ".join(sorted(section.model_fields)))


def line_of(path: tuple[str, ...], text: str) -> int:
    """The line of the key; of its table where the key is not there; else the first.

    tomllib keeps no positions, and this configuration is plain tables of plain keys.
    """
    table, found = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]", line):
            table = header[1]
            if path[0] == table:
                found = number
        key = re.match(r"\s*[\"']?([\w.-]+)[\"']?\s*=", line)
        if key and f"{table}.{key[1]}".lstrip(".") == ".".join(path):
            return number
    return found
