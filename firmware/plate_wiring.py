"""Reading of plates, put together of configuration and devices."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from firmware.config import NodeConfig
from firmware.config_cassette import CassetteReaderSection
from firmware.events import Listener
from firmware.imaging.plate_calibration import PlateCalibrationFile, load_plate_calibration
from firmware.index.database import Database
from firmware.index.plate_reads import PlateReads
from firmware.plate_acquisition import PlateAcquisition
from firmware.plate_reading import PlateReading, PlateSettings
from firmware.reconciliation_wiring import station_of
from firmware.recording import Recording
from firmware.runtime import Channel
from firmware.store import Store
from hal.cassette_reader import CassetteReader
from hal.devices import Devices

SIMULATED = CassetteReaderSection(port="simulated")
"""What a reader is used with that the configuration does not name: a simulated one."""


def plate_acquisition(
    config: NodeConfig,
    devices: Devices,
    reader: CassetteReader,
    store: Store,
    database: Database,
    recording: Recording,
    turns: Channel[bool],
    tell: Listener,
    is_stopping: Callable[[], bool],
) -> PlateAcquisition:
    """`recording` is over the same database. Raises ConfigError."""
    clock, entropy = devices.clock, devices.entropy
    reading = PlateReading(
        reader=reader,
        store=store,
        reads=PlateReads(database, recording.catalogue, clock, entropy),
        recording=recording,
        clock=clock,
        settings=plate_settings(config),
        listener=tell,
        is_stopping=is_stopping,
    )
    return PlateAcquisition(reading, entropy, turns)


def plate_settings(config: NodeConfig) -> PlateSettings:
    section = config.cassette_reader or SIMULATED
    return PlateSettings(
        pitch_um=section.pitch_um,
        gain_thousandths=round(1000 * section.gain),
        station=station_of(config),
        timezone=config.station.zone,
        calibration=_calibration(section),
        target_index=section.target_index or None,
        ghost_h=section.ghost_hours,
    )


def _calibration(section: CassetteReaderSection) -> PlateCalibrationFile | None:
    if not section.calibration:
        return None
    made = load_plate_calibration(Path(section.calibration))
    return made if section.flat_field else replace(made, flat=None)
