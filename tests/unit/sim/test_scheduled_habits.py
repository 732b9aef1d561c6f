"""Every habit is had by some seeds and not by others, and each has chance of its own."""

from dataclasses import fields
from random import Random

from sim.scheduled_archive import QUIET
from sim.scheduled_archives import ARCHIVE, SECOND, drawn_archives
from sim.scheduled_habits import RANGES, ArchiveHabits, Dice

DRAWN = [ArchiveHabits.drawn(Random(seed)) for seed in range(300)]


def test_each_habit_is_had_by_some_and_not_by_all() -> None:
    assert {name for name, _ in RANGES} == {field.name for field in fields(ArchiveHabits)}
    for field in fields(ArchiveHabits):
        had = sum(getattr(habits, field.name) != field.default for habits in DRAWN)
        least, most = (15, 50) if field.name == "only_lists" else (50, 150)
        assert least < had < most, field.name


def test_some_archives_are_without_a_fault() -> None:
    quiet = sum(habits == QUIET for habits in DRAWN)
    assert 20 < quiet < 60
    assert QUIET.told() == "no fault"


def test_one_habit_more_changes_no_chance_of_another() -> None:
    def falls(both: bool) -> list[bool]:
        dice = Dice(Random)
        drawn = []
        for _ in range(50):
            if both:
                dice.falls("other", 0.5)
            drawn.append(dice.falls("this", 0.5))
        return drawn

    assert falls(both=True) == falls(both=False)
    assert len(set(falls(both=True))) == 2


def test_a_second_archive_has_no_fault() -> None:
    said: list[tuple[str, str]] = []
    worlds = [
        drawn_archives(
            lambda name, seed=seed: Random(f"{seed} {name}"),  # type: ignore[misc]
            lambda what, detail: said.append((what, detail)),
        )
        for seed in range(60)
    ]
    two = [archives for archives in worlds if SECOND in archives]
    assert 10 < len(two) < 35
    assert all(archives[SECOND].habits == QUIET for archives in two)
    two[0][SECOND].heal()
    assert said == [("heals", SECOND)]
    assert ARCHIVE in worlds[0]
