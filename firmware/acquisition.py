"""A film becomes a published DICOM file while it is being scanned.

A coarse preview finds the film, so that the header (Rows, Columns, size of the pixel data) can
be written before the first row. Then rows go from the scanner's buffer into the file at its
final place; after the last row only fsync, rename, fsync of the folder and one index
transaction remain. Memory holds one block of rows, whatever the film.
"""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, tzinfo

import numpy as np
from pydicom import Dataset

from firmware.dicom.entry_reader import entry_of
from firmware.dicom.film import FilmImage, FilmObject, Station, film_dataset
from firmware.dicom.part10 import part10_header
from firmware.dicom.performed_step import PerformedStep
from firmware.events import (
    CalibrationIgnored,
    FilmFound,
    Listener,
    RowsArrived,
    ScanStarted,
    SeenBefore,
    Stored,
)
from firmware.imaging.density import DensityCalibration, linear_calibration
from firmware.imaging.film_edges import Side, find_film
from firmware.imaging.film_sizes import FilmSize, name_film_size
from firmware.imaging.film_tilt import film_tilt_deg
from firmware.imaging.presentation import default_window
from firmware.index.catalogue import Catalogue, Reservation
from firmware.index.entry import Entry
from firmware.index.examinations import Examinations
from firmware.index.holding import DOUBTED, SEEN_BEFORE
from firmware.recording import nobody_doubts
from firmware.routing import Route
from firmware.same_film import SameFilmWatch
from firmware.store import IncomingFile, PublishedFile, Store
from hal.clock import Clock
from hal.errors import DeviceMisbehaved, DeviceNeedsOperator, ScanCancelled, Sentence
from hal.film_scanner import NO_ROWS_YET, FilmScanner, RowBlock, ScannerIdentity, ScanRequest
from hal.values import Order

DEVICE = "film-scanner"
MODALITY = "RG"  # what acquired the data in the first place: plain film (PS3.3 C.7.3.1.1.1)
PREVIEW_DPI = 50  # 0.5 mm: finds a film's edge to a pixel, and takes a scanner seconds
HEADER_BYTES_MAX = 512 * 1024  # a VOI LUT of 128 KiB, and room
FAR_SIDES = frozenset({Side.RIGHT, Side.BOTTOM})
"""A film is laid into the corner where the carriage starts, so there it always touches."""

NO_FILM = Sentence(
    en="No film on the scanner: only the bare lamp was seen. Put the film in and press SCAN.",
    fr="Aucun film sur le scanner : seule la lampe est visible. "
    "Placez le film et appuyez sur NUMÉRISER.",
)
CANCELLED = Sentence(
    en="The scan was stopped. Nothing was kept. Keep the film, and scan it again.",
    fr="La numérisation a été arrêtée. Rien n'a été conservé. "
    "Gardez le film et numérisez-le de nouveau.",
)
ROWS_MISSING = Sentence(
    en="The scanner sent {rows} of {rows_total} rows. Nothing was kept. Scan the film again.",
    fr="Le scanner a envoyé {rows} lignes sur {rows_total}. Rien n'a été conservé. "
    "Numérisez le film de nouveau.",
)
TOO_COARSE = Sentence(
    en="The scanner offers {low} to {high} dpi, the configuration asks for {asked}. "
    "Change film.resolution_dpi.",
    fr="Le scanner propose de {low} à {high} ppp, la configuration demande {asked}. "
    "Modifiez film.resolution_dpi.",
)


@dataclass(frozen=True)
class FilmSettings:
    resolution_dpi: int
    film_object: FilmObject
    calibration: DensityCalibration | None
    """None: not calibrated, taken as linear."""
    station: Station
    route: Route
    timezone: tzinfo
    look_s: float = 0.0
    """So long a stored image waits for a look before it is due."""


@dataclass(frozen=True)
class Plan:
    """Everything known before the first row of the real scan."""

    scanner: ScannerIdentity
    request: ScanRequest
    film_size: FilmSize | None
    tilt_deg: float | None
    window: tuple[float, float]
    seen_before: SeenBefore | None
    """Under another patient: the image is held until a person has looked."""


