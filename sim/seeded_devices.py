"""The devices of a seeded world, at the hal ports: a panel, a film scanner, a worklist, the disk.

A life holds each by a plug (`...For(life)`): what the node does to it is a call of that life.
What a device is and remembers beyond a power cut (the film on the glass, the orders) is the
world's. The scanner's films are a few thousand pixels, and carry a number that can be read from
the image: whoever finds the image knows whose film it was.
"""

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drivers.film_scanner_sentences import COVER_OPEN
from hal.disk import Disk, FileReader, FileWriter
from hal.errors import DeviceNeedsOperator, Sentence
from hal.film_scanner import RowBlock, ScannerIdentity, ScanRequest
from hal.panel import Button, ButtonPress, Lamp, Screen, Sound
from hal.values import Order
from sim.fault_errors import PressLost, PressTwice, RowsEnd, RowsSkipped
from sim.kernel import Signal
from sim.life import Life
from sim.poll import Poll

DPI = 50
COLUMNS, ROWS = 56, 60  # 28 x 30 mm: little to scan, and still found as a film
FILM_COLUMNS, FILM_ROWS = COLUMNS - 10, ROWS - 10
BLOCK_ROWS = 20
NUMBER_ROW, NUMBER_COLUMN, NUMBER_BITS = 8, 8, 24
LAMP, CLEAR, DARK = 65_535, 30_000, 1_000


def film_pixels(number: int) -> NDArray[np.uint16]:
    """A film's pixels as the scanner sees it, the bare glass around it."""
    glass = np.full((ROWS, COLUMNS), LAMP, "<u2")
    down, across = np.indices((FILM_ROWS, FILM_COLUMNS))
    glass[:FILM_ROWS, :FILM_COLUMNS] = 3000 + (down * 37 + across * 53 + number * 7) % 20_000
    bits = [CLEAR if number >> bit & 1 else DARK for bit in range(NUMBER_BITS)]
    glass[NUMBER_ROW, NUMBER_COLUMN : NUMBER_COLUMN + NUMBER_BITS] = bits
    return glass


