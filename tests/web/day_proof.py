"""What came of a day: in the archive, the index, the RIS, the cassette reader."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pydicom

from firmware.index.outbox import BACKOFF_LAST_S
from firmware.procedure_steps import PROCEDURE_STEPS
from hal.values import Order
from sim.played_reader import Contents, Holding
from tests.peers import wait_until
from tests.web.day_kit import Day, film_samples, plate_id, plate_samples
from tests.web.day_steps import WAIT_S, Hands, held_of, in_reader

FILM = "1.2.840.10008.5.1.4.1.1.7.3"  # Multi-frame Grayscale Word Secondary Capture
PLATE = "1.2.840.10008.5.1.4.1.1.1"  # Computed Radiography
KEY_OBJECT = "1.2.840.10008.5.1.4.1.1.88.59"


@dataclass(frozen=True)
class Holds:
    """The archive really has these films and plates, under these patients, and nothing else."""

    films: tuple[tuple[Order, int], ...]
    plates: tuple[Order, ...] = ()
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
        left: list[Callable[[pydicom.Dataset], bool]] = [
            *(partial(_is_film, *one) for one in self.films),
            *(partial(_is_plate, one) for one in self.plates),
        ]
        for image in named:
            found = [is_this for is_this in left if is_this(image)]
            assert found, f"what is this: {image.PatientName}, {image.AccessionNumber}"
            left.remove(found[0])
        assert left == []
        assert len({one.SOPInstanceUID for one in held}) == len(held)
        committed = hands.day.rows("SELECT instance FROM outbox WHERE state = 'committed'")
        assert {one.SOPInstanceUID for one in held} == {row["instance"] for row in committed}

    def _all_there(self, day: Day) -> bool:
        committed = day.rows("SELECT instance FROM outbox WHERE state = 'committed'")
        images = len(self.films) + len(self.plates) + self.urgent
        return len(committed) >= images + self.notes


def _is_film(order: Order, number: int, image: pydicom.Dataset) -> bool:
    """This film, every pixel of it, under this order's patient and number."""
    film = film_samples(order, number)
    rows, columns = film.shape
    pixels = image.pixel_array
    return (
        image.SOPClassUID == FILM
        and _is_under(image, order)
        and np.array_equal(pixels[:rows, :columns], film)
    )


def _is_plate(order: Order, image: pydicom.Dataset) -> bool:
    """The plate of this order's cassette: as it was read, and nothing around it."""
    return (
        image.SOPClassUID == PLATE
        and image.PlateID == plate_id(order)
        and _is_under(image, order)
        and np.array_equal(image.pixel_array, plate_samples(order))
    )


def _is_under(image: pydicom.Dataset, order: Order) -> bool:
    same: bool = (
        image.PatientID == order.patient.patient_id
        and image.PatientName == order.patient.name
        and image.PatientBirthDate == order.patient.birth_date
        and image.AccessionNumber == order.accession_number
    )
    return same


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


@dataclass(frozen=True)
class Keeps:
    """The reader has the image of this order's plate, and has erased nothing of it."""

    order: Order

    def do(self, hands: Hands) -> None:
        wanted = held_of(self.order, Holding.IMAGE)
        wait_until(lambda: in_reader(hands.day) == wanted, f"it keeps {wanted}", WAIT_S)
        assert plate_id(self.order) not in [plate for plate, _ in hands.day.erasures]


@dataclass(frozen=True)
class GivesBack:
    """The plate came out erased, once, and only when its image was stored."""

    order: Order

    def do(self, hands: Hands) -> None:
        day, plate = hands.day, plate_id(self.order)
        wanted = Contents(Holding.NOTHING, plate, "")
        wait_until(lambda: in_reader(day) == wanted, f"{plate} came out", WAIT_S)
        assert [one for one, _ in day.erasures].count(plate) == 1
        assert not day.erasures.too_early
        state = "SELECT state FROM plate_read WHERE plate_id = ? ORDER BY number DESC LIMIT 1"
        assert day.rows(state, plate) == [{"state": "erased"}]
