"""Puts a life's events into page.html, as few characters each; the page draws them itself."""

import json
import re
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from pathlib import Path

from sim.explore import Outcome, until_it_broke
from sim.trace import Line, Trace

LANES = (
    "kernel",
    "fault",
    "technician",
    "panel",
    "node",
    "scanner",
    "reader",
    "disk",
    "index",
    "archive",
    "worklist",
    "array",
    "checker",
)
"""From what happens to the node, over the person and the node, to what it works on."""
LONG_UID = re.compile(r"\d+(?:\.\d+)*\.\d{8,}")
EVENTS_MAX = 400_000  # some 40 MB of page: a browser still draws it; the last ones are kept


class Names:
    """`image 7` in place of a UID of 40 digits; the numbers are in order of appearance."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def short(self, text: str) -> str:
        return LONG_UID.sub(self._name, text)

    def _name(self, uid: re.Match[str]) -> str:
        return f"#{self._numbers.setdefault(uid.group(), len(self._numbers) + 1)}"


def write_page(path: Path, outcome: Outcome, trace: Trace) -> None:
    page = files("sim.timeline").joinpath("page.html").read_text("utf-8")
    life = json.dumps(_life(outcome, trace.lines()), ensure_ascii=False, separators=(",", ":"))
    title = f"Seed {outcome.seed}, {outcome.days:g} days"
    page = page.replace("{{title}}", escape(title))
    path.write_text(page.replace("{{life}}", life.replace("</", "<\\/")), "utf-8")


def _life(outcome: Outcome, lines: Iterable[Line]) -> dict[str, object]:
    names, words = Names(), Words()
    lanes = {name: number for number, name in enumerate(LANES)}
    events = [
        (
            round(line.at_s, 3),
            lanes.setdefault(line.lane, len(lanes)),
            words.number(line.what),
            words.number(names.short(line.detail)),
        )
        for line in until_it_broke(lines)
    ][-EVENTS_MAX:]
    violation = outcome.violation
    return {
        "title": f"Seed {outcome.seed}, {outcome.days:g} days",
        "knobs": outcome.knobs,
        "replay": outcome.replay,
        "violation": names.short(str(violation)) if violation else "",
        "lanes": list(lanes),
        "words": words.all,
        "events": events,
    }


class Words:
    """Each text once."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        if text not in self._numbers:
            self._numbers[text] = len(self.all)
            self.all.append(text)
        return self._numbers[text]
