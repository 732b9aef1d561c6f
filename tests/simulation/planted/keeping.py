"""What keeps an image on the disk, and the trail: mistakes."""

from contextlib import ExitStack
from typing import Any
from unittest import mock

from firmware import commitment, recovery, scrub
from firmware.dicom import entry_reader
from firmware.dicom.pixel_data import Pixels
from firmware.events import FileDamaged, NotFetchedBack
from firmware.eviction import Eviction
from firmware.index import audit
from firmware.index.database import Database
from firmware.index.keeping import Keeping
from firmware.keeping import Found
from firmware.node import Node
from firmware.retention import LOOK_S, Retention
from firmware.store import Store
from hal.errors import StorageCorrupt
from tests.planting import patch
from tests.simulation.planted.planting import bug


@bug("evicted when one archive of two committed")
def _one_is_enough(stack: ExitStack) -> None:
    def any_one(self: Keeping, rules: Any) -> Any:
        rows = self._database.rows(
            "SELECT * FROM instance JOIN outbox ON instance = sop_instance_uid"
            " WHERE condition = 'good' AND state = 'committed' LIMIT 1"
        )
        kept = self.at(rows[0]["path"]) if rows else None
        if kept is not None:
            self.found(kept.instance, Found.EVICTION_CHOSEN)
        return kept

    patch(stack, Keeping, "choose_for_eviction", any_one)


@bug("the file evicted before the row says so")
def _file_before_row(stack: ExitStack) -> None:
    def hasty(self: Eviction) -> bool:
        rows = self.keeping._database.rows(
            "SELECT path FROM instance WHERE condition = 'good' AND EXISTS (SELECT 1 FROM outbox"
            " WHERE instance = sop_instance_uid AND state = 'committed') LIMIT 1"
        )
        if rows:
            self.store.remove(rows[0]["path"])
        return False

    patch(stack, Eviction, "_remove_oldest", hasty)


@bug("a damaged file is deleted")
def _damaged_deleted(stack: ExitStack) -> None:
    def deleted(self: Store, path: str) -> str:
        self.remove(path)
        return "quarantine/nowhere"

    patch(stack, Store, "quarantine", deleted)


@bug("the scrub calls a good file damaged")
def _good_called_damaged(stack: ExitStack) -> None:
    verify = Store.verify

    def strict(self: Store, published: Any) -> None:
        verify(self, published)
        if published.sha256.startswith("0"):
            raise StorageCorrupt(commitment.DENIED)

    patch(stack, Store, "verify", strict)


@bug("an image that cannot be read for minutes is given up")
def _given_up(stack: ExitStack) -> None:
    patch(stack, scrub, "READ_TRIES", 1)


@bug("what is damaged is told to nobody")
def _damage_not_told(stack: ExitStack) -> None:
    tell = Node.tell

    def discreet(self: Node, event: Any) -> None:
        if not isinstance(event, FileDamaged | NotFetchedBack):
            tell(self, event)

    patch(stack, Node, "tell", discreet)


@bug("recovery leaves what was cut short")
def _parts_left(stack: ExitStack) -> None:
    patch(stack, Store, "parts", lambda self: [])


@bug("recovery does not look for files without a row")
def _not_adopted(stack: ExitStack) -> None:
    nothing = mock.patch.dict(recovery.recover.__globals__, {"adopt": lambda *_: ((), ())})
    stack.enter_context(nothing)


@bug("what a kill left in the cache of the index's log is built upon")
def _log_as_found(stack: ExitStack) -> None:
    patch(stack, Database, "make_log_durable", lambda self: None)


@bug("what a failed fsync dropped of the index's log is built upon")
def _gap_in_log(stack: ExitStack) -> None:
    patch(stack, Database, "_mend_log", lambda self: None)


@bug("the trail's hash does not follow from the one before")
def _not_chained(stack: ExitStack) -> None:
    link = audit.link
    patch(stack, audit, "link", lambda before, fields: link(audit.FIRST, fields))


@bug("a put-aside file goes before its row says so")
def _file_first(stack: ExitStack) -> None:
    def step(self: Retention) -> float:
        for kept in self.forgetting.aside_before(self.rejected_days, self.superseded_days):
            self.store.remove(kept.file.path)
            self.keeping.found(kept.instance, Found.DAYS_OVER, kept.file.path)
        return LOOK_S

    patch(stack, Retention, "step", step)


@bug("what is left of a file is adopted as an image")
def _torn_is_adopted(stack: ExitStack) -> None:
    patch(stack, entry_reader, "pixels_of", lambda *_: Pixels.THERE)
