"""A whole node whose cassette reader stands at the other end of a TCP line that can be made bad."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pydicom

from drivers.system_clock import SystemClock
from firmware.config_cassette import CassetteReaderSection
from firmware.events import Stored
from firmware.plate_events import KeptPlateStored
from sim.cassette_reader_device import CassetteReaderDevice, Plate
from sim.cassette_reader_serving import serve_reader_tcp
from tests.fault_proxy import NO_FAULTS, FaultProxy, Faults, faulty
from tests.node.conftest import World

JOIN_S = 10.0
PLATE_ID = "P-00017"


def exposed_plate(rows: int = 1200, columns: int = 900) -> Plate:
    latent = np.random.default_rng(5).integers(0, 1 << 15, (rows, columns), np.uint16)
    latent[:, :100] = 0  # long runs of zeros: what COBS is made for
    return Plate(PLATE_ID, latent)


@dataclass
class PlateWorld:
    world: World
    device: CassetteReaderDevice
    line: FaultProxy

    def object(self, stored: Stored | KeptPlateStored) -> pydicom.FileDataset:
        return pydicom.dcmread(self.world.folder / "node" / stored.path)

    def holds_the_plate(self, stored: Stored | KeptPlateStored, plate: Plate) -> bool:
        return np.array_equal(self.object(stored).pixel_array, plate.latent)


@contextmanager
def plate_world(
    folder: Path, film: Path, device: CassetteReaderDevice, faults: Faults = NO_FAULTS
) -> Iterator[PlateWorld]:
    """Closed when this ends; `world.start()` is the test's."""
    world = World(folder, film)
    world.devices.close()
    with reader_on_tcp(device) as port, faulty(port, faults) as line:
        section = CassetteReaderSection(port=f"socket://127.0.0.1:{line.port}")
        world.config = world.config.model_copy(update={"cassette_reader": section})
        world.open_devices()
        try:
            yield PlateWorld(world, device, line)
        finally:
            world.close()


@contextmanager
def reader_on_tcp(device: CassetteReaderDevice) -> Iterator[int]:
    over = Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        arguments = (listener, device, SystemClock(), over.is_set)
        serving = Thread(target=serve_reader_tcp, args=arguments, daemon=True)
        serving.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            over.set()
            serving.join(JOIN_S)
            assert not serving.is_alive()
