"""Hands the barcode reader's codes to the panel: a reader that fails is no reason to stop it."""

from dataclasses import dataclass

from firmware.runtime import Channel
from hal.barcode_reader import BarcodeReader

CODE_WAIT_S = 0.5


@dataclass
class CodeWorker:
    reader: BarcodeReader
    codes: Channel[str]

    def step(self) -> float:
        if code := self.reader.next_code(CODE_WAIT_S):
            self.codes.put(code)
        return 0.0
