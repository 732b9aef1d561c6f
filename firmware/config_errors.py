"""What is wrong in a configuration file, in a sentence: the line, the key, and the fix."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel, ValidationError
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
    "too_short": Sentence(en="at least one is needed.", fr="il en faut au moins un élément."),
    "list_type": Sentence(
        en="expected a list in brackets, found {found}.",
        fr="une liste entre crochets est attendue, pas {found}.",
    ),
    "too_long": Sentence(en="at most {max_length} of them.", fr="pas plus de {max_length}."),
    "archive_secret": Sentence(
        en="user stands beside secret_file, and secret_file beside url: they are for archives by "
        "DICOMweb.",
        fr="user va avec secret_file, et secret_file avec url : ils servent aux archives par "
        "DICOMweb.",
    ),
    "archive_two_ways": Sentence(
        en="give either a url (DICOMweb), or ae_title, host and port (DICOM).",
        fr="donnez soit une url (DICOMweb), soit ae_title, host et port (DICOM).",
    ),
    "archive_incomplete": Sentence(
        en="an archive has ae_title, host and port, or a url. Missing: {missing}.",
        fr="une archive a ae_title, host et port, ou une url. Il manque : {missing}.",
    ),
    "time_of_day": Sentence(
        en='a time of day is written as "07:30", found {found}.',
        fr='une heure s\'écrit « "07:30" », pas {found}.',
    ),
    "rule_to_nowhere": Sentence(
        en="[[rules]] number {number} names {unknown}, and there is no such archive: {known}.",
        fr="[[rules]] numéro {number} nomme {unknown}, et cette archive n'existe pas : {known}.",
    ),
    "time_zone": Sentence(
        en="{found} is not a time zone such as 'Europe/Paris'.",
        fr="{found} n'est pas un fuseau horaire comme 'Europe/Paris'.",
    ),
    "not_loopback": Sentence(
        en="expected an address of this machine alone, as in '127.0.0.1:9464', found {found}: "
        "there is no password on it.",
        fr="une adresse de cette seule machine est attendue, comme '127.0.0.1:9464', "
        "pas {found} : aucun mot de passe ne la protège.",
    ),
    "no_listen_address": Sentence(
        en="expected an address of this machine and a port, as in '127.0.0.1:8080', found {found}.",
        fr="une adresse de cette machine et un port sont attendus, comme '127.0.0.1:8080', "
        "pas {found}.",
    ),
    "web_without_tls": Sentence(
        en="{listen} is on the network, and patients are never shown there without TLS and "
        "accounts: add a [tls] section, or listen on 127.0.0.1.",
        fr="{listen} est sur le réseau, et aucun patient n'y est montré sans TLS ni comptes : "
        "ajoutez une section [tls], ou écoutez sur 127.0.0.1.",
    ),
    "pin_used_twice": Sentence(
        en="pin {pin} is used twice, for {first} and for {second}: choose another.",
        fr="la broche {pin} sert deux fois, pour {first} et pour {second} : choisissez-en une "
        "autre.",
    ),
    "no_web_address": Sentence(
        en="expected a web address as in 'https://pacs.example.org/dicom-web', found {found}.",
        fr="une adresse web est attendue, comme 'https://pacs.example.org/dicom-web', pas {found}.",
    ),
    "evicts_for_ever": Sentence(
        en="evict_until_mib ({until}) is below evict_below_mib ({below}): make it the larger one.",
        fr="evict_until_mib ({until}) est inférieur à evict_below_mib ({below}) : "
        "donnez-lui la plus grande valeur.",
    ),
    "ris_incomplete": Sentence(
        en="a RIS has ae_title, host and port. Missing: {missing}.",
        fr="un RIS a ae_title, host et port. Il manque : {missing}.",
    ),
    "worklist_two_ways": Sentence(
        en="orders come from a file or from a RIS (ae_title, host, port): keep one of them.",
        fr="les demandes viennent d'un fichier ou d'un RIS (ae_title, host, port) : gardez-en un.",
    ),
    "ris_tls_without_files": Sentence(
        en="[{name}] wants TLS: add a [tls] section with certificate, key and trusted.",
        fr="[{name}] demande TLS : ajoutez une section [tls] avec certificate, key et trusted.",
    ),
    "tls_without_files": Sentence(
        en="the archive {name} wants TLS: add a [tls] section with certificate, key and trusted.",
        fr="l'archive {name} demande TLS : ajoutez une section [tls] avec certificate, key et "
        "trusted.",
    ),
}
OLD_ARCHIVE = Sentence(
    en="there may be several archives now, each with a name: write [archives.douai] instead, "
    'and commitment = "n-action" or "none" instead of true or false.',
    fr="il peut y avoir plusieurs archives, chacune avec un nom : écrivez [archives.douai], "
    'et commitment = "n-action" ou "none" au lieu de true ou false.',
)
NO_ARCHIVE = Sentence(
    en="there is no archive to send to: add a section such as [archives.douai].",
    fr="il n'y a aucune archive où envoyer : ajoutez une section comme [archives.douai].",
)
WRONG_SECTION = {("archive",): OLD_ARCHIVE, ("archives",): NO_ARCHIVE}
OTHER = Sentence(en="{message}.", fr="{message}.")
PLACE = Sentence(
    en="{file}, line {line}: {key}: {what}", fr="{file}, ligne {line} : {key} : {what}"
)
NEAR = Sentence(en=" Did you mean {near}?", fr=" Vouliez-vous dire {near} ?")
KNOWN = Sentence(en=" Known here: {known}.", fr=" Clés connues ici : {known}.")


def worth_saying(error: ValidationError) -> list[ErrorDetails]:
    """All of them, but not that [archives.NAME] is missing where [archive] stands for it."""
    found = error.errors()
    old_archive = any(entry["loc"] == ("archive",) for entry in found)
    return [entry for entry in found if not (old_archive and entry["loc"] == ("archives",))]


def explain(entry: ErrorDetails, text: str, file: str, model: type[BaseModel]) -> Sentence:
    """One of pydantic's findings about `text`, as a person would say it."""
    # pydantic's own word for a key that is wrong itself; the key is before it.
    path = tuple(str(part) for part in entry["loc"] if part != "[key]")
    values = entry.get("ctx", {})
    path = (*path, *values.get("within", "").split(".")) if "within" in values else path
    found = {"found": repr(entry["input"])[:60], "message": entry["msg"]}
    what = WRONG.get(entry["type"], OTHER).fill(**found, **values)
    if path in WRONG_SECTION:
        what = WRONG_SECTION[path]
    elif entry["type"] == "extra_forbidden":
        suggestion = _suggest(path, model)
        what = Sentence(en=what.en + suggestion.en, fr=what.fr + suggestion.fr)
    place = {"file": file, "line": line_of(path, text), "key": ".".join(path)}
    return Sentence(
        en=PLACE.fill(**place, what=what.en).en, fr=PLACE.fill(**place, what=what.fr).fr
    )


