"""A node's reading of one plate, in a process of its own: prints one JSON object.

The reader is the simulated one, a program of its own at the other end of a pty; here are the real
pyserial, driver, store and index, and nothing that a node has besides. Its peak of memory is of
what reading a plate takes, on top of an interpreter with the same imports (`idle_rss_mib`).
"""

import argparse
import json
import time
from contextlib import closing
from datetime import UTC
from pathlib import Path

import numpy as np

from drivers.cassette_line import CassetteLine
from drivers.cassette_reader_serial import SerialCassetteReader
from drivers.posix_disk import PosixDisk
from drivers.system_clock import SystemClock, SystemEntropy
from firmware.dicom.film import Station
from firmware.events import Event, Stored
from firmware.index.catalogue import Catalogue
from firmware.index.database import Database, migrate
from firmware.index.plate_reads import PlateReads
from firmware.plate_acquisition import DEVICE, PlateAcquisition
from firmware.plate_reading import PlateReading, PlateSettings
from firmware.recording import Recording
from firmware.routing import everywhere
from firmware.runtime import ThreadChannel
from firmware.store import Store
from hal.values import Order, Patient
from sim.plates import PITCH_UM

ORDER = Order(Patient("100042", "EXEMPLE^Éléonore"), accession_number="A1")
STATION = Station("Bench", "BENCH", "BENCH")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("port")
    given = parser.parse_args()
    np.percentile(np.zeros(2), 50)  # imports numpy.ma, 0.1 s: once in a process's life
    idle_rss_mib = peak_rss_mib()
    with (
        closing(Database(given.folder / "index.sqlite3")) as database,
        closing(CassetteLine(given.port)) as line,
    ):
        events = list[Event]()
        plates = plate_acquisition(given.folder, database, line, events)
        found = read_plate(plates, events)
    print(json.dumps(found | {"idle_rss_mib": idle_rss_mib, "peak_rss_mib": peak_rss_mib()}))


def plate_acquisition(
    folder: Path, database: Database, line: CassetteLine, events: list[Event]
) -> PlateAcquisition:
    clock, entropy = SystemClock(), SystemEntropy()
    migrate(database)
    store = Store(PosixDisk(folder), reserve_bytes=0)
    store.prepare()
    catalogue = Catalogue(database, clock, entropy)
    reading = PlateReading(
        reader=SerialCassetteReader(line, clock, entropy),
        store=store,
        reads=PlateReads(database, catalogue, clock, entropy),
        recording=Recording(DEVICE, catalogue, everywhere("ARCHIVE")),
        clock=clock,
        settings=PlateSettings(PITCH_UM, 1000, STATION, UTC),
        listener=events.append,
    )
    return PlateAcquisition(reading, entropy, ThreadChannel())


def read_plate(plates: PlateAcquisition, events: list[Event]) -> dict[str, float]:
    """Until it is durable, erased and given back."""
    cassette = plates.cassette()
    if cassette is None:
        raise SystemExit("no cassette in the reader")
    cpu_s, queued_s = time.process_time(), core_wait_s()
    plates.acquire(cassette, ORDER, lambda: False)
    (stored,) = (event for event in events if isinstance(event, Stored))
    return {
        "pixel_bytes": 2 * stored.rows * stored.columns,
        "to_durable_s": stored.scan_s + stored.last_row_to_durable_s,
        "cpu_s": time.process_time() - cpu_s,
        "core_wait_s": core_wait_s() - queued_s,
    }


def core_wait_s() -> float:
    """How long this thread could have run and had no core (schedstat's second field)."""
    return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9


def peak_rss_mib() -> float:
    """Of this program alone: ru_maxrss has in it what started it, over an exec."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
