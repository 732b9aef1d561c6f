"""A wrong PIN a thousand times, a right one, a name that nobody has; accounts on the disk."""

import time
from ipaddress import ip_address
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from firmware.web.accounts import Account, AccountFile, Role, check_name, check_secret
from firmware.web.attempts import WAIT_LAST_S, Attempts, neighbourhood
from firmware.web.sessions import SESSIONS_MAX, Sessions
from firmware.web.sign_in import WRONG, Refused, SignIn
from hal.errors import ConfigError
from tests.fakes import FakeClock

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PIN = "739105"


class CountingHasher(PasswordHasher):
    """How often was a secret looked at?"""

    looked = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
        self.looked += 1
        return super().verify(hash, password)


@pytest.fixture
def accounts(tmp_path: Path) -> AccountFile:
    file = AccountFile(tmp_path / "accounts.json")
    file.add(Account("lea", Role.TECHNICIAN, CHEAP.hash(PIN)))
    return file


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def sign_in(accounts: AccountFile, clock: FakeClock) -> SignIn:
    return SignIn(accounts, clock.monotonic_s, CHEAP)


def test_the_right_pin_lets_in(sign_in: SignIn) -> None:
    found = sign_in.attempt("lea", PIN, "192.0.2.1")
    assert isinstance(found, Account)
    assert found.role is Role.TECHNICIAN


def test_a_thousand_wrong_pins_are_hardly_looked_at(
    accounts: AccountFile, clock: FakeClock
) -> None:
    hasher = CountingHasher(time_cost=1, memory_cost=8, parallelism=1)
    sign_in = SignIn(accounts, clock.monotonic_s, hasher)
    for number in range(1000):
        assert isinstance(sign_in.attempt("lea", f"{number:06}", "192.0.2.1"), Refused)
    assert hasher.looked < 10
    told = sign_in.attempt("lea", PIN, "192.0.2.1")
    assert isinstance(told, Refused), "not even the right one, for now"
    assert "attendez" in told.sentence.fr.lower()
    clock.sleep(WAIT_LAST_S)
    assert isinstance(sign_in.attempt("lea", PIN, "192.0.2.1"), Account)


def test_a_patient_guesser_gets_a_hundred_a_day(sign_in: SignIn, clock: FakeClock) -> None:
    looked = 0
    for second in range(0, 86_400, 5):
        refused = sign_in.attempt("lea", "000001", f"192.0.2.{second % 250}")
        assert isinstance(refused, Refused)
        looked += refused.sentence == WRONG
        clock.sleep(5)
    assert looked < 130


def test_another_address_is_not_locked_out_by_a_few(sign_in: SignIn) -> None:
    for _ in range(10):
        sign_in.attempt("lea", "000001", "192.0.2.66")
    assert isinstance(sign_in.attempt("lea", PIN, "192.0.2.1"), Account)


def test_an_own_account_wins_no_guesses_at_another(accounts: AccountFile, clock: FakeClock) -> None:
    accounts.add(Account("mallory", Role.TECHNICIAN, CHEAP.hash("462807")))
    hasher = CountingHasher(time_cost=1, memory_cost=8, parallelism=1)
    sign_in = SignIn(accounts, clock.monotonic_s, hasher)
    guesses = 0
    for number in range(1000):
        before = hasher.looked
        sign_in.attempt(f"nobody{number}", f"{number:06}", "192.0.2.66")
        guesses += hasher.looked - before
        sign_in.attempt("mallory", "462807", "192.0.2.66")
    assert guesses <= 32


def test_a_name_that_nobody_has_takes_as_long(accounts: AccountFile, clock: FakeClock) -> None:
    hasher = CountingHasher(time_cost=1, memory_cost=8, parallelism=1)
    sign_in = SignIn(accounts, clock.monotonic_s, hasher)
    known = sign_in.attempt("lea", "000001", "192.0.2.1")
    unknown = sign_in.attempt("nobody", "000001", "192.0.2.1")
    assert known == unknown
    assert hasher.looked == 2, "a hash for each"


def test_attempts_are_bounded_in_memory() -> None:
    clock = FakeClock()
    attempts = Attempts(clock.monotonic_s)
    for number in range(20_000):
        attempts.begin(f"name {number}", str(ip_address(number)))
    assert len(attempts._mistakes) <= 4096


def test_an_ipv6_neighbourhood_is_one_address() -> None:
    assert neighbourhood("2001:db8::1") == neighbourhood("2001:db8::ffff:2")
    assert neighbourhood("2001:db8::1") != neighbourhood("2001:db8:0:1::1")
    assert neighbourhood("::ffff:192.0.2.1") == "192.0.2.1"


def test_the_file_is_its_owners_alone_and_has_no_pin(tmp_path: Path, accounts: AccountFile) -> None:
    path = tmp_path / "accounts.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert PIN not in path.read_text()
    assert "$argon2id$" in path.read_text()
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        accounts.accounts()


def test_a_removed_account_is_out_at_once(accounts: AccountFile, sign_in: SignIn) -> None:
    accounts.remove("lea")
    assert isinstance(sign_in.attempt("lea", PIN, "192.0.2.1"), Refused)
    assert sign_in.still("lea") is None
    with pytest.raises(ConfigError, match="no account"):
        accounts.remove("lea")


@pytest.mark.parametrize("content", ["", "[]", '{"accounts": [{"name": "x"}]}', "\xff"])
def test_a_broken_file_lets_nobody_in(tmp_path: Path, content: str) -> None:
    path = tmp_path / "accounts.json"
    path.write_bytes(content.encode("latin-1"))
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="cannot be read as accounts"):
        AccountFile(path).accounts()


@pytest.mark.parametrize("secret", ["12345", "123456", "000000", "987654", "short", "x" * 129, ""])
def test_what_is_guessed_first_is_not_taken(secret: str) -> None:
    with pytest.raises(ConfigError):
        check_secret(secret)


def test_good_secrets_are_taken() -> None:
    for secret in (PIN, "correct horse", "1234567890a"):
        check_secret(secret)


@pytest.mark.parametrize("name", ["", "a b", "<b>", "x" * 33, "-x", "é", "a\n"])
def test_names_are_plain(name: str) -> None:
    with pytest.raises(ConfigError):
        check_name(name)


def test_sessions_end_idle_and_in_any_case() -> None:
    clock = FakeClock()
    sessions = Sessions(clock.monotonic_s, idle_s=60, whole_s=600)
    token, session = sessions.open("lea", Role.TECHNICIAN)
    clock.sleep(50)
    assert sessions.find(token) is session
    clock.sleep(50)
    assert sessions.find(token, touch=False) is session
    clock.sleep(50)
    assert sessions.find(token) is None, "what a page does by itself is no touch"
    token, _ = sessions.open("lea", Role.TECHNICIAN)
    for _ in range(13):
        clock.sleep(50)
        sessions.find(token)
    assert sessions.find(token) is None, "the whole time is over"


def test_sessions_are_bounded_and_random() -> None:
    sessions = Sessions(time.monotonic, 60, 600)
    tokens = [sessions.open("lea", Role.TECHNICIAN)[0] for _ in range(SESSIONS_MAX + 1)]
    assert sessions.find(tokens[0]) is None
    assert len(set(tokens)) == len(tokens)
    assert all(len(token) >= 43 for token in tokens), "256 bits"
    sessions.close(tokens[1])
    assert sessions.find(tokens[1]) is None
    sessions.close_all_of("lea")
    assert sessions.find(tokens[2]) is None
