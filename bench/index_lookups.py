"""How long people's and workers' questions take in an index of a million images."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

from bench.figure import Figure
from bench.filled_index import FAMILY_NAMES, fill

INSTANCES = 1_000_000
ASKED = 500

QUESTIONS = {
    "by SOP Instance UID": (
        "SELECT * FROM instance WHERE sop_instance_uid = ?",
        lambda n: f"1.2.5.{n * 1999 % INSTANCES}",
    ),
    "by patient": (
        "SELECT study.* FROM study JOIN patient ON patient.id = study.patient"
        " WHERE patient_id = ? AND issuer = 'BENCH'",
        lambda n: f"P{n * 797 % 400_000}",
    ),
    "by accession": (
        "SELECT * FROM study WHERE accession_number = ?",
        lambda n: f"A{n * 991 % (INSTANCES // 2)}",
    ),
    "by day": (
        "SELECT * FROM study WHERE opened_at >= ? ORDER BY opened_at LIMIT 50",
        lambda n: f"202{n % 3}-0{1 + n % 9}-{10 + n % 18}T00",
    ),
    "by parts of a name (FTS5)": (
        "SELECT rowid FROM patient_search WHERE patient_search MATCH ? LIMIT 50",
        lambda n: f'"{FAMILY_NAMES[n % len(FAMILY_NAMES)][:3]}"* "zo"*',
    ),
    "next in the outbox": (
        "SELECT * FROM outbox WHERE destination = 'ARCHIVE' AND state = ?"
        " AND state <> 'committed' ORDER BY urgent DESC, due_at LIMIT 50",
        lambda _: "queued",
    ),
}


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="index-", dir=Path.cwd()) as name:
        database = fill(Path(name) / "index.sqlite3", INSTANCES)
        for question, (sql, argument) in QUESTIONS.items():
            times_ms = []
            for number in range(ASKED):
                began_s = time.perf_counter()
                database.connection.execute(sql, (argument(number),)).fetchall()
                times_ms.append((time.perf_counter() - began_s) * 1000)
            percentiles = quantiles(times_ms, n=100)
            yield Figure(f"1 M images, {question}, p50", percentiles[49], "ms")
            yield Figure(f"1 M images, {question}, p99", percentiles[98], "ms")
        database.close()
