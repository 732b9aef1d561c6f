"""`sapi-node web user`: accounts are made, listed and removed at the terminal."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from firmware.cli import app
from firmware.web.accounts import AccountFile

CONFIG = """
[station]
institution_name = "CH"
[store]
path = "store"
[archives.douai]
ae_title = "DOUAI"
host = "192.0.2.7"
port = 104
[web]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "node.toml"
    path.write_text(CONFIG)
    return path


def test_add_list_remove(config: Path) -> None:
    def run(*arguments: str, line: str = "") -> tuple[int, str]:
        result = CliRunner().invoke(app, ["web", "user", *arguments, "-c", str(config)], input=line)
        return result.exit_code, result.output

    assert run("add", "lea", "--stdin", line="739105\n")[0] == 0
    assert run("add", "amina", "--role", "administrator", line="739105\n739105\n")[0] == 0
    assert run("add", "lea", "--stdin", line="462807\n")[0] == 2, "there is one already"
    assert run("add", "x", "--stdin", line="123456\n")[0] == 2, "guessed first"
    assert run("add", "x", line="739105\n739106\n")[0] == 2, "not the same"
    accounts = config.parent / "web-accounts.json"
    assert accounts.stat().st_mode & 0o777 == 0o600
    assert "739105" not in accounts.read_text()
    code, output = run("list", "--json")
    assert (code, [one["role"] for one in json.loads(output)]) == (
        0,
        ["technician", "administrator"],
    )
    assert "argon2" not in run("list")[1]
    assert run("remove", "lea")[0] == 0
    assert run("remove", "lea")[0] == 2
    assert set(AccountFile(accounts).accounts()) == {"amina"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('listen = "0.0.0.0:8080"', "without TLS"),
        ('listen = "8080"', "an address of this machine"),
        ('listen = "pacs.example:80"', "an address of this machine"),
        ('listen = "127.0.0.1:99999"', "an address of this machine"),
        ('names = ["http://x"]', "not allowed"),
    ],
)
def test_the_configuration_says_what_is_wrong(config: Path, line: str, said: str) -> None:
    config.write_text(CONFIG + line)
    result = CliRunner().invoke(app, ["config", "check", "-c", str(config)])
    assert result.exit_code == 2
    assert said in result.output
