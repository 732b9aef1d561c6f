"""Whether a plate may be read: what its reader and the ledger know of it. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from firmware.index.plate_reads import PlateRead
from firmware.plate_moves import ReadState
from firmware.provisional import is_provisional
from hal.cassette_reader import LoadedCassette
from hal.errors import Sentence
from hal.values import Order

NOT_ERASED = Sentence(
    en="Plate {plate} was read before and not erased since: its old image would show through. "
    "Erase it. If it holds a new exposure, press the same button again: it is read all the same.",
    fr="La plaque {plate} a déjà été lue et n'a pas été effacée depuis : l'ancienne image "
    "apparaîtrait au travers. Effacez-la. Si elle porte une nouvelle exposition, appuyez de "
    "nouveau sur le même bouton : elle sera lue malgré tout.",
)
PERHAPS_NOT_ERASED = Sentence(
    en="Plate {plate} was read at {time}, and nothing says that it was erased since: its old image "
    "may show through. Erase it. If it was erased elsewhere, press the same button again.",
    fr="La plaque {plate} a été lue à {time}, et rien n'indique qu'elle ait été effacée depuis : "
    "l'ancienne image peut apparaître au travers. Effacez-la. Si elle a été effacée ailleurs, "
    "appuyez de nouveau sur le même bouton.",
)
READ_TWICE = Sentence(
    en="Plate {plate} was read at {time} and, by its counter, not exposed since: it is blank. "
    "Take the right cassette; for a film, take this one out. If it is the right one, press the "
    "same button again.",
    fr="La plaque {plate} a été lue à {time} et, d'après son compteur, n'a pas été exposée "
    "depuis : elle est vierge. Prenez la bonne cassette ; pour un film, retirez celle-ci. Si c'est "
    "bien elle, appuyez de nouveau sur le même bouton.",
)
GHOST = Sentence(
    en="Plate {plate} was last erased {hours} h ago: scattered radiation leaves a ghost image on a "
    "plate that lies about. Erase plates each morning.",
    fr="La plaque {plate} a été effacée il y a {hours} h : le rayonnement diffusé laisse une image "
    "fantôme sur une plaque en attente. Effacez les plaques chaque matin.",
)
ERASES_BY_ITSELF = Sentence(
    en="This reader erases by itself: there is one copy of the image as soon as it was read. Set "
    "it to wait for the node, if it can.",
    fr="Ce lecteur efface de lui-même : dès la lecture, il n'existe qu'une seule copie de l'image. "
    "Réglez-le pour attendre le poste, s'il le permet.",
)


class Doubt(Enum):
    """Why a plate that is in the reader is not read at once; what the trail calls it."""

    NOT_ERASED = "not erased"
    READ_TWICE = "read twice"


@dataclass(frozen=True)
class ReasonToStop:
    doubt: Doubt
    sentence: Sentence


@dataclass(frozen=True)
class Stopped:
    """A plate that was not read, for whom, and how long a second press means it."""

    plate_id: str
    order: Order
    until_s: float

    def is_meant(self, plate_id: str, order: Order, now_s: float) -> bool:
        """For another patient nobody has seen the warning. An urgent one gets a new number with
        each press."""
        same = order == self.order or (_is_urgent(order) and _is_urgent(self.order))
        return plate_id == self.plate_id and same and now_s < self.until_s


def _is_urgent(order: Order) -> bool:
    return is_provisional(order.patient.patient_id, order.patient.name)


@dataclass(frozen=True)
class LastRead:
    read: PlateRead
    erased_at: datetime | None


def reason_to_stop(cassette: LoadedCassette, last: LastRead | None) -> ReasonToStop | None:
    """None: it may be read. A plate whose number was guessed is not judged by the ledger."""
    if not cassette.is_erased:
        return ReasonToStop(Doubt.NOT_ERASED, NOT_ERASED.fill(plate=cassette.plate_id))
    if last is None or not cassette.is_id_read or not last.read.cassette.is_id_read:
        return None
    told = {"plate": cassette.plate_id, "time": f"{last.read.begun_at.astimezone():%d/%m %H:%M}"}
    if cassette.exposures and cassette.exposures == last.read.cassette.exposures:
        return ReasonToStop(Doubt.READ_TWICE, READ_TWICE.fill(**told))
    if (
        last.read.state is ReadState.STORED
    ):  # whatever this reader says: another one may have read it
        return ReasonToStop(Doubt.NOT_ERASED, PERHAPS_NOT_ERASED.fill(**told))
    return None


def ghost_warning(
    cassette: LoadedCassette, last: LastRead | None, now: datetime, ghost_h: float
) -> Sentence | None:
    """It lay about for longer than `ghost_h` since it was erased here."""
    if last is None or last.erased_at is None or not ghost_h:
        return None
    age = now - last.erased_at
    if age < timedelta(hours=ghost_h):
        return None
    return GHOST.fill(plate=cassette.plate_id, hours=int(age.total_seconds() // 3600))
