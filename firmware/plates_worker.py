"""Looks at the cassette reader now and then: what it kept from before is fetched without anybody
pressing anything."""

import logging
from dataclasses import dataclass, field

from firmware.events import Listener
from firmware.plate_acquisition import PlateAcquisition
from firmware.plate_events import PlateTrouble
from hal.errors import DeviceError, DeviceUnavailable, ScanCancelled, Sentence

LOOK_S = 5.0
REST_MAX_S = 600.0  # each try reads the whole file and lights the eraser's lamp
AWAY_S = 15.0  # a reader that is off: trying to open its port costs nothing, and its return is seen
log = logging.getLogger("sapi.plates")


@dataclass
class PlatesWorker:
    plates: PlateAcquisition
    listener: Listener
    _said: Sentence | None = field(default=None, init=False)
    _kept_because: Sentence | None = field(default=None, init=False)
    """Why what is stored was not erased at the last look."""
    _rest_s: float = field(default=LOOK_S, init=False)
    _due_s: float = field(default=0.0, init=False)

    def step(self) -> float:
        with self.plates.turn() as mine:
            return self._look() if mine else LOOK_S

    def _look(self) -> float:
        if self._rests():
            return LOOK_S
        try:
            self.plates.settle()
        except ScanCancelled:
            return LOOK_S  # the node stops
        except DeviceError as error:
            self._say(error)
            return AWAY_S
        self._said = None
        self._wait_longer()
        return LOOK_S

    def _rests(self) -> bool:
        """The same would happen again. A SCAN has it tried at once, and ends this if it went."""
        why = self.plates.why_kept
        is_known = why is not None and why.sentence == self._kept_because
        return is_known and self._now_s < self._due_s

    def _wait_longer(self) -> None:
        why = self.plates.why_kept
        because = why.sentence if why else None
        is_known = because is not None and because == self._kept_because
        self._rest_s = min(2 * self._rest_s, REST_MAX_S) if is_known else LOOK_S
        self._kept_because, self._due_s = because, self._now_s + self._rest_s

    @property
    def _now_s(self) -> float:
        return self.plates.reading.clock.monotonic_s()

    def _say(self, error: DeviceError) -> None:
        """Once. A reader that is merely off is the log's: so it is each night."""
        if error.sentence == self._said:
            return
        self._said = error.sentence
        log.warning("%s", error)
        if not isinstance(error, DeviceUnavailable):
            self.listener(PlateTrouble("", error.sentence))
