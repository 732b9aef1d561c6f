"""Days in a film room, as tables of steps: who plays them has a browser's hands or a panel's.

Every text is what the technician reads, in French. Nothing here waits by sleeping.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pydicom

from firmware.index.outbox import BACKOFF_LAST_S
from firmware.procedure_steps import PROCEDURE_STEPS
from hal.panel import Button, Lamp
from hal.values import Order
from sim.drawer import Fault
from sim.worklist import ORDERS
from tests.peers import wait_until
from tests.web.day_kit import Day, film_samples

WAIT_S = 40.0  # for what takes milliseconds: only a failing test waits so long
FIRST, SECOND, THIRD = ORDERS
B, L = Button, Lamp
KEY_OBJECT = "1.2.840.10008.5.1.4.1.1.88.59"


class Hands(Protocol):
    day: Day

    def press(self, button: Button) -> None: ...

    def read_code(self, code: str) -> None: ...

    def turn(self, fault: Fault, on: bool) -> None: ...

    def lay(self, order: Order) -> None:
        """The next film of its envelope."""

    def sees(self, text: str) -> None:
        """Waits until it stands on the display; AssertionError after WAIT_S."""

    def lamp_is(self, lamp: Lamp, on: bool) -> bool: ...

    def hurry(self) -> None:
        """Have what waits for its next try tried now."""

    def reconcile(self, order: Order) -> None:
        """Give the only urgent study to this order."""

    def picture(self, name: str) -> None: ...


class Step(Protocol):
    def do(self, hands: Hands) -> None: ...


@dataclass(frozen=True)
class Sees:
    text: str
    lamps: Mapping[Lamp, bool] = field(default_factory=dict)
    picture: str = ""

    def do(self, hands: Hands) -> None:
        hands.sees(self.text)
        for lamp, on in self.lamps.items():
            wait_until(lambda: hands.lamp_is(lamp, on), f"{lamp} {on}", WAIT_S)  # noqa: B023 -- at once
        if self.picture:
            hands.picture(self.picture)


@dataclass(frozen=True)
class Press:
    button: Button
    then: Sees

    def do(self, hands: Hands) -> None:
        hands.press(self.button)
        self.then.do(hands)


@dataclass(frozen=True)
class Read:
    code: str
    then: Sees

    def do(self, hands: Hands) -> None:
        hands.read_code(self.code)
        self.then.do(hands)


@dataclass(frozen=True)
class Lay:
    order: Order
    number: int = 1

    def do(self, hands: Hands) -> None:
        for _ in range(2):
            if hands.day.drawer.laid != (self.order.accession_number, self.number):
                hands.lay(self.order)
        assert hands.day.drawer.laid == (self.order.accession_number, self.number)


@dataclass(frozen=True)
class Turn:
    fault: Fault
    on: bool

    def do(self, hands: Hands) -> None:
        hands.turn(self.fault, self.on)


class Hurry:
    def do(self, hands: Hands) -> None:
        hands.hurry()


@dataclass(frozen=True)
class Reconcile:
    order: Order

    def do(self, hands: Hands) -> None:
        hands.reconcile(self.order)


@dataclass(frozen=True)
class Holds:
    """The archive really has these films, under these patients, and nothing else."""

    films: tuple[tuple[Order, int], ...]
    urgent: int = 0
    """So many under nobody's name."""
    notes: int = 0

    def do(self, hands: Hands) -> None:
        wait_until(lambda: self._all_there(hands.day), "the archive has them", WAIT_S)
        held = hands.day.in_archive()
        images = [one for one in held if one.SOPClassUID != KEY_OBJECT]
        assert len(held) - len(images) == self.notes
        named = [one for one in images if not one.PatientID.startswith("URG")]
        assert len(images) - len(named) == self.urgent
        left = list(self.films)
        for image in named:
            found = [one for one in left if _is(image, *one)]
            assert found, f"what is this: {image.PatientName}, {image.AccessionNumber}"
            left.remove(found[0])
        assert left == []
        assert len({one.SOPInstanceUID for one in held}) == len(held)
        committed = hands.day.rows("SELECT instance FROM outbox WHERE state = 'committed'")
        assert {one.SOPInstanceUID for one in held} == {row["instance"] for row in committed}

    def _all_there(self, day: Day) -> bool:
        committed = day.rows("SELECT instance FROM outbox WHERE state = 'committed'")
        return len(committed) >= len(self.films) + self.urgent + self.notes


