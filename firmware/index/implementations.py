"""Who wrote files of this store: what has to be known to make one of them again, bit for bit."""

from firmware.dicom.file_meta import Implementation
from firmware.index.database import Database
from hal.values import Uid

KNOWN_MAX = 16  # releases and AE titles of one node; each is one more digest of a fetched file


class Implementations:
    def __init__(self, database: Database) -> None:
        self._database = database

    def remember(self, implementation: Implementation) -> None:
        if implementation in self.known():
            return
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO implementation VALUES (?, ?, ?)",
                (
                    implementation.class_uid,
                    implementation.version_name,
                    implementation.source_ae_title,
                ),
            )

    def known(self) -> tuple[Implementation, ...]:
        """The newest first."""
        rows = self._database.rows(
            "SELECT * FROM implementation ORDER BY rowid DESC LIMIT ?", (KNOWN_MAX,)
        )
        return tuple(
            Implementation(Uid(row["class_uid"]), row["version_name"], row["source_ae_title"])
            for row in rows
        )
