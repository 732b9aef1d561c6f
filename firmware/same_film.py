"""Notices a film that was scanned before. It never stops a scan: whatever goes wrong here is
logged, and the film is scanned as if nobody had looked."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

import numpy as np
from numpy.typing import NDArray

from firmware.events import Listener, SameFilm, SeenBefore
from firmware.imaging.film_edges import FilmBox
from firmware.imaging.fingerprint import SAME_MIN, Fingerprint, fingerprint, likenesses
from firmware.index.catalogue import identity_of
from firmware.index.film_fingerprints import FilmFingerprints, Identity
from firmware.provisional import is_provisional
from hal.clock import Clock
from hal.errors import Sentence
from hal.values import Order, Uid

AGAIN = Sentence(
    en="This film was already scanned at {time}, under the same patient. REJECT stops the scan.",
    fr="Ce film a déjà été numérisé à {time}, sous le même patient. REJETER arrête la "
    "numérisation.",
)
OTHERS = Sentence(
    en="This film was already scanned at {time}, under ANOTHER patient. Check whose it is: the "
    "image is not sent before you have looked.",
    fr="Ce film a déjà été numérisé à {time}, sous un AUTRE patient. Vérifiez à qui il est : "
    "l'image ne part pas avant votre contrôle.",
)
UNNAMED = Sentence(
    en="This film was already scanned at {time}, URGENT, without an order. Give that image to its "
    "order on the page instead. REJECT stops the scan.",
    fr="Ce film a déjà été numérisé à {time}, en URGENT, sans demande. Rattachez plutôt cette "
    "image sur la page web. REJETER arrête la numérisation.",
)
NAMED = Sentence(
    en="This film was already scanned at {time}, under a patient's name. REJECT stops the scan.",
    fr="Ce film a déjà été numérisé à {time}, sous le nom d'un patient. REJETER arrête la "
    "numérisation.",
)

log = logging.getLogger("sapi.same_film")


def sentence_of(before: Identity, now: Identity) -> Sentence:
    """For the panel. Who is still unknown is nobody else: OTHERS is of two known patients."""
    if before == now:
        return AGAIN
    if is_provisional(before[0], before[2]):
        return UNNAMED
    return NAMED if is_provisional(now[0], now[2]) else OTHERS


def spoken_time(at: datetime, now: datetime, timezone: tzinfo) -> str:
    """The day is said where it was not today."""
    local = at.astimezone(timezone)
    is_today = local.date() == now.astimezone(timezone).date()
    return f"{local:%H:%M}" if is_today else f"{local:%H:%M, %d/%m}"


@dataclass
class SameFilmWatch:
    """Of the acquisition worker: its index connection is that thread's."""

    films: FilmFingerprints
    listener: Listener
    clock: Clock
    timezone: tzinfo
    _found: Fingerprint | None = field(default=None, init=False)

    def look(
        self,
        preview: NDArray[np.uint16],
        box: FilmBox,
        tilt_deg: float | None,
        order: Order,
    ) -> SeenBefore | None:
        """At a film that is about to be scanned under this order; what it was before, if it was
        another patient's."""
        self._found = None
        try:
            self._found = fingerprint(preview, box, tilt_deg)
            if self._found is not None:
                return self._compare(self._found, order)
        except Exception:
            log.exception("the film was not compared with those before it")
        return None

    def remember(self, instance: Uid) -> None:
        """The film of the last `look` is stored as this image."""
        found, self._found = self._found, None
        if found is not None:
            try:
                self.films.remember(instance, found)
            except Exception:
                log.exception("what the film looks like was not kept")

    def _compare(self, found: Fingerprint, order: Order) -> SeenBefore | None:
        seen = self.films.recent()
        alike = likenesses(found, [one.fingerprint for one in seen])
        best = max(range(len(seen)), key=lambda number: alike[number], default=None)
        if best is None or alike[best] < SAME_MIN:
            return None
        before = seen[best]
        sentence = sentence_of(before.identity, identity_of(order.patient))
        time = spoken_time(before.at, self.clock.now(), self.timezone)
        said, is_others = sentence.fill(time=time), sentence is OTHERS
        self.listener(SameFilm(before.instance, before.at, is_others, alike[best], said))
        return SeenBefore(time, before.identity[2]) if is_others else None
