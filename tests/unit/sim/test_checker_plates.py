"""Of plates: what is erased too early, twice there or gone is seen, and nothing that is right."""

import struct
from pathlib import Path
from random import Random

import pytest

from hal.errors import Sentence
from hal.panel import Button
from sim.checker.checker import ERASED, Checker, Circumstances
from sim.checker.image import Image
from sim.checker.images import a_film_thrown_away_has_its_image
from sim.checker.index import Index, InstanceRow
from sim.checker.known import Known, Violated
from sim.checker.look import Digests, Look
from sim.checker.plates import a_plate_is_one_image
from sim.disk import ModelDisk
from sim.kernel import Kernel
from sim.seeded_plates import BLANK, COLUMNS, ROWS, plate_pixels
from sim.trace import Trace
from tests.unit.sim.archive_room import element

FOLDER = "instances/00"
PATH = f"{FOLDER}/2.25.1.dcm"
NUMBER = 5
NO_INDEX = Path("nowhere")  # plates are judged by their files


def plate_file(number: int, name: str = "ESSAI^A") -> bytes:
    meta = element(0x0002, 0x0010, b"UI", b"1.2.840.10008.1.2.1\0")
    return (
        b"\0" * 128
        + b"DICM"
        + element(0x0002, 0x0000, b"UL", struct.pack("<I", len(meta)))
        + meta
        + element(0x0008, 0x0018, b"UI", b"2.25.1")
        + element(0x0008, 0x0060, b"CS", b"CR")
        + element(0x0010, 0x0010, b"PN", name.encode())
        + element(0x0010, 0x0020, b"LO", b"P1")
        + element(0x0010, 0x0030, b"DA", b"19500101")
        + element(0x0028, 0x0010, b"US", struct.pack("<H", ROWS))
        + element(0x0028, 0x0011, b"US", struct.pack("<H", COLUMNS))
        + element(0x7FE0, 0x0010, b"OW", plate_pixels(number).tobytes())
    )


class Room:
    def __init__(self, harmed: tuple[str, ...] = ()) -> None:
        self.kernel = Kernel(Random(1), Trace())
        self.disk = ModelDisk()
        self.disk.make_folders([FOLDER])
        self.checker = Checker(self.kernel, {}, Circumstances(harmed=harmed))
        self.panel = self.checker.power_on(self.disk, NO_INDEX)

    def read_plate(self) -> None:
        self.panel.shown(Sentence("Is this ESSAI A, born 01/01/1950?", ""))
        self.panel.pressed(Button.SCAN)
        self.panel.scan_started(is_plate=True)
        self.checker.plate_read(NUMBER)

    def write(self, content: bytes, *, synced: bool = True) -> None:
        with self.disk.create(PATH) as file:
            file.write(content)
            if synced:
                file.sync()
        if synced:
            self.disk.sync_folder(FOLDER)

    def erase(self) -> str:
        """Which promise it breaks."""
        self.checker.plate_erased(NUMBER)
        try:
            self.kernel.run()
        except Violated as error:
            return error.violation.invariant
        return ""


@pytest.mark.parametrize(
    ("content", "synced", "broken"),
    [
        (plate_file(NUMBER), True, ""),
        (plate_file(NUMBER), False, ERASED),
        (plate_file(NUMBER + 1), True, ERASED),
        (plate_file(NUMBER, name="ESSAI^B"), True, ERASED),
        (plate_file(NUMBER)[:-2] + b"\7\7", True, ERASED),
    ],
    ids=["durable", "not synced", "another one", "another's", "not whole"],
)
def test_it_is_erased_when_its_own_image_is_durable(
    content: bytes, synced: bool, broken: str
) -> None:
    room = Room()
    room.read_plate()
    room.write(content, synced=synced)
    assert room.erase() == broken


def test_nothing_stored_is_not_enough() -> None:
    room = Room()
    room.read_plate()
    assert room.erase() == ERASED


def test_a_file_that_a_fault_reached_is_nobodys_fault() -> None:
    room = Room(harmed=(PATH,))
    room.read_plate()
    assert room.erase() == ""


def test_a_plate_is_read_only_in_a_scan_of_plates() -> None:
    room = Room()
    room.panel.scan_started(is_plate=False)
    room.checker.plate_read(NUMBER)
    with pytest.raises(Violated, match="only in a scan"):
        room.kernel.run()


def look(images: list[int], *, read: set[int], erased: set[int]) -> list[str]:
    known = Known(read=read, erased=erased)
    return list(a_plate_is_one_image(look_at(images, known)))


def look_at(
    images: list[int],
    known: Known,
    *,
    corrections: dict[str, str] | None = None,
    conditions: dict[str, str] | None = None,
    thrown_away: tuple[int, ...] = (),
) -> Look:
    """Whose UIDs end in their places."""
    rows = {}
    for place, number in enumerate(images):
        uid = f"2.25.{place}"
        rows[uid] = InstanceRow(uid, f"{FOLDER}/{uid}.dcm", (conditions or {}).get(uid, "good"))
        known.images[uid] = Image(uid, "ESSAI", "A", "P1", "19500101", number, is_whole=True)
    index = Index(rows, {}, {}, corrections or {}, {}, set(), [], set(), [], [])
    return Look(ModelDisk(), index, known, {}, (), thrown_away, Digests(), ())


def test_each_plate_is_one_image() -> None:
    assert look([1, 2], read={1, 2}, erased={1, 2}) == []
    assert look([1], read={1, 2}, erased={1}) == []  # the reader keeps the second
    assert look([1, 1], read={1}, erased=set()) == ["plate 1 is 2 images"]
    assert look([], read={1}, erased={1}) == ["plate 1 was erased, and no image shows it"]
    assert look([BLANK, BLANK], read={BLANK}, erased={BLANK}) == []


@pytest.mark.parametrize("old", ["good", "superseded", "discarded"])
def test_a_plate_that_was_corrected_is_one_image(old: str) -> None:
    """Adopted at a start before the rest was done; done; and kept long enough."""
    known = Known(read={1}, erased={1})
    places: dict[str, dict[str, str]] = {
        "corrections": {"2.25.0": "2.25.1"},
        "conditions": {"2.25.0": old},
    }
    assert list(a_plate_is_one_image(look_at([1, 1], known, **places))) == []
    found = list(a_plate_is_one_image(look_at([1, 1, 1], known, **places)))
    assert found == ["plate 1 is 2 images"]


@pytest.mark.parametrize(("new", "is_lost"), [("evicted", False), ("rejected", True)])
def test_what_was_corrected_and_evicted_before_anybody_saw_it_is_not_lost(
    new: str, is_lost: bool
) -> None:
    known = Known(read={1}, erased={1})
    looked = look_at(
        [1, 1],
        known,
        corrections={"2.25.0": "2.25.1"},
        conditions={"2.25.0": "superseded", "2.25.1": new},
        thrown_away=(1,),
    )
    del known.images["2.25.1"]
    assert bool(list(a_film_thrown_away_has_its_image(looked))) == is_lost
    assert bool(list(a_plate_is_one_image(looked))) == is_lost
