"""What is known of each line: what its archive takes, how fast it is, how fast images get small."""

import json
from datetime import timedelta

from firmware.compression import PACES, Pace
from firmware.imaging.lossless import Codec
from firmware.index.database import Database, moment, stamp
from firmware.line_rate import LineRate, current, with_transfer
from hal.clock import Clock
from hal.values import Uid

ASKED_AGAIN = timedelta(days=1)
"""An archive's configuration changes when its people are at work; what was refused meanwhile is
sent as it is stored."""
PACE_KEPT = 0.5  # one image in a row of films may be a blank one
RATIO_MIN = 1.3
"""Images that do not get small must not end it for good: nothing would be measured then."""
UNCHANGED = 0.1
"""A rate that moved less is not written: each is a transaction beside the one of the image."""


class Lines:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def accepted(self, destination: str, sop_class_uid: Uid) -> frozenset[Uid] | None:
        """None: not known, or asked too long ago."""
        rows = self._database.rows(
            "SELECT * FROM accepted_syntax WHERE destination = ? AND sop_class_uid = ?",
            (destination, sop_class_uid),
        )
        if not rows or abs(self._clock.now() - moment(rows[0]["asked_at"])) > ASKED_AGAIN:
            return None
        return frozenset(map(Uid, json.loads(rows[0]["transfer_syntaxes"])))

    def learn(self, destination: str, sop_class_uid: Uid, accepted: frozenset[Uid]) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO accepted_syntax VALUES (?, ?, ?, ?)",
                (
                    destination,
                    sop_class_uid,
                    json.dumps(sorted(accepted)),
                    stamp(self._clock.now()),
                ),
            )

    def rate(self, destination: str) -> LineRate | None:
        rows = self._database.rows("SELECT * FROM line_rate WHERE destination = ?", (destination,))
        if not rows:
            return None
        row = rows[0]
        known = LineRate(row["size_bytes"], row["took_s"], moment(row["measured_at"]))
        return current(known, self._clock.now())

    def sent(self, destination: str, size_bytes: int, took_s: float) -> None:
        known = self.rate(destination)
        rate = with_transfer(known, size_bytes, took_s, self._clock.now())
        if rate is None or rate == known or (known and _is_same(known, rate)):
            return
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO line_rate VALUES (?, ?, ?, ?)",
                (destination, rate.size_bytes, rate.took_s, stamp(rate.measured_at)),
            )

    def pace(self, codec: Codec) -> Pace:
        rows = self._database.rows(
            "SELECT * FROM codec_pace WHERE transfer_syntax_uid = ?", (codec.transfer_syntax_uid,)
        )
        return Pace(rows[0]["bytes_per_s"], rows[0]["ratio"]) if rows else PACES[codec]

    def encoded(self, codec: Codec, pace: Pace) -> None:
        """One image went so fast and became so small."""
        known = self.pace(codec)
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO codec_pace VALUES (?, ?, ?)",
                (
                    codec.transfer_syntax_uid,
                    PACE_KEPT * known.bytes_per_s + (1 - PACE_KEPT) * pace.bytes_per_s,
                    max(RATIO_MIN, PACE_KEPT * known.ratio + (1 - PACE_KEPT) * pace.ratio),
                ),
            )


def _is_same(known: LineRate, rate: LineRate) -> bool:
    """Near enough, and measured this hour."""
    moved = abs(rate.bytes_per_s / known.bytes_per_s - 1.0)
    return moved < UNCHANGED and rate.measured_at - known.measured_at < timedelta(hours=1)
