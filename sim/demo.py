"""One press, one film or plate, safe in two places: the whole node on simulated devices, once.

The node is the product's own; what is simulated is the scanner behind its real USB driver, the
cassette reader at the other end of a real serial line, the panel, the order and, unless one is
named, the archive.
"""

import queue
from contextlib import ExitStack

from firmware.config import NodeConfig
from firmware.events import CommitmentAsked, Committed, Event, Listener, Sent, Stored
from firmware.node import Node
from firmware.panel_screens import NO_ORDERS
from firmware.plate_events import PlateErased
from firmware.wiring import device_settings
from hal.clock import Clock
from hal.devices import Devices
from hal.panel import Button, Lamp, Screen
from sim.backend import open_simulated
from sim.demo_plan import DemoPlan, demo_config
from sim.demo_plate import NO_FILM, plate_in_reader
from sim.demo_result import DemoResult
from sim.films import open_film
from sim.panel_device import SimulatedPanel

READY_S = 30.0  # for the orders to be there
LOOK_S = 0.01
WAKE_S = 0.5  # so often is looked whether the archive's time is up


def run_demo(plan: DemoPlan, listener: Listener) -> DemoResult:
    """Press SCAN, and wait until the archive has committed or there is a reason why not; of a
    plate also until it is erased. Raises ConfigError and StorageError."""
    events: queue.Queue[Event] = queue.Queue()

    def hear(event: Event) -> None:
        listener(event)
        events.put(event)

    with ExitStack() as opened:
        config, devices = _open(plan, opened)
        opened.callback(devices.close)
        node = Node(config, devices, hear)
        opened.callback(node.stop)
        node.start()
        result = DemoResult(is_plate=plan.plate is not None)
        return _press_and_follow(result, devices, events, plan.wait_s)


def _open(plan: DemoPlan, opened: ExitStack) -> tuple[NodeConfig, Devices]:
    """A plate in the reader and no film scanner, or a film on the scanner and no reader."""
    if plan.plate is None:
        config = demo_config(plan, open_film(plan.film, plan.film_dpi), None)
        return config, open_simulated(device_settings(config))[0]
    reader = opened.enter_context(plate_in_reader(plan.plate, plan))
    config = demo_config(plan, NO_FILM, reader)
    devices, scanner = open_simulated(device_settings(config), film=NO_FILM)
    scanner.unplug()
    return config, devices


def _press_and_follow(
    result: DemoResult, devices: Devices, events: "queue.Queue[Event]", wait_s: float
) -> DemoResult:
    clock, panel = devices.clock, devices.panel
    pressed_s = clock.monotonic_s()
    assert isinstance(panel, SimulatedPanel)  # noqa: S101 -- open_simulated made it
    _choose_and_confirm(panel, clock)
    stored_s = asked_s = deadline_s = float("inf")
    while not result.is_over:
        try:
            event = events.get(timeout=min(wait_s, WAKE_S))
        except queue.Empty:
            if clock.monotonic_s() > deadline_s:
                result.time_is_up(wait_s)
            continue
        if result.is_of_another(event):
            continue
        now_s = clock.monotonic_s()
        result.take(event)
        match event:
            case Stored():
                stored_s, deadline_s = now_s, now_s + wait_s
            case Sent():
                deadline_s = now_s + wait_s
            case CommitmentAsked():
                asked_s = now_s
            case Committed():
                result.commit_s = now_s - asked_s
            case PlateErased():
                result.erase_s = now_s - stored_s
            case _:
                pass
        result.times_s.append((type(event).__name__, now_s - pressed_s))
    return result


def _choose_and_confirm(panel: SimulatedPanel, clock: Clock) -> None:
    """SCAN for each thing that the display says, until it scans."""
    deadline_s = clock.monotonic_s() + READY_S
    pressed: Screen | None = None
    while not panel.lamps.get(Lamp.WORKING) and clock.monotonic_s() < deadline_s:
        screen = panel.screens[-1] if panel.screens else None
        if screen is not None and screen.message != NO_ORDERS and screen is not pressed:
            panel.press(Button.SCAN)
            pressed = screen
        clock.sleep(LOOK_S)
