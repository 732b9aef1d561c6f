"""A node in a process of its own that scans films: what several measurements run.

By default one of 14 x 17 in (35 x 43 cm) at 600 dpi, 171 MB of pixels. Its rows repeat a small
noise pattern through a numpy view, so that the simulated film itself takes next to no memory.
"""

import argparse
import json
import logging
import queue
import resource
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import as_strided

from drivers.film_scanner_esci import BLOCK_BYTES_WANTED, LINES_PER_BLOCK_MAX
from firmware.config import (
    ArchiveSection,
    FilmSection,
    NodeConfig,
    StationSection,
    StoreSection,
)
from firmware.events import Event, NotSent, ScanFailed, Sent, Stored
from firmware.node import Node
from firmware.routing import everywhere
from firmware.wiring import device_settings
from hal.panel import Button, Lamp
from sim.backend import open_simulated
from sim.films import Film
from sim.free_port import free_port
from sim.panel_device import SimulatedPanel

WAIT_S = 120.0


def noise_film(columns: int, rows: int, dpi: int) -> Film:
    """Each row starts two samples further into one noise strip: no two neighbours are alike."""
    noise = np.random.default_rng(1).integers(100, 50_000, columns + 2 * rows, dtype=np.uint16)
    step = noise.itemsize
    samples = as_strided(noise, (rows, columns), (2 * step, step), writeable=False)
    return Film(samples, dpi)


def scan(
    folder: Path,
    film: Film,
    archive_port: int,
    films: int,
    *,
    send: bool,
    queue_it: bool,
) -> dict[str, object]:
    config = NodeConfig(
        backend="sim",
        station=StationSection(
            institution_name="Bench", listen_host="127.0.0.1", listen_port=free_port()
        ),
        store=StoreSection(path=str(folder / "node"), reserve_mib=0),
        film=FilmSection(resolution_dpi=film.dpi),
        archives={
            "bench": ArchiveSection(
                ae_title="BENCH",
                host="127.0.0.1",
                port=archive_port,
                commitment="none",
                compression="none",
            )
        },
    )
    devices, _ = open_simulated(device_settings(config), film=film)
    events: queue.Queue[Event] = queue.Queue()
    node = Node(config, devices, events.put)
    if not queue_it:
        settings = replace(node.acquisition.settings, route=everywhere())
        node.acquisition.settings = settings
    node.start()
    panel = devices.panel
    assert isinstance(panel, SimulatedPanel)
    stored = []
    for _ in range(films):
        while not panel.lamps.get(Lamp.READY):
            devices.clock.sleep(0.01)
        panel.press(Button.URGENT)
        stored.append(_next(events, Stored))
        if send:
            _next(events, Sent)
    node.stop()
    devices.close()
    return {
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "pixel_mb": 2 * stored[0].rows * stored[0].columns / 1e6,
        "last_block_bytes": last_block_bytes(stored[0].rows, stored[0].columns),
        "scan_s": [event.scan_s for event in stored],
        "last_row_to_durable_s": [event.last_row_to_durable_s for event in stored],
    }


def last_block_bytes(rows: int, columns: int) -> int:
    """As the driver cuts the image into blocks of whole lines."""
    lines = min(BLOCK_BYTES_WANTED // (2 * columns), LINES_PER_BLOCK_MAX)
    return 2 * columns * (rows % lines or lines)


def _next(events: "queue.Queue[Event]", kind: type) -> Event:
    while True:
        event = events.get(timeout=WAIT_S)
        if isinstance(event, ScanFailed) or (isinstance(event, NotSent) and kind is Sent):
            raise SystemExit(str(event.sentence))
        if isinstance(event, kind):
            return event


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--archive-port", type=int, default=1)
    parser.add_argument("--films", type=int, default=1)
    parser.add_argument("--send", action="store_true")
    parser.add_argument("--no-queue", action="store_true")
    parser.add_argument("--width-in", type=int, default=14)
    parser.add_argument("--height-in", type=int, default=17)
    parser.add_argument("--dpi", type=int, default=600)
    given = parser.parse_args()
    film = noise_film(given.width_in * given.dpi, given.height_in * given.dpi, given.dpi)
    found = scan(
        given.folder,
        film,
        given.archive_port,
        given.films,
        send=given.send,
        queue_it=not given.no_queue,
    )
    print(json.dumps(found))
