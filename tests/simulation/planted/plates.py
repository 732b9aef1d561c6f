"""Plates, whose reading destroys what is on them: mistakes."""

from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from drivers.cassette_transfer import Transfer
from drivers.wire.cassette_assembly import Assembly
from firmware.acquisition_worker import AcquisitionWorker
from firmware.index.plate_reads import PlateReads
from firmware.plate_acquisition import PlateAcquisition
from firmware.plate_reading import PlateReading
from tests.planting import patch
from tests.simulation.planted.planting import bug


@bug("a plate erased before its image is durable")
def _erased_first(stack: ExitStack) -> None:
    stream = PlateReading._stream

    def hasty(self: PlateReading, geometry: Any, *rest: Any) -> int:
        crc32 = stream(self, geometry, *rest)
        kept = self.reader.kept_read()
        if kept is not None:
            self.reader.erase(kept, geometry.samples, crc32)
        return crc32

    patch(stack, PlateReading, "_stream", hasty)


@bug("a plate erased without a look at what is stored of it")
def _erased_unseen(stack: ExitStack) -> None:
    patch(stack, PlateAcquisition, "_check_durable", lambda self, read: None)
    patch(stack, PlateReads, "whole", _stored_at_once(PlateReads.whole))


def _stored_at_once(whole: Any) -> Any:
    """WHOLE taken for STORED."""

    def early(self: PlateReads, read: Any, *rest: Any) -> None:
        whole(self, read, *rest)
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE plate_read SET state = 'stored' WHERE read = ?", (read.request.read,)
            )

    return early


@bug("a plate's samples laid down as they come, so that some rows are there twice")
def _rows_twice(stack: ExitStack) -> None:
    put = Assembly.put

    def as_they_come(self: Assembly, segment: Any) -> bool:
        return put(self, replace(segment, first_sample=self.received))

    patch(stack, Assembly, "put", as_they_come)
    patch(stack, Transfer, "_check", lambda self, end, crc32: None)


@bug("an image that the reader keeps taken for nobody's")
def _taken_for_nobodys(stack: ExitStack) -> None:
    settle = PlateAcquisition.settle

    def forgetful(self: PlateAcquisition) -> None:
        number = self.reading.reader.kept_read()
        with self.reading.reads._database.transaction() as connection:
            connection.execute("DELETE FROM plate_read WHERE read = ?", (number,))
        settle(self)

    patch(stack, PlateAcquisition, "settle", forgetful)


@bug("what the reader keeps after a cut is not looked for")
def _not_settled(stack: ExitStack) -> None:
    patch(stack, PlateAcquisition, "settle", lambda self: None)


@bug("what the reader keeps is the next patient's")
def _next_patients(stack: ExitStack) -> None:
    acquire, read, orders = AcquisitionWorker._acquire, PlateReading.read, list[Any]()

    def remembered(self: AcquisitionWorker, order: Any) -> None:
        orders[:] = [order]
        try:
            acquire(self, order)
        finally:
            orders.clear()

    def of_the_next(self: PlateReading, plate: Any, *, is_known: bool) -> Any:
        order = orders[0] if orders else plate.order
        return read(self, replace(plate, order=order), is_known=is_known)

    patch(stack, AcquisitionWorker, "_acquire", remembered)
    patch(stack, PlateReading, "read", of_the_next)


@bug("an erasure that cannot be noted fails its scan")
def _not_noted(stack: ExitStack) -> None:
    patch(
        stack, PlateAcquisition, "_note_erased", lambda self, read: self.reading.reads.erased(read)
    )