def _is(image: pydicom.Dataset, order: Order, number: int) -> bool:
    """This film, every pixel of it, under this order's patient and number."""
    film = film_samples(order, number)
    rows, columns = film.shape
    same_order = (
        image.PatientID == order.patient.patient_id
        and image.PatientName == order.patient.name
        and image.PatientBirthDate == order.patient.birth_date
        and image.AccessionNumber == order.accession_number
    )
    pixels = image.pixel_array
    return same_order and np.array_equal(pixels[:rows, :columns], film)


@dataclass(frozen=True)
class Index:
    """So many rows, at once or soon."""

    question: str
    count: int

    def do(self, hands: Hands) -> None:
        rows = lambda: hands.day.rows(self.question)  # noqa: E731
        wait_until(lambda: len(rows()) == self.count, f"{self.count}: {self.question}", WAIT_S)


@dataclass(frozen=True)
class Knows:
    """The RIS was told this of each examination, in the order in which they began."""

    steps: tuple[tuple[Order, str, int], ...]
    """The order, the status of its step, and how many images it says were kept."""

    def do(self, hands: Hands) -> None:
        wanted = [(order.patient.name, status, images) for order, status, images in self.steps]
        hands.day.clock.sleep(BACKOFF_LAST_S)
        hands.day.node.wake(PROCEDURE_STEPS)
        wait_until(lambda: _told(hands.day) == wanted, f"the RIS knows {wanted}", WAIT_S)


def _told(day: Day) -> list[tuple[str, str, int]]:
    return [(one.patient_name, one.status, one.images) for one in day.ris.told()]


COMPLETED = "COMPLETED"
READY = {L.READY: True, L.WORKING: False}


def scanned(order: Order, picture: str = "") -> tuple[Step, ...]:
    """Chosen, confirmed, scanned: its image is looked at."""
    name = order.patient.name.replace("^", " ")
    return (
        Lay(order),
        Press(B.SCAN, Sees(f"Est-ce {name}", picture=picture and f"{picture}-confirming")),
        Press(B.SCAN, Sees("Image stockée (", READY, picture=picture and f"{picture}-looking")),
    )


