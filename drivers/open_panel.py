"""The panel and the barcode reader that the configuration names."""

from contextlib import ExitStack

from drivers.barcode_reader_serial import SerialBarcodeReader
from drivers.panel_display import open_display
from drivers.panel_gpio import GpioPanel, pin_factory
from drivers.panel_keyboard import KeyboardPanel
from hal.clock import Clock
from hal.panel_settings import BarcodeSettings, PanelSettings


def open_panel(
    settings: PanelSettings, language: str, clock: Clock, opened: ExitStack
) -> GpioPanel | KeyboardPanel:
    """Raises ConfigError for a pin used twice, DeviceUnavailable for pins out of reach."""
    if settings.kind == "keyboard":
        keyboard = KeyboardPanel(language, clock=clock)
        opened.callback(keyboard.close)
        return keyboard
    factory = pin_factory(settings.pin_factory)
    opened.callback(factory.close)
    display = open_display(settings.display, language) if settings.display else None
    panel = GpioPanel(settings, clock, factory, display)
    opened.callback(panel.close)
    return panel


def open_barcode_reader(
    settings: BarcodeSettings | None, clock: Clock, opened: ExitStack
) -> SerialBarcodeReader | None:
    """One that is not plugged in says so when a code is asked for."""
    if settings is None:
        return None
    reader = SerialBarcodeReader(settings, clock)
    opened.callback(reader.close)
    return reader
