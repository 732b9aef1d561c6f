"""A simulated RIS on the network: its worklist and MPPS, over orders that are invented.

A separate DICOM implementation (pynetdicom) on the loopback, as `archive_peer` is one; it shares no
code with the node's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from threading import Event
from typing import Any, Self

from pydicom import Dataset
from pynetdicom import AE, evt

from hal.values import Order
from sim.ris_entries import asked_for, entry, in_utf8, last_day
from sim.ris_steps import StepsKept

WORKLIST_FIND = "1.2.840.10008.5.1.4.31"
MPPS = "1.2.840.10008.3.1.2.3.3"
PENDING = 0xFF00


@dataclass(frozen=True)
class RisFaults:
    answer_after_s: float = 0.0
    """Of worklist and MPPS alike."""
    wrong_character_set: bool = False
    """Entries say that they are in another character set than they are."""


NO_RIS_FAULTS = RisFaults()


@dataclass
class SimulatedRis:
    """Serves from `start` until `close`. Every order is scheduled for whoever asks, on the last
    day that they ask for. Port 0: any free one, told by `port`."""

    orders: tuple[Order, ...]
    steps: StepsKept
    faults: RisFaults = NO_RIS_FAULTS
    ae_title: str = "SIM_RIS"
    host: str = "127.0.0.1"
    port: int = 0
    _closing: Event = field(default_factory=Event, init=False)

    def start(self) -> Self:
        entity = AE(self.ae_title)
        entity.require_called_aet = True
        entity.add_supported_context(WORKLIST_FIND)
        entity.add_supported_context(MPPS)
        handlers: list[Any] = [
            (evt.EVT_C_FIND, self._find),
            (evt.EVT_N_CREATE, self._created),
            (evt.EVT_N_SET, self._set),
        ]
        server = entity.start_server((self.host, self.port), block=False, evt_handlers=handlers)
        assert server is not None  # noqa: S101  pynetdicom gives None only when it blocks
        self.port = int(server.server_address[1])
        self._entity = entity
        return self

    def close(self) -> None:
        self._closing.set()
        self._entity.shutdown()

    def _find(self, event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        self._take_its_time()
        query, station = event.identifier, event.assoc.requestor.ae_title
        day = last_day(query) or date.today()
        for number, order in enumerate(self.orders):
            answer = asked_for(entry(order, number, day, station), query)
            yield PENDING, in_utf8(answer) if self.faults.wrong_character_set else answer

    def _created(self, event: evt.Event) -> tuple[int | Dataset, Dataset | None]:
        self._take_its_time()
        return self.steps.create(event)

    def _set(self, event: evt.Event) -> tuple[int | Dataset, Dataset | None]:
        self._take_its_time()
        return self.steps.set(event)

    def _take_its_time(self) -> None:
        self._closing.wait(self.faults.answer_after_s)
