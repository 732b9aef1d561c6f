"""Does anything wait for a time that no clock of today can have stamped? Asked once a minute.

Of a clock that was ahead for some seconds nothing else is left. Only looks, without the writer's
lock and where an index answers; `firmware.index.misdated` puts right. What was committed no index
finds: it only stays longer, until something else is found, or the next start.
"""

from datetime import timedelta

from firmware.index.misdated import Misdated
from firmware.index.outbox_table import OPEN

QUESTIONS = (
    f"SELECT 1 FROM outbox WHERE {OPEN} AND state IN ('queued', 'sent', 'unproven')"  # noqa: S608 -- constants of this module
    " AND due_at > :soon LIMIT 1",
    f"SELECT 1 FROM outbox WHERE {OPEN} AND state NOT IN ('queued', 'sent', 'unproven', 'held')"  # noqa: S608 -- constants of this module
    " AND due_at > :patience LIMIT 1",
    "SELECT 1 FROM fetch WHERE fetched_at IS NULL"
    " AND due_at > :fetched_again AND due_at < :never LIMIT 1",
    "SELECT 1 FROM fetch WHERE fetched_at > :now LIMIT 1",
    "SELECT 1 FROM instance WHERE condition = 'good' AND verified_at > :now LIMIT 1",
)
ANY = f"SELECT 1 WHERE {' OR '.join(f'EXISTS ({question})' for question in QUESTIONS)}"


def any_stamped_ahead(misdated: Misdated, slewed_s: float) -> bool:
    """By more than `slewed_s`, a slow correction of the clock."""
    bounds = misdated.bounds(misdated.clock.now() + timedelta(seconds=slewed_s))
    return bool(misdated.database.rows(ANY, bounds))
