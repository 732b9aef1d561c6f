"""What `sapi-node status` says of each damaged or missing image: since when, and what next."""

from collections.abc import Iterable
from typing import Any

from firmware.retrieval import NEVER_COMMITTED
from hal.errors import Sentence

LOST = (
    "SELECT sop_instance_uid AS instance, condition, path, at AS since, action, detail,"
    " EXISTS (SELECT 1 FROM outbox WHERE outbox.instance = sop_instance_uid"
    "   AND state = 'committed') AS is_committed,"
    " tries, due_at, error_en, error_fr"
    " FROM instance LEFT JOIN fetch ON fetch.instance = sop_instance_uid AND fetched_at IS NULL"
    " LEFT JOIN audit ON seq = (SELECT max(seq) FROM audit WHERE object = sop_instance_uid"
    "   AND action IN ('wrong digest', 'file gone'))"
    " WHERE condition IN ('damaged', 'missing') AND condition <> 'good' ORDER BY since LIMIT :count"
)
LISTED_MAX = 100  # more is no list for a person: `totals` has the number

COMES_BACK = Sentence(
    en="It is fetched back from the archive.",
    fr="Elle est en cours de récupération depuis l'archive.",
)
TRIED = Sentence(
    en="Not fetched back yet (tries: {tries}, the next at {due_at} UTC): {why}",
    fr="Pas encore récupérée (essais : {tries}, le prochain à {due_at} UTC) : {why}",
)


def lost_report(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """`rows`: of LOST."""
    return [_entry(row) for row in rows]


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    happens = _what_happens(row)
    why = row["detail"] or row["action"] or ""
    return {
        "instance": row["instance"],
        "condition": row["condition"],
        "since": row["since"],
        "why": why,
        "next": {"en": happens.en, "fr": happens.fr},
    }


def _what_happens(row: dict[str, Any]) -> Sentence:
    if not row["is_committed"]:
        return NEVER_COMMITTED.fill(uid=row["instance"])
    if not row["error_en"]:
        return COMES_BACK
    told = {"tries": row["tries"], "due_at": row["due_at"][:16].replace("T", " ")}
    return Sentence(
        en=TRIED.en.format(why=row["error_en"], **told),
        fr=TRIED.fr.format(why=row["error_fr"], **told),
    )
