"""A barcode reader at the panel: wristbands and order numbers."""

from typing import Protocol


class BarcodeReader(Protocol):
    def next_code(self, timeout_s: float) -> str | None:
        """The next whole code, without its framing; None after `timeout_s`."""