def film_number(pixels: NDArray[np.uint16]) -> int:
    """Whose film this image shows."""
    bits = pixels[NUMBER_ROW, NUMBER_COLUMN : NUMBER_COLUMN + NUMBER_BITS]
    return sum(int(value > (CLEAR + DARK) // 2) << bit for bit, value in enumerate(bits))


@dataclass
class ScannerBed:
    """What lies on the glass, and how fast the carriage is."""

    film: int | None = None
    scan_s: float = 20.0
    preview_s: float = 5.0


@dataclass
class FilmScannerFor:
    life: Life
    bed: ScannerBed

    def identify(self) -> ScannerIdentity:
        self.life.call("scanner", "identify")
        return ScannerIdentity("SAPI", "SEEDED", "S1", "1", DPI, DPI, DPI, COLUMNS, ROWS)

    def scan(self, request: ScanRequest) -> Generator[RowBlock, None, None]:
        self.life.call("scanner", "scan", f"{request.columns}x{request.rows}")
        film = self.bed.film
        glass = np.full((ROWS, COLUMNS), LAMP, "<u2") if film is None else film_pixels(film)
        right, bottom = request.left + request.columns, request.top + request.rows
        area = np.ascontiguousarray(glass[request.top : bottom, request.left : right])
        is_preview = request.rows == ROWS
        blocks = range(0, request.rows, BLOCK_ROWS)
        share_s = (self.bed.preview_s if is_preview else self.bed.scan_s) / len(blocks)
        for first in blocks:
            self.life.wait(timeout_s=share_s)
            try:
                self.life.call("scanner", "rows", str(first))
            except RowsSkipped:
                continue
            except RowsEnd:
                return
            if self.bed.film != film:
                raise DeviceNeedsOperator(COVER_OPEN)
            rows = area[first : first + BLOCK_ROWS]
            yield RowBlock(first, len(rows), memoryview(rows.tobytes()))


def _nothing(_: str) -> None:
    pass


@dataclass
class Front:
    """The panel as a person sees it."""

    shown: Sentence | None = None
    lamps: dict[Lamp, bool] = field(default_factory=dict)


class PanelWitness(Protocol):
    """Sees what a person at the panel sees, and the finger."""

    def pressed(self, button: Button) -> None: ...

    def shown(self, sentence: Sentence) -> None: ...

    def to_be_lit(self, lamp: Lamp, on: bool) -> None:
        """Ahead of it, or of the panel's not answering."""

    def lit(self, lamp: Lamp, on: bool) -> None: ...


class PanelFor:
    def __init__(self, life: Life, pace_s: float) -> None:
        self.front = Front()
        self.witness: PanelWitness | None = None
        self._life = life
        self._presses: deque[ButtonPress] = deque()
        self._stirred = life.idle_signal(hears_puts=True)
        self._poll = Poll(life, pace_s, self._stirred)
        self.changed = Signal(life.kernel)
        """For whoever looks at it."""

    def press(self, button: Button) -> None:
        """A person's finger; without power nobody feels it."""
        self._life.kernel.say("technician", "press", button.value)
        if not self._life.is_over:
            felt = self._felt()
            if felt and self.witness is not None:
                self.witness.pressed(button)
            press = ButtonPress(button, pressed_s=self._life.kernel.now_s)
            self._presses.extend([press] * felt)
            self._stirred.set()
            self._life.hasten()

    def _felt(self) -> int:
        try:
            self._life.strikes.get(("panel", "press"), _nothing)("")
        except PressLost:
            return 0
        except PressTwice:
            return 2
        return 1

    def next_press(self, timeout_s: float) -> ButtonPress | None:
        if not self._presses:
            self._poll.rest(timeout_s)
            self._stirred.clear()
        self._life.check()
        return self._presses.popleft() if self._presses else None

    def show(self, screen: Screen) -> None:
        self._life.call("panel", "show", screen.message.en)
        self.front.shown = screen.message
        if self.witness is not None:
            self.witness.shown(screen.message)
        self.changed.set()

    def light(self, lamp: Lamp, on: bool) -> None:
        if self.witness is not None:
            self.witness.to_be_lit(lamp, on)
        self._life.call("panel", "light", f"{lamp.value} {'on' if on else 'off'}")
        self.front.lamps[lamp] = on
        if self.witness is not None:
            self.witness.lit(lamp, on)
        self.changed.set()

    def sound(self, sound: Sound) -> None:
        self._life.call("panel", "sound", sound.value)


@dataclass
class OrderBook:
    orders: tuple[Order, ...] = ()
    """As the worklist answers now."""
    written: tuple[Order, ...] = ()
    """All of the day, on the technician's paper."""


@dataclass
class WorklistFor:
    life: Life
    book: OrderBook
    _last: tuple[Order, ...] | None = field(default=None, init=False)

    def orders(self) -> tuple[Order, ...]:
        self.life.call("worklist", "orders")
        if self._last == self.book.orders:
            self.life.in_vain()
        self._last = self.book.orders
        return self._last


@dataclass
class DiskFor:
    """The store's disk. Effects are calls by the disk's own `before`; reads are calls here."""

    life: Life
    disk: Disk

    def lock(self) -> None:
        self.life.call("disk", "lock")
        self.disk.lock()

    def unlock(self) -> None:
        self.life.call("disk", "unlock")
        self.disk.unlock()

    def make_folders(self, paths: Iterable[str]) -> None:
        self.disk.make_folders(paths)

    @contextmanager
    def create(self, path: str) -> Iterator[FileWriter]:
        with self.disk.create(path) as writer:
            yield writer

    @contextmanager
    def open(self, path: str) -> Iterator[FileReader]:
        self.life.call("disk", "open", path)
        with self.disk.open(path) as reader:
            yield reader

    def rename(self, source: str, target: str) -> None:
        self.disk.rename(source, target)

    def sync_folder(self, path: str) -> None:
        self.disk.sync_folder(path)

    def remove(self, path: str) -> None:
        self.life.call("disk", "look", path)
        self.disk.remove(path)

    def names(self, folder: str) -> list[str]:
        """No switch point: a start looks into 257 folders while nobody else runs yet."""
        self.life.check()
        return self.disk.names(folder)

    def size_bytes(self, path: str) -> int | None:
        self.life.call("disk", "size", path)
        return self.disk.size_bytes(path)

    def free_bytes(self) -> int:
        self.life.check()
        return self.disk.free_bytes()
