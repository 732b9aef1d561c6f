"""A node in a process of its own whose panel is pressed by switches that bounce: what `press`
measures. A press is timed from the first edge of its switch to the end of what it makes the panel
do; the films are large, and two lines of 100 Mbit/s are never free. No press changes a lamp while a
scan runs: then it is the answer on the display that is timed.
"""

import argparse
import json
import logging
import queue
import random
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event as Flag
from threading import Thread

from bench.film_node import noise_film
from drivers.system_clock import SystemClock
from firmware.config import (
    ArchiveSection,
    FilmSection,
    KeepingSection,
    NodeConfig,
    StationSection,
    StoreSection,
)
from firmware.config_archives import BandwidthSection
from firmware.config_panel import PanelSection
from firmware.events import Event, ScanFailed, Stored
from firmware.index.database import Database
from firmware.node import INDEX_NAME, Node
from firmware.wiring import device_settings
from hal.panel import Button, ButtonPress, Lamp, Panel, Screen, Sound
from sim.backend import open_simulated
from sim.free_port import free_port
from sim.panel_gpio_device import SimulatedGpioPanel

FILMS = 20  # 3.4 GB for as long as it runs
WAIT_S = 120.0
LINE_KBIT_S = 100_000
REST_S = (0.01, 0.12)
"""Between two presses: never in step with the worker's own wait of 50 ms."""
LAMP, ANSWER = "press to WORKING lamp, two sent", "press to answer, one scanned, two sent"
DPI = 600
Times = dict[str, list[float]]


@dataclass
class Timed:
    """The panel's own driver; what follows a press it took is the press's."""

    panel: Panel
    times: Times
    lit: Flag = field(default_factory=Flag)
    _pressed: ButtonPress | None = None
    _is_scanning: bool = False

    def next_press(self, timeout_s: float) -> ButtonPress | None:
        self._pressed = self.panel.next_press(timeout_s)
        return self._pressed

    def show(self, screen: Screen) -> None:
        self.panel.show(screen)
        if self._pressed is not None:
            if self._is_scanning and self._pressed.button is Button.NEXT:
                self._note(ANSWER)
            self._pressed = None

    def light(self, lamp: Lamp, on: bool) -> None:
        self.panel.light(lamp, on)
        if lamp is Lamp.WORKING:
            self._is_scanning = on
            if on and self._pressed is not None:
                self._note(LAMP)
            (self.lit.set if on else self.lit.clear)()

    def sound(self, sound: Sound) -> None:
        self.panel.sound(sound)

    def _note(self, what: str) -> None:
        assert self._pressed is not None
        assert self._pressed.pressed_s is not None
        self.times[what].append((time.monotonic() - self._pressed.pressed_s) * 1000)


def config_of(folder: Path, ports: list[int]) -> NodeConfig:
    archives = {
        f"line-{number}": ArchiveSection(
            ae_title="BENCH",
            host="127.0.0.1",
            port=port,
            commitment="none",
            compression="none",
            bandwidth=[BandwidthSection(kbit_s=LINE_KBIT_S)],
        )
        for number, port in enumerate(ports, 1)
    }
    return NodeConfig(
        backend="sim",
        station=StationSection(
            institution_name="Bench", listen_host="127.0.0.1", listen_port=free_port()
        ),
        store=StoreSection(path=str(folder / "node"), reserve_mib=0),
        keeping=KeepingSection(evict_below_mib=0, evict_until_mib=0),
        film=FilmSection(resolution_dpi=DPI),
        panel=PanelSection(look_s=0.0),
        archives=archives,
    )


def run(folder: Path, ports: list[int], *, start_only: bool) -> Times:
    config, clock = config_of(folder, ports), SystemClock()
    film = noise_film(14 * DPI, 17 * DPI, DPI)
    devices, _ = open_simulated(device_settings(config), clock, film)
    switches = SimulatedGpioPanel(clock)
    times: Times = defaultdict(list)
    timed = Timed(switches.panel, times)
    events: queue.Queue[Event] = queue.Queue()
    node = Node(config, replace(devices, panel=timed), events.put)
    node.start()
    try:
        _until_ready(switches)
        if start_only:
            print("READY", flush=True)
        else:
            _scan_and_press(switches, timed, events)
            _must_be_sending(folder, len(ports))
    finally:
        node.stop()
        switches.close()
        devices.close()
    return times


def _must_be_sending(folder: Path, lines: int) -> None:
    """Else it was measured beside lines that had nothing to do."""
    database = Database(folder / "node" / INDEX_NAME, read_only=True)
    try:
        left = database.rows("SELECT destination FROM outbox WHERE state <> 'sent' GROUP BY 1")
        if len(left) != lines:
            raise SystemExit("a line was free before the end")
    finally:
        database.close()


def _until_ready(switches: SimulatedGpioPanel) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while not switches.lamps[Lamp.READY]:
        if time.monotonic() > deadline_s:
            raise SystemExit("never READY")
        time.sleep(0.002)


def _scan_and_press(
    switches: SimulatedGpioPanel, timed: Timed, events: "queue.Queue[Event]"
) -> None:
    chance = random.Random(1)
    _scan(switches, timed, events, lambda: time.sleep(0.01))  # one is on its way to both
    timed.times.clear()
    handoff = Handoff(timed.times["handoff_ms"])

    def press_on() -> None:
        switches.press(Button.NEXT)
        handoff.hand_over()
        time.sleep(chance.uniform(*REST_S))

    for _ in range(FILMS):
        _scan(switches, timed, events, press_on)


def _scan(
    switches: SimulatedGpioPanel,
    timed: Timed,
    events: "queue.Queue[Event]",
    meanwhile: Callable[[], None],
) -> None:
    time.sleep(0.3)  # a person reads before the next press; the panel asks for it
    switches.press(Button.URGENT)
    if not timed.lit.wait(WAIT_S):
        raise SystemExit("the scan did not begin")
    while timed.lit.is_set():
        meanwhile()
    while True:
        event = events.get(timeout=WAIT_S)
        if isinstance(event, ScanFailed):
            raise SystemExit(str(event.sentence))
        if isinstance(event, Stored):
            return


class Handoff:
    """One thread gives another the time, under the same load as the panel."""

    def __init__(self, times: list[float]) -> None:
        self._times = times
        self._given: queue.Queue[float] = queue.Queue()
        Thread(target=self._take, daemon=True).start()

    def hand_over(self) -> None:
        self._given.put(time.monotonic())

    def _take(self) -> None:
        while True:
            given_s = self._given.get()
            self._times.append((time.monotonic() - given_s) * 1000)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    parser = argparse.ArgumentParser()
    parser.add_argument("--start-only", action="store_true")
    parser.add_argument("folder", type=Path)
    parser.add_argument("ports", type=int, nargs=2)
    given = parser.parse_args()
    found = run(given.folder, given.ports, start_only=given.start_only)
    if not given.start_only:
        print(json.dumps(found))
