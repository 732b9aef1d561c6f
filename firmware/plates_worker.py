"""Looks at the cassette reader now and then: what it kept from before is fetched without anybody
pressing anything."""

import logging
from dataclasses import dataclass, field

from firmware.events import Listener
from firmware.plate_acquisition import PlateAcquisition
from firmware.plate_events import PlateTrouble
from hal.errors import DeviceError, DeviceUnavailable, ScanCancelled, Sentence

LOOK_S = 5.0
AWAY_S = 15.0  # a reader that is off: trying to open its port costs nothing, and its return is seen
log = logging.getLogger("sapi.plates")


@dataclass
class PlatesWorker:
    plates: PlateAcquisition
    listener: Listener
    _said: Sentence | None = field(default=None, init=False)

    def step(self) -> float:
        with self.plates.turn() as mine:
            return self._look() if mine else LOOK_S

    def _look(self) -> float:
        try:
            self.plates.settle()
        except ScanCancelled:
            return LOOK_S  # the node stops
        except DeviceError as error:
            self._say(error)
            return AWAY_S
        self._said = None
        return LOOK_S

    def _say(self, error: DeviceError) -> None:
        """Once. A reader that is merely off is the log's: so it is each night."""
        if error.sentence == self._said:
            return
        self._said = error.sentence
        log.warning("%s", error)
        if not isinstance(error, DeviceUnavailable):
            self.listener(PlateTrouble("", error.sentence))
