"""The acquisition worker: one scan at a time, and every failure said on the panel."""

from dataclasses import dataclass

from firmware.acquisition import Acquisition
from firmware.events import Listener, ScanFailed
from firmware.panel_worker import CancelFlag, ScanOrdered
from firmware.runtime import Channel
from hal.errors import NodeError, Sentence

ORDER_WAIT_S = 0.5

UNEXPECTED = Sentence(
    en="The scan ended with an internal error. Nothing was kept. Keep the film, scan it again.",
    fr="La numérisation s'est terminée sur une erreur interne. Rien n'a été conservé. "
    "Gardez le film et numérisez-le de nouveau.",
)


@dataclass
class AcquisitionWorker:
    acquisition: Acquisition
    scans: Channel[ScanOrdered]
    cancel: CancelFlag
    listener: Listener

    def step(self) -> float:
        if ordered := self.scans.take(ORDER_WAIT_S):
            try:
                self.acquisition.acquire_film(ordered.order, lambda: self.cancel.raised)
            except NodeError as error:
                self.listener(ScanFailed(error.sentence))
            except BaseException:
                # A bug of ours: the runtime reports it, but the panel must not wait for ever.
                self.listener(ScanFailed(UNEXPECTED))
                raise
        return 0.0
