"""The acquisition worker: one scan at a time, and every failure said on the panel."""

from dataclasses import dataclass

from firmware.acquisition import Acquisition
from firmware.events import Listener, ScanFailed, Stored
from firmware.panel_worker import CancelFlag, ScanOrdered
from firmware.plate_acquisition import PlateAcquisition
from firmware.runtime import Channel
from hal.cassette_reader import CassetteNotTaken
from hal.errors import (
    DeviceError,
    DeviceNeedsOperator,
    DeviceUnavailable,
    NodeError,
    Sentence,
)
from hal.values import Order

ORDER_WAIT_S = 0.5

UNEXPECTED = Sentence(
    en="The scan ended with an internal error. Nothing was kept. Keep the film, scan it again.",
    fr="La numérisation s'est terminée sur une erreur interne. Rien n'a été conservé. "
    "Gardez le film et numérisez-le de nouveau.",
)
READER_BUSY = Sentence(
    en="The cassette reader is busy, and no film was scanned. If your cassette is in the reader, "
    "press the same button again in some seconds.",
    fr="Le lecteur de cassettes est occupé, et aucun film n'a été numérisé. Si votre cassette est "
    "dans le lecteur, appuyez de nouveau sur le même bouton dans quelques secondes.",
)


@dataclass
class AcquisitionWorker:
    acquisition: Acquisition
    scans: Channel[ScanOrdered]
    cancel: CancelFlag
    listener: Listener
    plates: PlateAcquisition | None = None
    """None: there is no cassette reader."""

    def step(self) -> float:
        if ordered := self.scans.take(ORDER_WAIT_S):
            try:
                self._acquire(ordered.order)
            except NodeError as error:
                self.listener(ScanFailed(error.sentence))
            except BaseException:
                # A bug of ours: the runtime reports it, but the panel must not wait for ever.
                self.listener(ScanFailed(UNEXPECTED))
                raise
        return 0.0

    def _acquire(self, order: Order) -> None:
        """What was put in decides: a cassette is read, else the film is scanned."""
        trouble = self._acquire_plate(order) if self.plates is not None else None
        if isinstance(trouble, Stored):
            return
        try:
            self.acquisition.acquire_film(order, self._is_cancelled)
        except (DeviceUnavailable, DeviceNeedsOperator) as error:
            if trouble is not None:  # no film here, and a cassette may be waiting there
                raise trouble from error
            raise

    def _acquire_plate(self, order: Order) -> Stored | DeviceError | None:
        """None: no cassette is in. The error: the reader could not be asked, or another worker is
        at it, who may have it for as long as a kept image comes.

        Raises CassetteNotTaken: a film that was forgotten on the glass is not this patient's.
        """
        if self.plates is None:
            return None
        with self.plates.turn() as mine:
            if not mine:
                return DeviceNeedsOperator(READER_BUSY)  # told where there is no film either
            try:
                cassette = self.plates.cassette()
            except CassetteNotTaken:
                raise
            except DeviceError as error:
                return error
            if cassette is None:
                return None
            return self.plates.acquire(cassette, order, self._is_cancelled)

    def _is_cancelled(self) -> bool:
        return self.cancel.raised
