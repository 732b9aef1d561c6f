"""What exploration says: counts, the command that replays, and a page that shows the life."""

import json
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from firmware.events import ScanStarted, Sent
from hal.values import Uid
from sim import explore_command
from sim.checker.checker import Checker
from sim.explore import ENOUGH_DAYS, Outcome, Summary, try_all, try_seed
from sim.timeline.page import write_page
from sim.trace import Trace

DAYS = 1.0
app = typer.Typer()
app.command()(explore_command.explore)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that says Sent before it scans."""
    hear = Checker.hear

    def liar(self: Checker, event: object) -> None:
        if isinstance(event, ScanStarted):
            hear(self, Sent(Uid("2.25.1234567890123456789"), "ARCHIVE", 1.0))

    monkeypatch.setattr(Checker, "hear", liar)


def test_a_kept_promise_is_said_with_the_digest() -> None:
    said = CliRunner().invoke(app, ["--seed", "2", "--days", "1"])
    assert said.exit_code == 0
    assert try_seed(2, DAYS).digest in said.output


def test_counts_as_one_json_object() -> None:
    said = CliRunner().invoke(
        app, ["--seeds", "2", "--first", "2", "--days", "1", "--jobs", "1", "--json"]
    )
    found = json.loads(said.stdout)
    assert (said.exit_code, found["seeds"], found["violations"]) == (0, 2, [])
    assert found["simulated_years"] == round(2 / 365, 3)


@pytest.mark.usefixtures("broken")
def test_a_broken_promise_says_how_to_see_it_again() -> None:
    said = CliRunner().invoke(app, ["--seeds", "3", "--first", "2", "--days", "1", "--jobs", "1"])
    assert said.exit_code == 1
    assert "told Sent only when it is" in said.output
    assert re.search(r"sapi-node explore --seed \d --days 1 --trace \d\.html", said.output)


@pytest.mark.usefixtures("broken")
def test_the_page_has_the_life_up_to_where_it_broke(tmp_path: Path) -> None:
    seed, trace = first_broken(), Trace(lines_max=None)
    page = tmp_path / "life.html"
    write_page(page, try_seed(seed, DAYS, trace=trace), trace)
    text = page.read_text("utf-8")
    life = json.loads(re.findall(r'type="application/json">(.*)</script>', text)[0])
    assert "2.25.1234" not in text, "a long UID has a short name"
    assert "told Sent" in life["violation"]
    assert life["words"][life["events"][-1][2]] == "VIOLATION"
    assert {"kernel", "panel", "disk", "index"} <= {life["lanes"][e[1]] for e in life["events"]}


def first_broken() -> int:
    return next(
        outcome.seed
        for outcome in try_all(range(2, 20), lambda seed: try_seed(seed, DAYS), jobs=1)
        if outcome.violation
    )


def test_what_was_never_looked_at_is_noticed() -> None:
    summary = Summary()
    summary.add(Outcome(1, ENOUGH_DAYS / 2, seen={"stored": 0, "rows": 4}))
    assert summary.blind == [], "too early to say"
    summary.add(Outcome(2, ENOUGH_DAYS, seen={"stored": 0, "rows": 0}))
    assert summary.blind == ["stored"]
