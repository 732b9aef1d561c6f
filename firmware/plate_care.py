"""What a plate's history asks of a person, the most urgent first. Pure.

Limits with their sources: deviation indices from AAPM TG-116 (table 5), the reject rate from AAPM
TG-151 (8 % is the target, above 10 % one acts).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import IntEnum
from math import log10
from statistics import median

from firmware.index.plate_ledger import PlateHistory, Reading
from firmware.plate_doubts import Doubt
from firmware.plate_moves import ReadState
from hal.errors import Sentence

TREND_READINGS = 10  # of each side: one hard exposure among them moves no median
TREND_READINGS_MIN = 5
DEVIATION_FAR = 3.0  # twice or half of what was wanted
DEVIATION_OFF = 1.0  # the control limit of TG-116: 25 % more, 20 % less
DRIFT_DB = 1.0
REJECTED_SHARE = 0.10
REJECTED_IMAGES_MIN = 10  # one rejected of three says nothing

KEPT = Sentence(
    en="Its last reading, {at}, made no image: the reader may still keep it. Leave the cassette in "
    "the reader until the node has fetched it.",
    fr="Sa dernière lecture, {at}, n'a pas donné d'image : le lecteur la conserve peut-être "
    "encore. Laissez la cassette dans le lecteur jusqu'à ce que le poste l'ait récupérée.",
)
NOT_ERASED = Sentence(
    en="Its image of {at} is stored, and nothing here says that the plate was erased since. Erase "
    "it before it is exposed again.",
    fr="Son image du {at} est stockée, mais rien n'indique ici que la plaque ait été effacée "
    "depuis. Effacez-la avant toute nouvelle exposition.",
)
NOTHING = Sentence(
    en="Its reading of {at} brought no image, and the reader keeps none. The exposure may still be "
    "on the plate: have it read again, or erase the plate if it was read elsewhere.",
    fr="Sa lecture du {at} n'a donné aucune image, et le lecteur n'en conserve aucune. "
    "L'exposition est peut-être encore sur la plaque : faites-la relire, ou effacez la plaque "
    "si elle a été lue ailleurs.",
)
STOPPED = {
    Doubt.NOT_ERASED: Sentence(
        en="Stopped {at} and not read since: it was not known to be erased. Erase it, or "
        "have it read all the same if it holds a new exposure.",
        fr="Arrêtée le {at} et non lue depuis : son effacement n'était pas établi. "
        "Effacez-la, ou faites-la lire malgré tout si elle porte une nouvelle exposition.",
    ),
    Doubt.READ_TWICE: Sentence(
        en="Stopped {at} and not read since: by its counter it was read twice without an exposure "
        "between. Look whether the cassettes were mixed up.",
        fr="Arrêtée le {at} et non lue depuis : d'après son compteur, elle a été présentée deux "
        "fois sans exposition entre-temps. Vérifiez que les cassettes n'ont pas été échangées.",
    ),
}
READ_UNERASED = Sentence(
    en="It was last read, {at}, though it was not erased before: look for an older image that "
    "shows through.",
    fr="À sa dernière lecture, {at}, elle n'avait pas été effacée auparavant : cherchez une image "
    "plus ancienne au travers.",
)
GHOST = Sentence(
    en="Erased {hours} h ago: scattered radiation leaves a ghost image by then. Erase it before it "
    "is used.",
    fr="Effacée il y a {hours} h : le rayonnement diffusé y laisse alors une image fantôme. "
    "Effacez-la avant usage.",
)
FAR = Sentence(
    en="Its last exposures are {deviation} from the target, in the middle: more than twice or "
    "less than half of what is wanted. Have the technique checked.",
    fr="Ses dernières expositions s'écartent de {deviation} de la cible en valeur médiane : "
    "plus du double ou moins de la moitié de ce qui est voulu. Faites vérifier les constantes.",
)
OFF = Sentence(
    en="Its last exposures are {deviation} from the target, in the middle.",
    fr="Ses dernières expositions s'écartent de {deviation} de la cible en valeur médiane.",
)
DRIFTS = Sentence(
    en="Its exposure index has moved by {trend} since the exposures before: look at the plate "
    "and the technique.",
    fr="Son indice d'exposition a dérivé de {trend} par rapport aux expositions précédentes : "
    "vérifiez la plaque et les constantes.",
)
REJECTED = Sentence(
    en="{percent:.0f} % of its images were rejected: look at the plate for scratches and dust, and "
    "at the reasons.",
    fr="{percent:.0f} % de ses images ont été rejetées : cherchez rayures et poussières sur la "
    "plaque, et voyez les motifs.",
)
AGE = Sentence(en="{hours} h", fr="{hours} h")
DAYS = Sentence(en="{days} d", fr="{days} j")
AGE_HOURS_MAX = 48  # beyond, a person counts days


class Urgency(IntEnum):
    NONE = 0
    WATCH = 1
    BEFORE_USE = 2
    NOW = 3


@dataclass(frozen=True)
class Need:
    urgency: Urgency
    sentence: Sentence


@dataclass(frozen=True)
class PlateCare:
    plate: PlateHistory
    needs: tuple[Need, ...]
    """The most urgent first."""
    age_h: float | None
    """Since it was erased; None: never here, or it was read since."""
    reject_rate: float | None
    index: float | None
    """The median of the last TREND_READINGS exposure indices."""
    deviation: float | None
    trend: float | None
    """How far the index moved against as many exposures before, in units of a deviation index."""

    @property
    def urgency(self) -> Urgency:
        return self.needs[0].urgency if self.needs else Urgency.NONE


def cared_for(
    plates: list[PlateHistory], now: datetime, ghost_h: float, zone: tzinfo
) -> list[PlateCare]:
    """Those first that need something, the most urgent first; then by their numbers."""
    found = [care_of(plate, now, ghost_h, zone) for plate in plates]
    return sorted(found, key=lambda care: (-care.urgency, care.plate.plate_id))


def care_of(plate: PlateHistory, now: datetime, ghost_h: float, zone: tzinfo) -> PlateCare:
    """`ghost_h`: warned of after so long; 0: never. `zone`: of the times that are told."""
    last = plate.recent[0] if plate.recent else None
    age_h = None
    if last is not None and last.erased_at is not None:
        age_h = max((now - last.erased_at) / timedelta(hours=1), 0.0)
    exposures = [one.exposure for one in plate.recent if one.exposure is not None]
    indices = [one.index for one in exposures]
    deviations = [one.deviation for one in exposures if one.deviation is not None]
    rate = plate.rejected / plate.images if plate.images else None
    deviation = _middle(deviations)
    trend = trend_of(indices)
    needs = [
        *_of_state(plate, last, zone),
        *_of_age(age_h, ghost_h),
        *_of_exposures(len(deviations), deviation, trend),
        *_of_rejections(plate, rate),
    ]
    needs.sort(key=lambda need: -need.urgency)
    return PlateCare(plate, tuple(needs), age_h, rate, _middle(indices), deviation, trend)


def trend_of(indices: list[float]) -> float | None:
    """`indices`: the newest first. 10 log10 of the new median over the one before."""
    new = indices[:TREND_READINGS]
    before = indices[TREND_READINGS : 2 * TREND_READINGS]
    if min(len(new), len(before)) < TREND_READINGS_MIN or median(before) <= 0 or median(new) <= 0:
        return None
    return 10 * log10(median(new) / median(before))


def _middle(values: list[float]) -> float | None:
    return median(values[:TREND_READINGS]) if values else None


def _of_state(plate: PlateHistory, last: Reading | None, zone: tzinfo) -> list[Need]:
    def told(urgency: Urgency, sentence: Sentence, at: datetime) -> Need:
        return Need(urgency, sentence.fill(at=f"{at.astimezone(zone):%d/%m %H:%M}"))

    needs, stop = [], plate.last_stop
    if stop is not None and (last is None or stop.at > last.begun_at):
        needs.append(told(Urgency.NOW, STOPPED[stop.doubt], stop.at))
    if last is None:
        return needs
    if last.state in (ReadState.BEGUN, ReadState.WHOLE):
        needs.append(told(Urgency.NOW, KEPT, last.begun_at))
    elif last.state is ReadState.STORED:
        needs.append(told(Urgency.NOW, NOT_ERASED, last.stored_at or last.begun_at))
    elif last.state is ReadState.NOTHING:
        needs.append(told(Urgency.BEFORE_USE, NOTHING, last.begun_at))
    if not last.was_erased and last.state is not ReadState.NOTHING:
        needs.append(told(Urgency.WATCH, READ_UNERASED, last.begun_at))
    return needs


def _of_age(age_h: float | None, ghost_h: float) -> list[Need]:
    if age_h is None or not ghost_h or age_h < ghost_h:
        return []
    return [Need(Urgency.BEFORE_USE, GHOST.fill(hours=int(age_h)))]


def _of_exposures(count: int, deviation: float | None, trend: float | None) -> list[Need]:
    needs = []
    if deviation is not None and count >= TREND_READINGS_MIN and abs(deviation) > DEVIATION_OFF:
        is_far = abs(deviation) > DEVIATION_FAR
        urgency, sentence = (Urgency.BEFORE_USE, FAR) if is_far else (Urgency.WATCH, OFF)
        needs.append(Need(urgency, sentence.fill(deviation=signed(deviation))))
    if trend is not None and abs(trend) > DRIFT_DB:
        needs.append(Need(Urgency.WATCH, DRIFTS.fill(trend=signed(trend))))
    return needs


def _of_rejections(plate: PlateHistory, rate: float | None) -> list[Need]:
    if rate is None or plate.images < REJECTED_IMAGES_MIN or rate <= REJECTED_SHARE:
        return []
    return [Need(Urgency.WATCH, REJECTED.fill(percent=100 * rate))]


def signed(value: float) -> Sentence:
    """A deviation index, or a difference of two."""
    text = f"{value:+.1f}"
    return Sentence(text, text.replace(".", ","))


def age(hours: float) -> Sentence:
    """Since an erasure."""
    if hours < AGE_HOURS_MAX:
        return AGE.fill(hours=int(hours))
    return DAYS.fill(days=int(hours // 24))
