"""The panel that the configuration names."""

import io
import sys
from contextlib import ExitStack

import pytest

from drivers.open_panel import open_barcode_reader, open_panel
from drivers.panel_gpio import GpioPanel
from drivers.panel_keyboard import KeyboardPanel
from drivers.system_clock import SystemClock
from hal.errors import DeviceUnavailable
from hal.panel import Lamp
from hal.panel_settings import BarcodeSettings, PanelSettings


def test_each_kind_is_opened_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    for settings, kind in [
        (PanelSettings(), KeyboardPanel),
        (PanelSettings(kind="gpio", pin_factory="mock", display=""), GpioPanel),
    ]:
        with ExitStack() as opened:
            panel = open_panel(settings, "fr", SystemClock(), opened)
            assert isinstance(panel, kind)
            panel.light(Lamp.READY, True)


def test_a_machine_without_pins_says_so() -> None:
    settings = PanelSettings(kind="gpio")
    with ExitStack() as opened, pytest.raises(DeviceUnavailable, match=r"sapi-node\[board\]"):
        open_panel(settings, "fr", SystemClock(), opened)


def test_a_reader_that_is_not_there_stops_no_start() -> None:
    with ExitStack() as opened:
        assert open_barcode_reader(None, SystemClock(), opened) is None
        settings = BarcodeSettings("/dev/serial/by-id/none")
        reader = open_barcode_reader(settings, SystemClock(), opened)
        assert reader is not None
        with pytest.raises(DeviceUnavailable, match="by-id/none"):
            reader.next_code(0.0)
