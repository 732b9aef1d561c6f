"""Small films, and an archive that keeps its word, for workloads of a tenth of a second.

The archive reads each file with the driver's own reader (its proof by digest included) and
marks what it takes before it answers.
"""

import hashlib
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from drivers.dicom_file import BLOCK_BYTES, DataSetReader
from hal.archive import CommitmentReport, InstanceFile, StoreOutcome, Wanted
from hal.errors import PeerRefused, Sentence, StorageError
from hal.film_scanner import RowBlock, ScannerIdentity, ScanRequest
from hal.panel import ButtonPress, Lamp, Screen, Sound
from hal.values import Order, SopReference, Uid
from tests.chaos import outside
from tests.chaos.outside import Outside

DPI = 50
COLUMNS, ROWS = 56, 60  # 28 x 30 mm: little to write, and still found as a film
BLOCK_ROWS = 15
LAMP = 65535
GIVES_NOTHING_BACK = Sentence(
    en="The archive does not give images back.", fr="L'archive ne rend pas les images."
)


@dataclass
class SmallFilmScanner:
    """Each number of a film is another noise; the same number is the same film."""

    film: int = 0

    def identify(self) -> ScannerIdentity:
        return ScannerIdentity("SAPI", "CHAOS", "1", "1", DPI, DPI, DPI, COLUMNS, ROWS)

    def scan(self, request: ScanRequest) -> Generator[RowBlock, None, None]:
        glass = np.full((ROWS, COLUMNS), LAMP, "<u2")
        film = np.random.default_rng(self.film).integers(100, 40_000, (ROWS - 10, COLUMNS - 10))
        glass[: ROWS - 10, : COLUMNS - 10] = film
        right, bottom = request.left + request.columns, request.top + request.rows
        area = np.ascontiguousarray(glass[request.top : bottom, request.left : right])
        for first in range(0, request.rows, BLOCK_ROWS):
            rows = area[first : first + BLOCK_ROWS]
            yield RowBlock(first, len(rows), memoryview(rows.tobytes()))


@dataclass
class ArchiveOutside:
    """Accepts whatever is proven, commits to what it has, and answers at once."""

    world: Outside
    answers_max: int = 1_000_000
    """It hangs up after so many responses."""
    says_nothing: bool = False
    """It keeps its reports to itself, and so has promised nothing yet."""
    reports: list[CommitmentReport] = field(default_factory=list)
    gives_back: bytes = b""
    """The data set, whatever is asked for; empty: it has no C-GET."""

    def echo(self) -> None: ...

    def store(self, instances: Iterable[InstanceFile]) -> Iterator[StoreOutcome]:
        for number, instance in enumerate(instances):
            if number >= self.answers_max:
                return
            yield self._store(instance)

    def _store(self, instance: InstanceFile) -> StoreOutcome:
        buffer = bytearray(BLOCK_BYTES)
        try:
            with instance.open() as reader:
                for _ in DataSetReader(instance, reader, lambda: buffer).blocks():
                    pass
            with instance.open() as reader:
                content = reader.read()
        except StorageError as error:
            return StoreOutcome(instance.reference, None, error)
        digest = hashlib.sha256(content).hexdigest()
        self.world.put(outside.RECEIVED, instance.reference.sop_instance_uid, digest)
        return StoreOutcome(instance.reference, 0, None)

    def request_commitment(
        self, transaction_uid: Uid, references: tuple[SopReference, ...]
    ) -> None:
        kept = [one for one in references if one.sop_instance_uid in self.world.known.received]
        self.reports.append(CommitmentReport(transaction_uid, tuple(kept), ()))

    def next_report(self, timeout_s: float) -> CommitmentReport | None:
        if self.says_nothing or not self.reports:
            return None
        report = self.reports.pop(0)
        for reference in report.committed:
            self.world.put(outside.PROMISED, reference.sop_instance_uid)
        return report

    def retrieve(self, wanted: Wanted) -> Iterator[bytes]:
        if not self.gives_back:
            raise PeerRefused(GIVES_NOTHING_BACK)
        yield self.gives_back


class NoPanel:
    def next_press(self, timeout_s: float) -> ButtonPress | None:
        return None

    def show(self, screen: Screen) -> None: ...

    def light(self, lamp: Lamp, on: bool) -> None: ...

    def sound(self, sound: Sound) -> None: ...


class NoWorklist:
    def orders(self) -> tuple[Order, ...]:
        return ()
