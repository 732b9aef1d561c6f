"""How often somebody may be wrong: per account and address, per account, and per address.

The answer comes before any hash is computed, so a thousand guesses cost nothing. It knows nothing
of the panel, which needs no sign-in and cannot be locked by it.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

KEYS_MAX = 4096  # one address can make few: its own key stops it first
FORGET_S = 24 * 3600.0
WAIT_FIRST_S, WAIT_LAST_S = 5.0, 900.0
"""After the free ones the wait doubles. At its longest, 96 guesses a day of a million PINs."""


@dataclass(frozen=True)
class Rule:
    """Whose mistakes are counted together, and how many are free."""

    key: Callable[[str, str], str]
    free: int


RULES = (
    Rule(lambda account, address: f"both {account} {address}", 5),
    Rule(lambda account, _: f"account {account}", 20),
    # Somebody with an account of their own must not win free guesses at another's by it.
    Rule(lambda _, address: f"address {address}", 30),
)


@dataclass
class _Mistakes:
    count: int = 0
    last_s: float = 0.0
    wait_until_s: float = 0.0


class Attempts:
    """Thread-safe. `monotonic_s` is the clock's."""

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        self._mistakes: OrderedDict[str, _Mistakes] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, account: str, address: str) -> float:
        """0: go on, and it counts as a mistake until `succeeded`; else seconds to wait.

        Counted before it is judged: many at once are many.
        """
        now, address = self._monotonic_s(), neighbourhood(address)
        with self._lock:
            found = [(rule, self._of(rule.key(account, address), now)) for rule in RULES]
            wait_s = max(mistakes.wait_until_s for _, mistakes in found) - now
            if wait_s > 0:
                return wait_s
            for rule, mistakes in found:
                mistakes.count += 1
                mistakes.last_s = now
                mistakes.wait_until_s = now + wait_after(mistakes.count - rule.free)
        return 0.0

    def succeeded(self, account: str, address: str) -> None:
        """Forget this person's own mistakes here, and take back the one that `begin` counted."""
        address = neighbourhood(address)
        with self._lock:
            self._mistakes.pop(RULES[0].key(account, address), None)
            for rule in RULES[1:]:
                mistakes = self._mistakes.get(rule.key(account, address))
                if mistakes is not None:
                    mistakes.count -= 1
                    mistakes.wait_until_s = 0.0

    def _of(self, key: str, now: float) -> _Mistakes:
        mistakes = self._mistakes.pop(key, None)
        if mistakes is None or now - mistakes.last_s > FORGET_S:
            mistakes = _Mistakes()
        self._mistakes[key] = mistakes
        while len(self._mistakes) > KEYS_MAX:
            self._mistakes.popitem(last=False)
        return mistakes


def wait_after(beyond: int) -> float:
    """Seconds after the `beyond`-th mistake that is not free; 0 while they are."""
    if beyond < 0:
        return 0.0
    return float(min(WAIT_LAST_S, WAIT_FIRST_S * 2.0 ** min(beyond, 16)))


def neighbourhood(address: str) -> str:
    """An IPv6 host has a whole /64 to call from."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or int(parsed) >> 64)
    return str(parsed)
