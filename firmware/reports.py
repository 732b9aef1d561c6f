"""What people ask the index: read only, through sqlite-utils, as plain rows."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlite_utils import Database as Queries

from firmware.index.database import Database
from firmware.lost_report import LISTED_MAX, LOST, lost_report
from firmware.node import INDEX_NAME
from hal.errors import ConfigError, Sentence

Row = dict[str, Any]

NO_INDEX = Sentence(
    en="There is no index in {folder}: the node has not run there yet. Check store.path.",
    fr="Il n'y a pas d'index dans {folder} : le poste n'y a encore jamais tourné. Vérifiez "
    "store.path.",
)
NO_SUCH_UID = Sentence(
    en="Nothing here has the UID {uid}. `sapi-node studies` lists what there is.",
    fr="Rien ici ne porte l'UID {uid}. « sapi-node studies » donne la liste.",
)
OF_ALL = "SELECT * FROM study"
OF_PATIENT = (
    "SELECT * FROM study WHERE patient IN"
    " (SELECT rowid FROM patient_search WHERE patient_search MATCH :words)"
)


def open_index(store_root: Path) -> Database:
    """To read. Raises ConfigError when no node has run there."""
    path = store_root / INDEX_NAME
    if not path.exists():
        raise ConfigError(NO_INDEX.fill(folder=store_root))
    return Database(path, read_only=True)


class Reports:
    def __init__(self, store_root: Path) -> None:
        self._database = open_index(store_root)
        self._queries = Queries(self._database.connection)

    def close(self) -> None:
        self._database.close()

    def totals(self) -> Row:
        """How much is stored, and how much of it stands where."""
        stored = next(
            self._rows("SELECT count(*) AS instances, total(size_bytes) AS bytes FROM instance")
        )
        states = {
            row["state"]: row["count"]
            for row in self._rows("SELECT state, count(*) AS count FROM outbox GROUP BY state")
        }
        return {"instances": stored["instances"], "bytes": int(stored["bytes"]), "states": states}

    def notices(self) -> Row:
        """name -> what its watcher said last, with when."""
        return {
            row["name"]: {"at": row["at"], **json.loads(row["content"])}
            for row in self._rows("SELECT * FROM notice")
        }

    def conditions(self) -> Row:
        """How many files are in each condition that is not good."""
        rows = self._rows(
            "SELECT condition, count(*) AS count FROM instance"
            " WHERE condition <> 'good' GROUP BY condition"
        )
        return {row["condition"]: row["count"] for row in rows}

    def lost(self) -> list[Row]:
        """Each image that is damaged or missing, the longest lost first."""
        return lost_report(self._rows(LOST, {"count": LISTED_MAX}))

    def troubles(self, count_max: int = 20) -> list[Row]:
        """What is waiting with an error, the oldest first."""
        return list(
            self._rows(
                "SELECT instance, destination, state, tries, due_at, last_error,"
                " last_error_fr FROM outbox"
                " WHERE state <> 'committed' AND state <> 'withdrawn' AND last_error <> ''"
                " ORDER BY due_at LIMIT ?",
                count_max,
            )
        )

    def waiting(self, count_max: int, destination: str = "") -> list[Row]:
        """What is not yet committed, urgent first, the longest due first."""
        return list(
            self._rows(
                "SELECT instance, destination, state, urgent, tries, due_at, last_error,"
                " last_error_fr"
                " FROM outbox WHERE state <> 'committed' AND state <> 'withdrawn'"
                " AND (? = '' OR destination = ?)"
                " ORDER BY urgent DESC, due_at LIMIT ?",
                destination,
                destination,
                count_max,
            )
        )

    def procedure_steps(self, count_max: int = 20) -> list[Row]:
        """What the RIS is still to be told (MPPS), what it refused first; why, where it did."""
        return list(
            self._rows(
                "SELECT sop_instance_uid, state, tries, due_at, last_error, last_error_fr,"
                " study_instance_uid,"
                " opened_at, closed_at FROM procedure_step JOIN examination ON id = examination"
                " WHERE state <> 'done' ORDER BY state LIKE 'held %' DESC, due_at LIMIT ?",
                count_max,
            )
        )

    def studies(self, count_max: int, patient: str = "") -> list[Row]:
        """The newest first; each with how many of its images stand in which state.

        `patient` has the beginnings of names, in any order: "elé exem" finds EXEMPLE^Éléonore.
        """
        words = " ".join(f'"{word}"*' for word in re.findall(r"\w+", patient))
        return list(
            self._rows(
                "SELECT study_instance_uid, patient_id, name, accession_number, description,"  # noqa: S608 -- constants of this module
                " opened_at, priority, count(DISTINCT sop_instance_uid) AS instances,"
                " sum(state = 'committed') AS committed, sum(sent_at IS NOT NULL) AS sent"
                f" FROM ({OF_PATIENT if words else OF_ALL}"
                "   ORDER BY opened_at DESC LIMIT :count_max) AS study"
                " JOIN patient ON patient.id = study.patient"
                " JOIN series ON series.study = study_instance_uid"
                " JOIN instance ON instance.series = series_instance_uid"
                " LEFT JOIN outbox ON outbox.instance = sop_instance_uid"
                " GROUP BY study_instance_uid ORDER BY opened_at DESC",
                {"count_max": count_max, "words": words},
            )
        )

    def show(self, uid: str) -> Row:
        """One instance or study with its trail. Raises ConfigError for an unknown UID."""
        instances = list(
            self._rows(
                "SELECT instance.*, study, modality FROM instance"
                " JOIN series ON series_instance_uid = series"
                " WHERE sop_instance_uid = :uid OR series = :uid OR series IN"
                " (SELECT series_instance_uid FROM series WHERE study = :uid)"
                " ORDER BY instance_number",
                {"uid": uid},
            )
        )
        if not instances:
            raise ConfigError(NO_SUCH_UID.fill(uid=uid))
        for instance in instances:
            key = instance["sop_instance_uid"]
            instance["outbox"] = list(self._rows("SELECT * FROM outbox WHERE instance = ?", key))
            instance["trail"] = list(
                self._rows("SELECT at, actor, action, detail FROM audit WHERE object = ?", key)
            )
        return {"uid": uid, "instances": instances}

    def _rows(self, sql: str, *parameters: Any) -> Iterator[Row]:
        if parameters and isinstance(parameters[0], dict):
            return iter(self._queries.query(sql, parameters[0]))
        return iter(self._queries.query(sql, list(parameters)))
