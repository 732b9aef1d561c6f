"""Who may sign in: names, roles and argon2id hashes, in a file that only its owner may read.

It never holds a PIN or a password, and is read anew when it changes, so that a person who was
removed is out at once.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from pathlib import Path

from hal.errors import ConfigError, Sentence

ACCOUNTS_MAX = 64  # a hospital's film room; far more than will ever be there
PIN_DIGITS_MIN, PASSWORD_MIN, SECRET_MAX = 6, 10, 128
FILE_MODE = 0o600
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")

BAD_NAME = Sentence(
    en="An account's name is up to 32 letters, digits, dots, hyphens or underscores.",
    fr="Le nom d'un compte a au plus 32 caractères : lettres sans accent, chiffres, points, "
    "tirets.",
)
WEAK = Sentence(
    en="Choose a PIN of at least 6 digits, not a row of them nor one repeated; or a password of at "
    "least 10 characters.",
    fr="Choisissez un code d'au moins 6 chiffres, ni suite ni chiffre répété ; ou un mot de passe "
    "d'au moins 10 caractères.",
)
TAKEN = Sentence(
    en="There is an account {name} already. Remove it first.",
    fr="Le compte {name} existe déjà. Supprimez-le d'abord.",
)
NO_SUCH = Sentence(
    en="There is no account {name}. `sapi-node web user list` shows them.",
    fr="Le compte {name} n'existe pas. « sapi-node web user list » les montre.",
)
TOO_MANY = Sentence(
    en="There are {count} accounts: remove one first.",
    fr="Il y a {count} comptes : supprimez-en un d'abord.",
)
READABLE = Sentence(
    en="{file} can be read by others: nobody signs in until `chmod 600 {file}`.",
    fr="{file} est lisible par d'autres : aucune connexion avant « chmod 600 {file} ».",
)
NO_ACCOUNTS_FILE = Sentence(
    en="{file} cannot be read as accounts ({reason}). Put it back from a backup, or remove it and "
    "add the accounts again.",
    fr="{file} n'est pas un fichier de comptes lisible ({reason}). Restaurez-le, ou supprimez-le "
    "et recréez les comptes.",
)


class Role(Enum):
    TECHNICIAN = "technician"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Account:
    name: str
    role: Role
    secret_hash: str
    """As argon2 writes it, with its salt and its cost."""


class AccountFile:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._accounts: Mapping[str, Account] = {}

    def accounts(self) -> Mapping[str, Account]:
        """By name; none when there is no file. Raises ConfigError when it cannot be believed."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return {}
        if found.st_mode & 0o077:
            raise ConfigError(READABLE.fill(file=self._path))
        seen = (found.st_mtime_ns, found.st_ino, found.st_size)
        if seen != self._seen:
            self._accounts, self._seen = self._read(), seen
        return self._accounts

    def add(self, account: Account) -> None:
        accounts = dict(self.accounts())
        if account.name in accounts:
            raise ConfigError(TAKEN.fill(name=account.name))
        if len(accounts) >= ACCOUNTS_MAX:
            raise ConfigError(TOO_MANY.fill(count=len(accounts)))
        self._write({**accounts, account.name: account})

    def remove(self, name: str) -> None:
        accounts = dict(self.accounts())
        if accounts.pop(name, None) is None:
            raise ConfigError(NO_SUCH.fill(name=name))
        self._write(accounts)

    def _read(self) -> Mapping[str, Account]:
        try:
            content = json.loads(self._path.read_text("utf-8"))
            accounts = [
                Account(one["name"], Role(one["role"]), one["hash"]) for one in content["accounts"]
            ]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(NO_ACCOUNTS_FILE.fill(file=self._path, reason=error)) from error
        return {account.name: account for account in accounts}

    def _write(self, accounts: Mapping[str, Account]) -> None:
        """A new file beside it, then a rename: there is never half of one, nor one to be read."""
        rows = [
            {"name": one.name, "role": one.role.value, "hash": one.secret_hash}
            for one in accounts.values()
        ]
        beside = self._path.with_name(f"{self._path.name}.new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.unlink(missing_ok=True)
            opened = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
            with os.fdopen(opened, "w", encoding="utf-8") as file:
                json.dump({"accounts": rows}, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
        except OSError as error:
            raise ConfigError(NO_ACCOUNTS_FILE.fill(file=self._path, reason=error)) from error


def check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise ConfigError(BAD_NAME)


def check_secret(secret: str) -> None:
    """Raises ConfigError for what would be guessed first."""
    if secret.isdigit():
        good = len(secret) >= PIN_DIGITS_MIN and not _is_a_row(secret)
    else:
        good = len(secret) >= PASSWORD_MIN
    if not good or len(secret) > SECRET_MAX:
        raise ConfigError(WEAK)


def _is_a_row(digits: str) -> bool:
    """000000, 123456, 987654: the same step from each digit to the next."""
    steps = {int(after) - int(before) for before, after in pairwise(digits)}
    return len(steps) == 1 and steps <= {-1, 0, 1}
