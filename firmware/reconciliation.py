"""A person gives a study to the order it belongs to: an urgent one, or one under a wrong patient.

This is what the page and the command talk to. It writes requests into the index and reads what
became of them; the images are corrected by `firmware/reconciliation_worker.py`, in the node.
A correction never changes a stored image: it makes new ones, and says in them what was replaced.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import tzinfo

from firmware.dicom.corrected import check
from firmware.index.catalogue import identity_of
from firmware.index.database import Database
from firmware.index.reconciliations import OpenStudy, Outcome, Reconciliations, Standing
from firmware.order_match import Looked, ranked
from hal.clock import Clock, Entropy
from hal.errors import ConfigError, Sentence
from hal.values import Order, Uid

__all__ = ["OpenStudy", "Outcome", "Reconciliation", "Standing"]

NO_STUDY = Sentence(
    en="There is no image of study {study} to correct here.",
    fr="Il n'y a ici aucune image de l'examen {study} à rattacher.",
)
UNDER_WAY = Sentence(
    en="This study is being corrected already, for {name}. Wait until that is done.",
    fr="Cet examen est déjà en cours de rattachement, pour {name}. Attendez la fin.",
)
NOBODY = Sentence(
    en="This order names no patient. Choose another one, or have it corrected where it was made.",
    fr="Cette demande ne nomme aucun patient. Choisissez-en une autre, ou faites-la corriger à "
    "la source.",
)
SAME = Sentence(
    en="This study is under that order already. Nothing was changed.",
    fr="Cet examen est déjà sous cette demande. Rien n'a été modifié.",
)


@dataclass
class Reconciliation:
    """Of one thread: it has an index connection of its own."""

    database: Database
    clock: Clock
    entropy: Entropy
    orders: Callable[[], Iterable[Order]]
    """The worklist as it is known now."""
    timezone: tzinfo

    def __post_init__(self) -> None:
        self._requests = Reconciliations(self.database, self.clock)

    def open_studies(self) -> tuple[OpenStudy, ...]:
        """Under a provisional identity, or marked as wrong; the newest first."""
        return self._requests.open_studies()

    def propose(self, study_uid: Uid) -> tuple[Order, ...]:
        """Every order of the worklist, the most likely first: same day, modality, body part."""
        study = self._requests.study(study_uid)
        if study is None:
            return ()
        day = study.opened_at.astimezone(self.timezone).date()
        return ranked(self.orders(), Looked(day, study.modality))

    def mark(self, study_uid: Uid, actor: str) -> None:
        """It is under the wrong patient: it stays among the open ones until it is reconciled."""
        if self._requests.study(study_uid) is None:
            raise ConfigError(NO_STUDY.fill(study=study_uid))
        self._requests.mark(study_uid, actor)

    def images(self, study_uid: Uid) -> tuple[Uid, ...]:
        """What a request about this study would correct; `reconcile` takes it as `seen`."""
        return self._requests.images(study_uid)

    def reconcile(
        self, study_uid: Uid, order: Order, actor: str, seen: tuple[Uid, ...] | None = None
    ) -> None:
        """Durable when it returns; the node's worker does it, even if the power goes meanwhile.

        For any study, an urgent one or one under a wrong patient. It corrects the images that are
        in it now, and no later ones. Raises ConfigError; so it does when these are not the ones
        that the person has `seen`.
        """
        study = self._requests.study(study_uid)
        if study is None:
            raise ConfigError(NO_STUDY.fill(study=study_uid))
        if not order.patient.patient_id.strip() or not order.patient.name.strip("^ "):
            raise ConfigError(NOBODY)
        if is_same(study, order):
            raise ConfigError(SAME)
        check(order)
        under_way = self._requests.lay(study, order, actor, self.entropy, seen)
        if under_way is not None:
            raise ConfigError(UNDER_WAY.fill(name=under_way.patient.name.replace("^", " ").strip()))

    def study(self, study_uid: Uid) -> OpenStudy | None:
        """Any study of which an image is here, to show whose it is; else None."""
        return self._requests.study(study_uid)

    def standing(self, study_uid: Uid) -> Standing | None:
        """How far the last request about this study is; None: nobody asked."""
        return self._requests.standing(study_uid)

    def recent(self, count_max: int = 50) -> tuple[Standing, ...]:
        """The newest requests first."""
        return self._requests.recent(count_max)


def is_same(study: OpenStudy, order: Order) -> bool:
    return (
        study.identity == identity_of(order.patient)
        and study.accession_number == order.accession_number.strip(" ")
        and order.study_instance_uid in ("", study.study_instance_uid)
    )
