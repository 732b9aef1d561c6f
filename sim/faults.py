"""Every knob of a simulated world, drawn from its seed. One place, so that a seed can be read.

Each knob says what it does and why its range is what it is.
"""

from dataclasses import dataclass
from random import Random

PACES_S = (60.0, 900.0, 3600.0)
PACE_WEIGHTS = (1, 6, 18)  # a day of 60 s costs fifty idle days of 3600 s


@dataclass(frozen=True)
class Knobs:
    pace_s: float
    """How late a poll may be that nobody ends. The appliance's own pace would be 0.0: two million
    events a day, for worlds of minutes."""
    films_a_day: int
    """On a weekday, on average. A small hospital: 2 to 20."""
    days_between_cuts: float
    """On average: from a bad line to one cut a season."""
    calls_to_cut_max: int
    """A cut comes within so many calls: few hit an idle node, many hit a scan or a start."""
    commitment_delay_s: float
    """From an archive's own disk to its tape robot."""
    capacity_mib: int
    """Of the disk: some lives never see it full, some run eviction all the time."""
    whole_dataset: bool
    """Of each film; see sim/short_dataset.py."""
    multi_frame: bool
    """Which object films become (PS3.3 A.8.4 or A.8.1)."""

    @classmethod
    def drawn(cls, chance: Random) -> "Knobs":
        return cls(
            pace_s=chance.choices(PACES_S, PACE_WEIGHTS)[0],
            films_a_day=chance.randint(2, 20),
            days_between_cuts=chance.choice((0.5, 2.0, 10.0, 90.0)),
            calls_to_cut_max=chance.choice((5, 50, 500)),
            commitment_delay_s=chance.choice((0.0, 2.0, 60.0, 7200.0)),
            capacity_mib=chance.choice((30, 60, 200)),
            whole_dataset=chance.random() < 0.1,
            multi_frame=chance.random() < 0.5,
        )
