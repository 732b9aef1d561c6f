"""An acquired image into the index, whichever device it came from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from firmware.dicom.performed_step import PerformedStep
from firmware.index.catalogue import Catalogue, Reservation
from firmware.index.entry import Entry
from firmware.index.examinations import Examinations
from firmware.index.holding import DOUBTED
from firmware.routing import Route
from firmware.store import PublishedFile
from hal.values import Order, Uid

ACTOR = "panel"


def nobody_doubts(_: Order) -> bool:
    return False


@dataclass
class Recording:
    device: str
    catalogue: Catalogue
    route: Route
    examinations: Examinations | None = None
    """None: nobody looks at the images, and each is due at once."""
    performed: Callable[[Reservation, datetime], PerformedStep] | None = None
    """The visit that an image is made in; None: it says nothing of one."""
    look_s: float = 0.0
    """So long a stored image waits for a look before it is due."""
    doubts: Callable[[Order], bool] = nobody_doubts
    """Whether a code of somebody else was read while it was made."""

    def step_of(self, place: Reservation, at: datetime) -> PerformedStep | None:
        return self.performed(place, at) if self.performed else None

    def note_doubt(self, order: Order, sop_instance_uid: Uid) -> None:
        """While it is made, on disk: a cut line, a power cut or a start must not forget it."""
        if self.doubts(order):
            self.catalogue.doubt(sop_instance_uid, DOUBTED)

    def record(self, order: Order, entry: Entry, published: PublishedFile) -> None:
        """One transaction: stored, queued, and in its examination where there are any."""
        if self.examinations is None:
            self.catalogue.record(entry, published, self.route, ACTOR)
            return
        self.examinations.record(
            self.catalogue,
            entry,
            published,
            self.route,
            order,
            device=self.device,
            look_s=self.look_s,
            doubt=DOUBTED if self.doubts(order) else "",
        )
