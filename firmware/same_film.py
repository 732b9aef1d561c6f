"""Notices a film that was scanned before. It never stops a scan: whatever goes wrong here is
logged, and the film is scanned as if nobody had looked."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

import numpy as np
from numpy.typing import NDArray

from firmware.events import Listener, SameFilm
from firmware.imaging.film_edges import FilmBox
from firmware.imaging.fingerprint import SAME_MIN, Fingerprint, fingerprint, likenesses
from firmware.index.catalogue import identity_of
from firmware.index.film_fingerprints import FilmFingerprints
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

log = logging.getLogger("sapi.same_film")


def sentence_of(at: datetime, now: datetime, timezone: tzinfo, *, is_others: bool) -> Sentence:
    """For the panel. The day is said where it was not today."""
    local = at.astimezone(timezone)
    is_today = local.date() == now.astimezone(timezone).date()
    time = f"{local:%H:%M}" if is_today else f"{local:%H:%M, %d/%m}"
    return (OTHERS if is_others else AGAIN).fill(time=time)


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
    ) -> None:
        """At a film that is about to be scanned under this order."""
        self._found = None
        try:
            self._found = fingerprint(preview, box, tilt_deg)
            if self._found is not None:
                self._compare(self._found, order)
        except Exception:
            log.exception("the film was not compared with those before it")

    def remember(self, instance: Uid) -> None:
        """The film of the last `look` is stored as this image."""
        found, self._found = self._found, None
        if found is not None:
            try:
                self.films.remember(instance, found)
            except Exception:
                log.exception("what the film looks like was not kept")

    def _compare(self, found: Fingerprint, order: Order) -> None:
        seen = self.films.recent()
        alike = likenesses(found, [one.fingerprint for one in seen])
        best = max(range(len(seen)), key=lambda number: alike[number], default=None)
        if best is None or alike[best] < SAME_MIN:
            return
        before = seen[best]
        is_others = before.identity != identity_of(order.patient)
        sentence = sentence_of(before.at, self.clock.now(), self.timezone, is_others=is_others)
        self.listener(SameFilm(before.instance, before.at, is_others, alike[best], sentence))
