"""Is this the person? One hash at a time, as long for a name that nobody has."""

import math
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from firmware.web.accounts import SECRET_MAX, Account, AccountFile
from firmware.web.attempts import Attempts
from hal.errors import Sentence

HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)
"""argon2id, RFC 9106 4 (the second choice, 64 MiB), one lane: the others are for the scan."""

WRONG = Sentence(
    en="This name and PIN or password do not go together. Type them again.",
    fr="Ce nom et ce code ou mot de passe ne vont pas ensemble. Saisissez-les à nouveau.",
)
WAIT = Sentence(
    en="Too many wrong attempts. Wait {wait} and try again. The panel goes on working.",
    fr="Trop d'essais erronés. Attendez {wait} puis réessayez. Le panneau continue de marcher.",
)


@dataclass(frozen=True)
class Refused:
    sentence: Sentence
    wait_s: float = 0.0
    """Over 0: nobody looked at the secret at all."""


class SignIn:
    def __init__(
        self,
        accounts: AccountFile,
        monotonic_s: Callable[[], float],
        hasher: PasswordHasher = HASHER,
    ) -> None:
        self._accounts = accounts
        self._attempts = Attempts(monotonic_s)
        self._hasher = hasher
        self._decoy = hasher.hash(secrets.token_urlsafe())
        self._one_at_a_time = threading.Lock()  # 64 MiB each, and a core

    def attempt(self, name: str, secret: str, address: str) -> Account | Refused:
        """Raises ConfigError when the accounts cannot be read."""
        account = self._accounts.accounts().get(name)
        wait_s = self._attempts.begin(name[:SECRET_MAX], address)
        if wait_s > 0:
            return Refused(WAIT.fill(wait=told_s(wait_s)), wait_s)
        hashed = self._decoy if account is None else account.secret_hash
        right = self._verify(hashed, secret[:SECRET_MAX])
        if account is None or not right:
            return Refused(WRONG)
        self._attempts.succeeded(name, address)
        return account

    def still(self, name: str) -> Account | None:
        """The account as it is now; None when it was removed meanwhile."""
        return self._accounts.accounts().get(name)

    @property
    def nobody_can(self) -> bool:
        return not self._accounts.accounts()

    def _verify(self, hashed: str, secret: str) -> bool:
        with self._one_at_a_time:
            try:
                return self._hasher.verify(hashed, secret)
            except (VerificationError, InvalidHashError):
                return False


def told_s(wait_s: float) -> str:
    """The same in both languages: 5 s, 2 min."""
    return f"{math.ceil(wait_s)} s" if wait_s <= 60 else f"{math.ceil(wait_s / 60)} min"
