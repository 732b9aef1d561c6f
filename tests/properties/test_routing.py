"""Whatever the rules are, every image goes to one archive at least, and to known ones only."""

from datetime import UTC, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from firmware.index.entry import Entry
from firmware.routing import Rule, matches, ways_of, within
from hal.values import Priority, Uid

ARCHIVES = ("douai", "lille", "expert")
PARIS = ZoneInfo("Europe/Paris")

names = st.lists(st.sampled_from(ARCHIVES), max_size=3).map(tuple)
globs = st.lists(st.sampled_from(["RG", "CR", "S*", "*thorax*", "?1"]), max_size=2).map(tuple)
times = st.none() | st.times()
rules = st.builds(
    Rule,
    send_to=names.filter(bool),
    modality=globs,
    station=globs,
    procedure=globs,
    priority=st.none() | st.sampled_from(Priority),
    time_from=times,
    time_until=times,
    also=names,
    fallback=st.sampled_from(["", *ARCHIVES]),
    fallback_after_s=st.floats(1, 1e5),
)


def entry(
    modality: str, station_name: str, procedures: list[str], urgent: bool, created_at: datetime
) -> Entry:
    uid = Uid("1.2")
    return Entry(
        "P", "", "ESSAI^X", "", "", uid, "", "", urgent, uid, 1, modality, uid, uid, uid, 1, 1, 1,
        created_at, station_name, tuple(procedures),
    )  # fmt: skip


entries = st.builds(
    entry,
    st.sampled_from(["RG", "CR", "rg"]),
    st.sampled_from(["S1", "R1", ""]),
    st.lists(st.sampled_from(["RTHO1", "Thorax de face", ""]), max_size=2),
    st.booleans(),
    st.datetimes(timezones=st.just(UTC)),
)


@given(entries, st.lists(rules, max_size=4).map(tuple))
def test_every_image_goes_somewhere_known_and_once(entry: Entry, rules: tuple[Rule, ...]) -> None:
    ways = ways_of(entry, rules, ARCHIVES, PARIS)
    assert ways
    destinations = [way.destination for way in ways]
    assert len(set(destinations)) == len(destinations)
    assert set(destinations) <= set(ARCHIVES)
    assert all(way.fallback not in destinations for way in ways)
    assert ways == ways_of(entry, rules, ARCHIVES, PARIS), "adopted or acquired, it is the same"


@given(entries, rules, rules)
def test_the_first_that_matches_decides(entry: Entry, first: Rule, second: Rule) -> None:
    made_at = entry.created_at.astimezone(PARIS).time()
    ways = ways_of(entry, (first, second), ARCHIVES, PARIS)
    if matches(first, entry, made_at):
        assert ways == ways_of(entry, (first,), ARCHIVES, PARIS)
    else:
        assert ways == ways_of(entry, (second,), ARCHIVES, PARIS)


@given(entries)
def test_without_a_rule_it_goes_everywhere(entry: Entry) -> None:
    assert [way.destination for way in ways_of(entry, (), ARCHIVES, PARIS)] == list(ARCHIVES)


@given(entries, rules)
def test_a_copy_is_for_what_is_urgent(entry: Entry, rule: Rule) -> None:
    if matches(rule, entry, entry.created_at.astimezone(PARIS).time()):
        ways = ways_of(entry, (rule,), ARCHIVES, PARIS)
        copies = {way.destination for way in ways} - set(rule.send_to)
        assert copies == (set(rule.also) - set(rule.send_to) if entry.urgent else set())


@given(st.lists(st.times(), min_size=2, max_size=6, unique=True).map(sorted), st.times())
def test_spans_that_join_cover_every_moment_once(bounds: list[time], moment: time) -> None:
    spans = [*pairwise(bounds), (bounds[-1], bounds[0])]  # the last one goes over midnight
    assert sum(within(moment, *span) for span in spans) == 1
