"""`[cassette_reader]` of the configuration."""

from pydantic import Field

from firmware.config_section import Section
from hal.devices import CassetteReaderSettings


class CassetteReaderSection(Section):
    port: str = Field(min_length=1)
    """/dev/serial/by-id/...: the name stays when it is put into another socket."""
    baud: int = Field(default=0, ge=0, le=4_000_000)
    """Of a plain UART; 0: as fast as it comes (USB, TCP)."""
    pitch_um: int = Field(default=100, ge=25, le=400)
    gain: float = Field(default=1.0, ge=0.1, le=10.0)
    calibration: str = ""
    """A file that `sapi-node calibrate-plate` wrote; empty: no exposure index."""
    flat_field: bool = False
    """Whether its flat field and dead pixels are laid on: stored pixels are corrected ones then."""
    target_index: float = Field(default=0.0, ge=0.0, le=100_000.0)
    """Target Exposure Index; 0: none is set here, and no deviation is said."""
    ghost_hours: float = Field(default=24.0, ge=0.0)
    """A plate that was erased longer ago is warned of; 0: never."""

    @property
    def settings(self) -> CassetteReaderSettings:
        return CassetteReaderSettings(self.port, self.baud)
