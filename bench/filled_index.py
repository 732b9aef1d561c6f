"""An index with many invented images in it, made row by row as the product makes them, fast."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from drivers.system_clock import SystemClock, SystemEntropy
from firmware.index.catalogue import Catalogue
from firmware.index.database import Database, migrate
from firmware.index.entry import Entry
from firmware.routing import everywhere
from firmware.store import PublishedFile, path_of
from hal.values import Uid

FAMILY_NAMES = ("EXEMPLE", "MODÈLE", "SPÉCIMEN", "FICTIF", "PATRON", "CAS", "ESSAI", "TÉMOIN")
GIVEN_NAMES = ("Éléonore", "François", "Noëlle", "Benoît", "Zoé", "Aimée", "Loïc", "Hélène")
IMAGES_PER_STUDY = 2
START = datetime(2020, 1, 1, tzinfo=UTC)
TOGETHER = 20_000  # images a transaction: only this bench may do that


def entry(number: int) -> Entry:
    study = number // IMAGES_PER_STUDY
    chance = random.Random(study)
    family = f"{chance.choice(FAMILY_NAMES)}{study % 9973}"
    return Entry(
        patient_id=f"P{study % 400_000}",
        issuer="BENCH",
        name=f"{family}^{chance.choice(GIVEN_NAMES)}",
        birth_date=f"{1930 + study % 80}0101",
        sex="F",
        study_instance_uid=Uid(f"1.2.3.{study}"),
        accession_number=f"A{study}",
        description="Thorax de face",
        urgent=False,
        series_instance_uid=Uid(f"1.2.4.{study}"),
        series_number=1,
        modality="RG",
        sop_instance_uid=Uid(f"1.2.5.{number}"),
        sop_class_uid=Uid("1.2.840.10008.5.1.4.1.1.7.3"),
        transfer_syntax_uid=Uid("1.2.840.10008.1.2.1"),
        instance_number=number % IMAGES_PER_STUDY + 1,
        rows=100,
        columns=100,
        created_at=START + timedelta(seconds=100 * number),
    )


def fill(path: Path, count: int) -> Database:
    """`Catalogue.record` itself, its transactions held open over many images."""
    database = Database(path)
    migrate(database)
    catalogue = Catalogue(database, SystemClock(), SystemEntropy())
    for first in range(0, count, TOGETHER):
        with database.transaction() as connection:
            for number in range(first, min(count, first + TOGETHER)):
                each = entry(number)
                file = PublishedFile(path_of(each.sop_instance_uid), 20_000, "00" * 32)
                catalogue.insert(connection, each, file, everywhere("ARCHIVE"), "bench", "stored")
    database.connection.execute("UPDATE outbox SET state = 'committed'")
    database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return database
