"""Somebody who may sign in on a simulated node's page: a new PIN at each start, printed."""

import secrets
from pathlib import Path

from firmware.web.accounts import Account, AccountFile, Role, check_secret
from firmware.web.sign_in import HASHER
from hal.errors import ConfigError

NAME = "demo"


def demo_pin(accounts: Path) -> str:
    """Writes `accounts` anew, with this one alone."""
    accounts.unlink(missing_ok=True)
    pin = _pin()
    AccountFile(accounts).add(Account(NAME, Role.ADMINISTRATOR, HASHER.hash(pin)))
    return pin


def _pin() -> str:
    while True:
        pin = f"{secrets.randbelow(1_000_000):06}"
        try:
            check_secret(pin)
        except ConfigError:
            continue
        return pin
