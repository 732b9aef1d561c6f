"""What a person types about what the RIS refused, and about an image that is held."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from firmware.index.database import Database, migrate
from firmware.queue_commands import app, who

CONFIG = """
backend = "sim"
[station]
institution_name = "Essai"
[store]
path = "{store}"
[archives.near]
ae_title = "NEAR"
host = "127.0.0.1"
port = 104
"""
AT = "2026-11-24T10:00:00.000000Z"


@pytest.fixture
def config(tmp_path: Path) -> str:
    store = tmp_path / "node"
    store.mkdir()
    database = Database(store / "index.sqlite3")
    migrate(database)
    with database.transaction() as connection:
        connection.execute(
            "INSERT INTO examination VALUES (1, '1.2', '{}', 'film-scanner', ?, NULL, NULL)", (AT,)
        )
        connection.execute(
            "INSERT INTO procedure_step"
            " (examination, sop_instance_uid, started_at, series, state, due_at, last_error)"
            " VALUES (1, '1.2.9', ?, '1.2.1', 'held before set', ?, 'says no')",
            (AT, AT),
        )
    database.close()
    path = tmp_path / "node.toml"
    path.write_text(CONFIG.format(store=store))
    return str(path)


def test_a_refused_step_is_listed_with_its_reason_and_released(config: str) -> None:
    runner = CliRunner()
    assert "says no" in runner.invoke(app, ["list", "-c", config]).output
    told = runner.invoke(app, ["steps", "--release", "--json", "-c", config])
    assert [row["state"] for row in json.loads(told.output)] == ["to set"]
    again = runner.invoke(app, ["steps", "--release", "-c", config])
    assert (again.exit_code, "refused nothing" in again.output) == (2, True)
    database = Database(Path(config).parent / "node" / "index.sqlite3")
    (entry,) = database.rows("SELECT actor FROM audit WHERE object = '1.2.9'")
    database.close()
    assert entry["actor"] == who() != "procedure steps"


def test_json_tells_the_reason_in_both_languages(config: str) -> None:
    database = Database(Path(config).parent / "node" / "index.sqlite3")
    with database.transaction() as connection:
        connection.execute("UPDATE procedure_step SET last_error_fr = 'dit non'")
    database.close()
    told = CliRunner().invoke(app, ["steps", "--json", "-c", config])
    (row,) = json.loads(told.output)
    assert (row["last_error"], row["last_error_fr"]) == ("says no", "dit non")


def test_what_is_not_held_is_not_rejected(config: str) -> None:
    result = CliRunner().invoke(app, ["reject", "1.2.3", "-c", config])
    assert (result.exit_code, "1.2.3" in result.output) == (2, True)
