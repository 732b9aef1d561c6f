import json
from typing import Any

import pytest

from firmware.array_watch import ArrayWatch
from firmware.events import ArrayChanged, Event
from hal.errors import Sentence, StorageError
from tests.fake_array import HEALTHY, MISSING, FakeArray, failing


class Watched:
    def __init__(self) -> None:
        self.array, self.told, self.kept = FakeArray(), list[Event](), list[dict[str, Any]]()
        self.watch = ArrayWatch(self.array, self.told.append, 60.0, self.kept.append)

    def poll(self) -> list[ArrayChanged]:
        self.told.clear()
        assert self.watch.step() == 60.0
        assert all(isinstance(event, ArrayChanged) for event in self.told)
        return [event for event in self.told if isinstance(event, ArrayChanged)]


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_a_healthy_array_is_silent_and_is_kept(watched: Watched) -> None:
    assert watched.poll() == []
    assert watched.poll() == []
    assert watched.kept[-1]["state"] == "healthy"


def test_what_was_wrong_before_the_start_is_told_at_the_first_poll(watched: Watched) -> None:
    watched.array.now = MISSING
    [change] = watched.poll()
    assert change.in_trouble
    assert "missing" in change.sentence.en
    assert watched.poll() == []


def test_a_loss_is_told_within_one_poll_and_its_end_too(watched: Watched) -> None:
    watched.poll()
    watched.array.now = MISSING
    assert [change.state for change in watched.poll()] == ["degraded"]
    watched.array.now = HEALTHY
    [change] = watched.poll()
    assert (change.state, change.in_trouble) == ("healthy", False)


def test_errors_are_told_each_time_they_rise(watched: Watched) -> None:
    watched.poll()
    for errors in (5, 9):
        watched.array.now = failing(errors)
        [change] = watched.poll()
        assert "new errors" in change.sentence.en
    [change] = watched.poll()
    assert "has had 9 errors" in change.sentence.en
    assert watched.poll() == []


def test_an_array_that_cannot_be_asked_is_a_trouble_of_its_own(watched: Watched) -> None:
    watched.poll()
    watched.array.down = StorageError(Sentence(en="No btrfs.", fr="Pas de btrfs."))
    [change] = watched.poll()
    assert (change.state, change.in_trouble) == ("unknown", True)
    assert change.sentence.en.endswith("No btrfs.")
    assert change.sentence.fr.endswith("Pas de btrfs.")
    assert watched.poll() == []
    watched.array.down = None
    assert [change.in_trouble for change in watched.poll()] == [False]


def test_what_is_kept_is_json(watched: Watched) -> None:
    watched.array.now = failing(5)
    watched.poll()
    kept = json.loads(json.dumps(watched.kept[-1]))
    assert kept["troubles"][0]["kind"] == "member failing"
    assert kept["members"][1]["errors"]["total"] == 5
