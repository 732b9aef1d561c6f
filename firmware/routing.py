"""Where an image goes: the rules of the configuration, in order, the first that matches decides.

Pure: the same image, rules and archives always give the same ways, at acquisition as in recovery.
Every image goes to one archive at least: where no rule matches, to all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, tzinfo
from fnmatch import fnmatchcase

from firmware.index.entry import Entry
from hal.values import DailySpan, Priority


@dataclass(frozen=True)
class Way:
    """One archive that an image goes to, and the one that gets it too while that one is away."""

    destination: str
    fallback: str = ""
    fallback_after_s: float = 0.0


Route = Callable[[Entry], tuple[Way, ...]]


@dataclass(frozen=True)
class Rule:
    """What is empty or None matches everything; words are globs, whatever their case."""

    send_to: tuple[str, ...]
    """The first of them is the one that `fallback` stands in for."""
    modality: tuple[str, ...] = ()
    station: tuple[str, ...] = ()
    procedure: tuple[str, ...] = ()
    """Of the requested procedure: its code or its description."""
    priority: Priority | None = None
    time_from: time | None = None
    """Local; a span that ends before it begins goes over midnight."""
    time_until: time | None = None
    also: tuple[str, ...] = ()
    """Get a copy of what is urgent."""
    fallback: str = ""
    fallback_after_s: float = 0.0


def everywhere(*destinations: str) -> Route:
    ways = tuple(Way(destination) for destination in destinations)
    return lambda _: ways


def by_rules(rules: tuple[Rule, ...], archives: tuple[str, ...], zone: tzinfo) -> Route:
    """The ways of one node's configuration."""
    return lambda entry: ways_of(entry, rules, archives, zone)


def ways_of(
    entry: Entry, rules: tuple[Rule, ...], archives: tuple[str, ...], zone: tzinfo
) -> tuple[Way, ...]:
    made_at = entry.created_at.astimezone(zone).time()
    rule = next((rule for rule in rules if matches(rule, entry, made_at)), None)
    if rule is None:
        return tuple(Way(archive) for archive in archives)
    copies = rule.also if entry.urgent else ()
    first, *others = dict.fromkeys((*rule.send_to, *copies))
    if rule.fallback in (first, *others):
        return tuple(Way(archive) for archive in (first, *others))
    return (
        Way(first, rule.fallback, rule.fallback_after_s),
        *(Way(archive) for archive in others),
    )


def matches(rule: Rule, entry: Entry, made_at: time) -> bool:
    priority = Priority.URGENT if entry.urgent else Priority.ROUTINE
    return (
        _like(rule.modality, (entry.modality,))
        and _like(rule.station, (entry.station_name,))
        and _like(rule.procedure, entry.procedures)
        and rule.priority in (None, priority)
        and within(made_at, rule.time_from, rule.time_until)
    )


def within(moment: time, begins: time | None, ends: time | None) -> bool:
    """From `begins` on, and before `ends`."""
    return DailySpan(begins or time.min, ends or time.min).holds(moment)


def _like(globs: tuple[str, ...], values: tuple[str, ...]) -> bool:
    if not globs:
        return True
    return any(fnmatchcase(value.casefold(), glob.casefold()) for glob in globs for value in values)
