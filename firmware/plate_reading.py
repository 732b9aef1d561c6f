"""One plate's image from the reader into a published, recorded file.

The number of the reading is durable in the index before this begins: see plate_acquisition for
the order of things. Memory holds one block of rows, and LOOK_ROWS rows.
"""

import logging
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import tzinfo

import numpy as np

from firmware.dicom.entry_reader import entry_of
from firmware.dicom.film import Station
from firmware.dicom.part10 import part10_header
from firmware.dicom.plate import PlateImage, plate_dataset
from firmware.events import Listener, RowsArrived, Stored
from firmware.imaging.exposure_index import Exposure
from firmware.imaging.plate_calibration import PlateCalibrationFile
from firmware.index.plate_reads import PlateRead, PlateReads
from firmware.plate_doubts import ERASES_BY_ITSELF
from firmware.plate_events import PlateFound, PlateTrouble
from firmware.plate_look import Correct, Seen, look_at_plate
from firmware.plate_sentences import NODE_STOPS, ROWS_MISSING
from firmware.recording import Recording
from firmware.store import IncomingFile, Store
from hal.cassette_reader import CassetteReader, CassetteReaderIdentity, PlateGeometry
from hal.clock import Clock
from hal.errors import DeviceError, DeviceMisbehaved, ScanCancelled, StorageError

log = logging.getLogger("sapi.plates")


@dataclass(frozen=True)
class PlateSettings:
    pitch_um: int
    gain_thousandths: int
    station: Station
    timezone: tzinfo
    calibration: PlateCalibrationFile | None = None
    target_index: float | None = None
    ghost_h: float = 24.0


@dataclass
class PlateReading:
    reader: CassetteReader
    store: Store
    reads: PlateReads
    recording: Recording
    clock: Clock
    settings: PlateSettings
    listener: Listener
    is_stopping: Callable[[], bool] = lambda: False

    def read(self, read: PlateRead, *, is_known: bool) -> Stored:
        """Raises DeviceError and StorageError: the reader keeps the image."""
        try:
            return self._read(read, is_known=is_known)
        except DeviceError:
            self._note_doubt(read)  # it is read again later, when no panel remembers
            raise

    def _read(self, read: PlateRead, *, is_known: bool) -> Stored:
        began_s = self.clock.monotonic_s()
        identity = self.reader.identify()
        if identity.erases_by_itself:
            self.listener(PlateTrouble(read.cassette.plate_id, ERASES_BY_ITSELF))
        geometry = self.reader.begin(read.request)
        correct = self._correction(identity, geometry)
        target, calibration = self.settings.target_index, self._calibration(identity)
        seen = look_at_plate(self.reader, geometry, calibration, target, correct)
        self._say_found(read, geometry, seen.exposure)
        image = self._image(read, identity, geometry, seen)
        image = replace(image, is_corrected=correct is not None, is_known=is_known)
        dataset = plate_dataset(image)
        pixel_bytes = 2 * geometry.samples
        header = part10_header(dataset, pixel_bytes, self.settings.station.ae_title)
        total_bytes = len(header.data) + pixel_bytes
        self.store.check_room(total_bytes)
        with self.store.incoming(read.place.sop_instance_uid, total_bytes) as file:
            file.write(header.data)
            crc32 = self._stream(geometry, file, correct, read)
            last_row_s = self.clock.monotonic_s()
            self._note_doubt(read)
            self.reads.whole(read, geometry.samples, crc32, seen.exposure)
            published = file.publish()
        entry = entry_of(dataset, header.transfer_syntax_uid)
        self.recording.record(read.order, entry, published)
        return Stored(
            sop_instance_uid=read.place.sop_instance_uid,
            path=published.path,
            rows=geometry.rows,
            columns=geometry.columns,
            sha256=published.sha256,
            scan_s=last_row_s - began_s,
            last_row_to_durable_s=self.clock.monotonic_s() - last_row_s,
        )

    def _note_doubt(self, read: PlateRead) -> None:
        """An index that takes nothing now keeps no image in the reader: it is held by the panel's
        word, if it is recorded while that one remembers."""
        try:
            self.recording.note_doubt(read.order, read.place.sop_instance_uid)
        except StorageError as error:
            log.warning("read %08X is doubted, and not noted: %s", read.request.read, error)

    def _image(
        self,
        read: PlateRead,
        identity: CassetteReaderIdentity,
        geometry: PlateGeometry,
        seen: Seen,
    ) -> PlateImage:
        """Dated by when its reading began: read again, it is the same file."""
        acquired_at = read.begun_at.astimezone(self.settings.timezone).replace(microsecond=0)
        return PlateImage(
            order=read.order,
            place=read.place,
            station=self.settings.station,
            reader=identity,
            cassette=read.cassette,
            geometry=geometry,
            window=seen.window,
            acquired_at=acquired_at,
            exposure=seen.exposure,
            performed=self.recording.step_of(read.place, acquired_at),
        )

    def _say_found(
        self, read: PlateRead, geometry: PlateGeometry, exposure: Exposure | None
    ) -> None:
        self.listener(
            PlateFound(
                plate_id=read.cassette.plate_id,
                columns=geometry.columns,
                rows=geometry.rows,
                pitch_um=geometry.pitch_um,
                exposure_index=exposure.index if exposure else None,
                deviation_index=exposure.deviation if exposure else None,
            )
        )

    def _calibration(self, identity: CassetteReaderIdentity) -> PlateCalibrationFile | None:
        """The configured one, unless it was made on another reader."""
        made, serial = self.settings.calibration, identity.serial_number
        if made is None or (made.reader_serial and serial and made.reader_serial != serial):
            return None
        return made

    def _correction(
        self, identity: CassetteReaderIdentity, geometry: PlateGeometry
    ) -> Correct | None:
        """None: pixels stay as they were read; so for a plate of another size than the flat's."""
        made = self._calibration(identity)
        flat = made.flat if made else None
        if flat is None or (flat.rows, flat.columns) != (geometry.rows, geometry.columns):
            return None
        return lambda block, first_row: flat.corrected(block, first_row, geometry.bits)

    def _stream(
        self, geometry: PlateGeometry, file: IncomingFile, correct: Correct | None, read: PlateRead
    ) -> int:
        """All rows into the file; the CRC-32 of the samples as they came."""
        began_s, rows, crc32 = self.clock.monotonic_s(), 0, 0
        with closing(self.reader.rows()) as blocks:
            for block in blocks:
                if self.is_stopping():
                    raise ScanCancelled(NODE_STOPS)
                self._note_doubt(read)
                if block.first_row != rows:
                    break
                crc32 = zlib.crc32(block.samples, crc32)
                if correct is None:
                    file.write(block.samples)
                else:
                    samples = np.frombuffer(block.samples, "<u2").reshape(-1, geometry.columns)
                    file.write(correct(samples, rows).astype("<u2").tobytes())
                rows += block.rows
                elapsed_s = self.clock.monotonic_s() - began_s
                size_bytes = 2 * geometry.columns * rows
                self.listener(RowsArrived(rows, geometry.rows, size_bytes, elapsed_s))
        if rows != geometry.rows:
            raise DeviceMisbehaved(ROWS_MISSING.fill(rows=rows, rows_total=geometry.rows))
        return crc32