@dataclass
class Acquisition:
    scanner: FilmScanner
    store: Store
    catalogue: Catalogue
    clock: Clock
    settings: FilmSettings
    listener: Listener
    describe: Callable[[FilmImage], Dataset] = film_dataset
    """Makes the data set. The simulation's lives can have a shorter one."""
    examinations: Examinations | None = None
    """None: nobody looks at the images, and each is due at once."""
    performed: Callable[[Reservation, datetime], PerformedStep] | None = None
    """The visit that an image is made in; None: it says nothing of one."""
    same_film: SameFilmWatch | None = None
    doubts: Callable[[Order], bool] = nobody_doubts
    """Whether a code of somebody else was read while it was scanned: asked when it is stored."""

    def acquire_film(self, order: Order, cancelled: Callable[[], bool]) -> Stored:
        """Scan, publish, index and queue one film under the order that was confirmed.

        Raises DeviceError and StorageError; then nothing is stored, and the film is still there
        to be scanned again, as the same SOP instance.
        """
        self.listener(ScanStarted(DEVICE))
        began_s = self.clock.monotonic_s()
        plan = self._plan(order, cancelled)
        place = self.catalogue.reserve(DEVICE, order, order.modality or MODALITY)
        dataset = self._dataset(order, plan, place)
        header = part10_header(dataset, plan.request.size_bytes, self.settings.station.ae_title)
        entry = entry_of(dataset, header.transfer_syntax_uid)
        total_bytes = len(header.data) + plan.request.size_bytes
        self.store.check_room(total_bytes)
        with self.store.incoming(place.sop_instance_uid, total_bytes) as file:
            file.write(header.data)
            self._stream(plan.request, file, cancelled)
            last_row_s = self.clock.monotonic_s()
            self._note_doubt(order, place, plan.seen_before)
            published = file.publish()
        self._record(order, entry, published, plan.seen_before)
        durable_s = self.clock.monotonic_s()
        stored = Stored(
            sop_instance_uid=place.sop_instance_uid,
            path=published.path,
            rows=plan.request.rows,
            columns=plan.request.columns,
            sha256=published.sha256,
            scan_s=last_row_s - began_s,
            last_row_to_durable_s=durable_s - last_row_s,
            seen_before=plan.seen_before,
        )
        self.listener(stored)
        if self.same_film is not None:
            self.same_film.remember(place.sop_instance_uid)
        return stored

    def _note_doubt(self, order: Order, place: Reservation, before: SeenBefore | None) -> None:
        """On disk before the file is: a start that finds the file, and no row of it, holds the
        image too."""
        if doubt := self._doubt(order, before):
            self.catalogue.doubt(place.sop_instance_uid, doubt)

    def _doubt(self, order: Order, before: SeenBefore | None) -> str:
        return SEEN_BEFORE if before else DOUBTED if self.doubts(order) else ""

    def _record(
        self, order: Order, entry: Entry, published: PublishedFile, before: SeenBefore | None
    ) -> None:
        route = self.settings.route
        if self.examinations is None:
            self.catalogue.record(entry, published, route, actor="panel")
            return
        self.examinations.record(
            self.catalogue,
            entry,
            published,
            route,
            order,
            device=DEVICE,
            look_s=self.settings.look_s,
            doubt=self._doubt(order, before),
        )

    def _plan(self, order: Order, cancelled: Callable[[], bool]) -> Plan:
        identity = self.scanner.identify()
        if cancelled():  # a lamp that warms up takes longer than a person who has seen the mistake
            raise ScanCancelled(CANCELLED)
        self._check_resolution(identity)
        self.store.check_room(self._largest_bytes(identity))
        preview = self._preview(identity, cancelled)
        resolution_dpi = self.settings.resolution_dpi
        box = find_film(preview, _preview_dpi(identity))
        if box is None:
            raise DeviceNeedsOperator(NO_FILM)
        request = box.request_at(resolution_dpi, identity.area_at(resolution_dpi))
        film_size = name_film_size(box.width_mm, box.height_mm)
        tilt_deg = film_tilt_deg(preview, box)
        self.listener(
            FilmFound(
                columns=request.columns,
                rows=request.rows,
                resolution_dpi=resolution_dpi,
                film_size=film_size.name if film_size else "",
                tilt_deg=tilt_deg,
                reaches_edge=bool(box.sides_at_edge & FAR_SIDES),
            )
        )
        watch = self.same_film
        before = watch.look(preview, box, tilt_deg, order) if watch is not None else None
        film = preview[box.top : box.bottom, box.left : box.right]
        return Plan(identity, request, film_size, tilt_deg, default_window(film), before)

    def _check_resolution(self, identity: ScannerIdentity) -> None:
        asked = self.settings.resolution_dpi
        if not identity.resolution_min_dpi <= asked <= identity.resolution_max_dpi:
            raise DeviceNeedsOperator(
                TOO_COARSE.fill(
                    low=identity.resolution_min_dpi, high=identity.resolution_max_dpi, asked=asked
                )
            )

    def _largest_bytes(self, identity: ScannerIdentity) -> int:
        """The whole scan area: room is asked for before the film is fed, its size not known."""
        columns, rows = identity.area_at(self.settings.resolution_dpi)
        return HEADER_BYTES_MAX + 2 * columns * rows

    def _preview(
        self, identity: ScannerIdentity, cancelled: Callable[[], bool]
    ) -> np.ndarray[tuple[int, int], np.dtype[np.uint16]]:
        resolution_dpi = _preview_dpi(identity)
        columns, rows = identity.area_at(resolution_dpi)
        preview = np.empty((rows, columns), dtype="<u2")
        request = ScanRequest(resolution_dpi, 0, 0, columns, rows)
        with closing(self._blocks(request, cancelled)) as blocks:
            for block in blocks:
                samples = np.frombuffer(block.samples, dtype="<u2").reshape(block.rows, columns)
                preview[block.first_row : block.first_row + block.rows] = samples
        return preview

    def _dataset(self, order: Order, plan: Plan, place: Reservation) -> Dataset:
        settings = self.settings
        acquired_at = self.clock.now().astimezone(settings.timezone).replace(microsecond=0)
        image = FilmImage(
            order=order,
            study_instance_uid=place.study_instance_uid,
            series_instance_uid=place.series_instance_uid,
            sop_instance_uid=place.sop_instance_uid,
            series_number=place.series_number,
            instance_number=place.instance_number,
            station=settings.station,
            scanner=plan.scanner,
            request=plan.request,
            film_size=plan.film_size,
            tilt_deg=plan.tilt_deg,
            calibration=self._calibration(plan.scanner),
            acquired_at=acquired_at,
            performed=self.performed(place, acquired_at) if self.performed else None,
            film_object=settings.film_object,
            window=plan.window,
        )
        return self.describe(image)

    def _calibration(self, scanner: ScannerIdentity) -> DensityCalibration:
        """The configured one, unless it names another scanner; else the nominal one."""
        made, serial = self.settings.calibration, scanner.serial_number
        if made is None:
            return linear_calibration(serial)
        if made.scanner_serial and serial and made.scanner_serial != serial:
            self.listener(CalibrationIgnored(made.scanner_serial, serial))
            return linear_calibration(serial)
        return made

    def _stream(
        self, request: ScanRequest, file: IncomingFile, cancelled: Callable[[], bool]
    ) -> None:
        began_s = self.clock.monotonic_s()
        with closing(self._blocks(request, cancelled)) as blocks:
            for block in blocks:
                file.write(block.samples)
                rows = block.first_row + block.rows
                elapsed_s = self.clock.monotonic_s() - began_s
                size_bytes = 2 * request.columns * rows
                self.listener(RowsArrived(rows, request.rows, size_bytes, elapsed_s))

    def _blocks(
        self, request: ScanRequest, cancelled: Callable[[], bool]
    ) -> Generator[RowBlock, None, None]:
        """The scan's blocks, counted: exactly the rows that were asked for, in order."""
        rows = 0
        with closing(self.scanner.scan(request)) as blocks:
            for block in blocks:
                if cancelled():
                    raise ScanCancelled(CANCELLED)
                if block is NO_ROWS_YET:
                    continue
                if block.first_row != rows:
                    break
                rows += block.rows
                yield block
        if rows != request.rows:
            raise DeviceMisbehaved(ROWS_MISSING.fill(rows=rows, rows_total=request.rows))


def _preview_dpi(identity: ScannerIdentity) -> int:
    return max(PREVIEW_DPI, identity.resolution_min_dpi)