SCENARIOS: dict[str, tuple[Step, ...]] = {
    "three-orders": (
        Sees("EXEMPLE Éléonore", READY, "choosing"),
        *scanned(FIRST, "three-orders"),
        Lay(FIRST, 2),
        # The words of the first image stand there still: of the second tells the index.
        Press(B.SCAN, Sees("")),
        Index("SELECT * FROM instance", 2),
        Sees("Image stockée (", READY),
        Press(B.NEXT, Sees("Vue suivante de EXEMPLE", picture="next-view")),
        Press(B.SEND, Sees("MODÈLE François")),
        *scanned(SECOND),
        Press(B.SEND, Sees("SPÉCIMEN Noëlle")),
        *scanned(THIRD),
        Press(B.SEND, Sees("")),
        Holds(((FIRST, 1), (FIRST, 2), (SECOND, 1), (THIRD, 1))),
        Index("SELECT * FROM study", 3),
        Index("SELECT * FROM examination WHERE closed_at IS NOT NULL", 3),
        Sees("SPÉCIMEN Noëlle", {L.NETWORK: True, L.FAULT: False}),
        Knows(((FIRST, COMPLETED, 2), (SECOND, COMPLETED, 1), (THIRD, COMPLETED, 1))),
        Sees("", picture="three-orders-done"),
    ),
    "reject": (
        Sees("EXEMPLE Éléonore", READY),
        *scanned(FIRST),
        Press(B.REJECT, Sees("Rejeter l'image de EXEMPLE Éléonore : positionnement")),
        Press(B.NEXT, Sees("bougé", picture="rejecting")),
        Press(B.REJECT, Sees("rejetée", picture="rejected")),
        Lay(FIRST, 2),
        Press(B.SCAN, Sees("Vue suivante de EXEMPLE Éléonore")),
        Press(B.SCAN, Sees("Image stockée (", READY)),
        Press(B.SEND, Sees("MODÈLE François")),
        Holds(((FIRST, 2),)),
        Knows(((FIRST, COMPLETED, 1),)),
        Index("SELECT * FROM looked_at WHERE verdict = 'rejected' AND reason = 'motion'", 1),
        Index("SELECT * FROM instance", 2),
    ),
    "urgent": (
        Sees("EXEMPLE Éléonore", READY),
        Lay(THIRD),
        Press(B.URGENT, Sees("INCONNU URGENCE", READY, "urgent-looking")),
        Press(B.SEND, Sees("EXEMPLE Éléonore")),
        Holds((), urgent=1),
        Reconcile(THIRD),
        Holds(((THIRD, 1),), urgent=1, notes=1),
    ),
    "wrong-wristband": (
        Sees("EXEMPLE Éléonore", READY),
        Press(B.SCAN, Sees("Est-ce EXEMPLE Éléonore")),
        Read(SECOND.patient.patient_id, Sees("le code est celui de MODÈLE", picture="stopped")),
        Press(B.SCAN, Sees("STOP : EXEMPLE Éléonore", {L.WORKING: False})),
        Index("SELECT * FROM instance", 0),
        Press(B.BACK, Sees("EXEMPLE Éléonore, né(e)")),
        Read(SECOND.patient.patient_id, Sees("Est-ce MODÈLE François")),
        Lay(SECOND),
        Press(B.SCAN, Sees("Image stockée (", READY)),
        Read(FIRST.accession_number, Sees("STOP : cette image est celle", picture="doubted")),
        Press(B.SEND, Sees("SPÉCIMEN Noëlle")),
        Holds(((SECOND, 1),)),
    ),
    "archive-away": (
        Sees("EXEMPLE Éléonore", READY),
        Turn(Fault.ARCHIVE_AWAY, True),
        *scanned(FIRST),
        Press(B.NEXT, Sees("archive", {L.NETWORK: False}, "archive-away")),
        Holds(()),
        Index("SELECT * FROM outbox WHERE state = 'queued' AND last_error <> ''", 1),
        Press(B.SEND, Sees("Vue suivante de EXEMPLE Éléonore")),
        Press(B.SEND, Sees("MODÈLE François")),
        Turn(Fault.ARCHIVE_AWAY, False),
        Hurry(),
        Holds(((FIRST, 1),)),
        Sees("", {L.NETWORK: True}, "archive-back"),
    ),
    "archive-refuses": (
        Sees("EXEMPLE Éléonore", READY),
        Turn(Fault.ARCHIVE_REFUSES, True),
        *scanned(FIRST),
        Press(B.SEND, Sees("MODÈLE François")),
        Index("SELECT * FROM outbox WHERE state = 'queued' AND last_error LIKE '%A700%'", 1),
        Holds(()),
        Sees("", picture="archive-refuses"),
        Turn(Fault.ARCHIVE_REFUSES, False),
        Hurry(),
        Holds(((FIRST, 1),)),
    ),
    "archive-slow": (
        # Nobody waits for it, and what it was about to answer when it went down comes once.
        Sees("EXEMPLE Éléonore", READY),
        Turn(Fault.ARCHIVE_SLOW, True),
        *scanned(FIRST),
        Press(B.SEND, Sees("MODÈLE François")),
        *scanned(SECOND, "archive-slow"),
        Press(B.SEND, Sees("SPÉCIMEN Noëlle")),
        Turn(Fault.ARCHIVE_SLOW, False),
        Hurry(),
        Holds(((FIRST, 1), (SECOND, 1))),
    ),
    "ris-away": (
        Sees("EXEMPLE Éléonore", READY),
        Turn(Fault.RIS_AWAY, True),
        Sees("Demandes de", READY, "ris-away"),
        Press(B.SCAN, Sees("EXEMPLE Éléonore, né(e)")),
        Press(B.SCAN, Sees("Est-ce EXEMPLE Éléonore")),
        Lay(FIRST),
        Press(B.SCAN, Sees("Image stockée (", READY)),
        Press(B.SEND, Sees("MODÈLE François")),
        Holds(((FIRST, 1),)),
        Knows(()),
        Turn(Fault.RIS_CHARACTER_SET, True),
        Turn(Fault.RIS_AWAY, False),
        Knows(((FIRST, COMPLETED, 1),)),
        Sees("MODÈLE François", READY, "ris-back"),
        *scanned(SECOND),
        Press(B.SEND, Sees("SPÉCIMEN Noëlle")),
        Holds(((FIRST, 1), (SECOND, 1))),
        Knows(((FIRST, COMPLETED, 1), (SECOND, COMPLETED, 1))),
    ),
    "jam-and-cold-lamp": (
        Sees("EXEMPLE Éléonore", READY),
        Lay(FIRST),
        Turn(Fault.JAM_HALFWAY, True),
        Press(B.SCAN, Sees("Est-ce EXEMPLE Éléonore")),
        Press(B.SCAN, Sees("signale une panne", {**READY, L.FAULT: True}, "jam-halfway")),
        Turn(Fault.JAM_HALFWAY, False),
        Turn(Fault.LAMP_COLD, True),
        Press(B.SCAN, Sees("Est-ce EXEMPLE Éléonore")),
        Press(B.SCAN, Sees("La lampe du numériseur", {**READY, L.FAULT: True}, "lamp-cold")),
        Index("SELECT * FROM instance", 0),
        Turn(Fault.LAMP_COLD, False),
        Press(B.SCAN, Sees("Est-ce EXEMPLE Éléonore")),
        Press(B.SCAN, Sees("Image stockée (", {**READY, L.FAULT: False})),
        Press(B.SEND, Sees("MODÈLE François")),
        Holds(((FIRST, 1),)),
        Knows(((FIRST, COMPLETED, 1),)),
    ),
    "dead-disk": (
        Sees("EXEMPLE Éléonore", READY),
        Turn(Fault.DISK_DEAD, True),
        Sees("disque", {L.FAULT: True, L.READY: True}, "disk-dead"),
        Press(B.SCAN, Sees("EXEMPLE Éléonore, né(e)")),
        Press(B.SCAN, Sees("Est-ce EXEMPLE Éléonore")),
        Lay(FIRST),
        Press(B.SCAN, Sees("Image stockée (", {**READY, L.FAULT: True})),
        Press(B.SEND, Sees("MODÈLE François")),
        Holds(((FIRST, 1),)),
        Turn(Fault.DISK_DEAD, False),
        Sees("", {L.FAULT: False}, "disk-replaced"),
    ),
    "scanner-and-full-disk": (
        Sees("EXEMPLE Éléonore", READY),
        Press(B.SCAN, Sees("Est-ce EXEMPLE Éléonore")),
        Lay(FIRST),
        Turn(Fault.COVER_OPEN, True),
        Press(B.SCAN, Sees("capot", {**READY, L.FAULT: True}, "cover-open")),
        Turn(Fault.COVER_OPEN, False),
        Turn(Fault.UNPLUGGED, True),
        Press(B.SCAN, Sees("Est-ce EXEMPLE Éléonore")),
        Press(B.SCAN, Sees("introuvable", {**READY, L.FAULT: True}, "unplugged")),
        Turn(Fault.UNPLUGGED, False),
        Turn(Fault.DISK_FULL, True),
        Press(B.SCAN, Sees("Est-ce EXEMPLE Éléonore")),
        Press(B.SCAN, Sees("Pas assez de place", {**READY, L.FAULT: True}, "disk-full")),
        Index("SELECT * FROM instance", 0),
        Turn(Fault.DISK_FULL, False),
        Press(B.SCAN, Sees("Est-ce EXEMPLE Éléonore")),
        Press(B.SCAN, Sees("Image stockée (", {**READY, L.FAULT: False})),
        Press(B.SEND, Sees("MODÈLE François")),
        Holds(((FIRST, 1),)),
    ),
}


def play(scenario: str, hands: Hands) -> None:
    for step in SCENARIOS[scenario]:
        step.do(hands)