def _suggest(path: tuple[str, ...], model: type[BaseModel]) -> Sentence:
    section = _section_at(path[:-1], model)
    names = [str(field.validation_alias or name) for name, field in section.model_fields.items()]
    near = difflib.get_close_matches(path[-1], names, 1)
    if near:
        return NEAR.fill(near=near[0])
    return KNOWN.fill(known=", ".join(sorted(names)))


def _section_at(path: tuple[str, ...], model: type[BaseModel]) -> type[BaseModel]:
    """Names of tables and numbers in lists lead to the same section as their container."""
    section = model
    for name in path:
        field = section.model_fields.get(name)
        if field is not None:
            section = next(_sections_in(field.annotation), section)
    return section


def _sections_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _sections_in(argument)


def line_of(path: tuple[str, ...], text: str) -> int:
    """The line of the key; of the nearest table around it where the key is not there; else 1.

    tomllib keeps no positions, and this configuration is plain tables of plain keys.
    """
    table: tuple[str, ...] = ()
    seen: Counter[str] = Counter()
    depth, found = 0, 1
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*(\[\[?)\s*([^\]]+?)\s*\]", line):
            table = tuple(header[2].split("."))
            if header[1] == "[[":
                seen[header[2]] += 1
                table = (*table, str(seen[header[2]] - 1))
            if depth < len(table) and path[: len(table)] == table:
                depth, found = len(table), number
            elif not depth and path[:1] == table[:1]:
                found = number
        key = re.match(r"\s*[\"']?([\w.-]+)[\"']?\s*=", line)
        if key and (*table, *key[1].split(".")) == path:
            return number
    return found
