"""What other proof there is than the archive's commitment: the same bytes, or being listed."""

from dataclasses import dataclass

from firmware.index.database import stamp
from firmware.index.fetches import sent_as
from firmware.index.outbox_table import OutboxTable, Why, said
from firmware.keeping import Condition
from firmware.moves import Happened, State
from firmware.store import PublishedFile
from hal.archive import Wanted
from hal.archive_query import StudyInstance
from hal.errors import Sentence
from hal.values import SopReference, Uid

NOT_LISTED_MAX = 12  # with waits that double, about an hour: archives index late
NOT_LISTED = Sentence("the archive does not list it", "l'archive ne la liste pas")
OF_INSTANCE = (
    "SELECT outbox.*, instance.*, study FROM outbox"
    " JOIN instance ON sop_instance_uid = outbox.instance"
    " JOIN series ON series_instance_uid = series"
    " WHERE state IN (?) AND state <> 'committed' AND destination = ?"
)


@dataclass(frozen=True)
class Doubted:
    """One that the archive calls a duplicate."""

    file: PublishedFile
    wanted: Wanted
    is_good: bool
    """False: our own file is damaged or missing."""


class Proofs(OutboxTable):
    def next_doubted(self, destination: str, added_bytes_max: int) -> Doubted | None:
        """One that nobody has compared yet."""
        rows = self._database.rows(
            f"{OF_INSTANCE} AND tries = 0 LIMIT 1", (State.UNPROVEN.value, destination)
        )
        if not rows:
            return None
        row = rows[0]
        wanted = Wanted(
            reference=SopReference(Uid(row["sop_class_uid"]), Uid(row["sop_instance_uid"])),
            study_instance_uid=Uid(row["study"]),
            series_instance_uid=Uid(row["series"]),
            transfer_syntax_uid=Uid(row["transfer_syntax_uid"]),
            data_set_bytes_max=row["size_bytes"] + added_bytes_max,
            sent_as=sent_as([row["sent_as"]]),
        )
        file = PublishedFile(row["path"], row["size_bytes"], row["sha256"])
        return Doubted(file, wanted, row["condition"] == Condition.GOOD.value)

    def same(self, instance: Uid, destination: str) -> None:
        now = stamp(self._clock.now())
        columns = {"warning": "", "sent_at": now, "due_at": now}
        self._move_one(instance, destination, Happened.SAME_CONTENT, columns)

    def other(self, instance: Uid, destination: str, why: Why) -> None:
        self._move_one(instance, destination, Happened.OTHER_CONTENT, said(why))

    def not_compared(self, instance: Uid, destination: str, why: Why) -> None:
        self._move_one(instance, destination, Happened.COULD_NOT_COMPARE, said(why))

    def to_ask_for(self, destination: str, count_max: int) -> tuple[StudyInstance, ...]:
        """Sent, due, and not yet known to be listed."""
        if not self._has(destination, State.SENT, State.UNPROVEN):
            return ()
        rows = [
            row
            for state in (State.SENT, State.UNPROVEN)
            for row in self._database.rows(
                f"{OF_INSTANCE} AND due_at <= ? AND (tries > 0 OR state = 'sent')"
                " ORDER BY urgent DESC, due_at LIMIT ?",
                (state.value, destination, stamp(self._clock.now()), count_max),
            )
        ]
        return tuple(
            StudyInstance(
                Uid(row["study"]),
                Uid(row["series"]),
                SopReference(Uid(row["sop_class_uid"]), Uid(row["sop_instance_uid"])),
            )
            for row in rows[:count_max]
        )

    def listed(self, instance: Uid, destination: str) -> None:
        columns = {"confirmed_at": stamp(self._clock.now())}
        self._move_one(instance, destination, Happened.LISTED, columns)

    def not_listed(self, instance: Uid, destination: str, denials_max: int) -> bool | None:
        """None: it is asked about again; else whether it is held now, or sent again."""
        found = [each for each in self.standing(instance) if each.destination == destination]
        if not found:
            return None
        (standing,) = found
        happened, is_held = Happened.NOT_LISTED, None
        if standing.tries >= NOT_LISTED_MAX:
            is_held = standing.refusals + 1 >= denials_max
            happened = Happened.DENIED_FOR_GOOD if is_held else Happened.COMMITMENT_DENIED
        self._move_one(instance, destination, happened, said(NOT_LISTED))
        return is_held
