"""The one place that knows which devices there are: it loads a backend by its name."""

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from typing import cast

from firmware.config import NodeConfig
from firmware.config_ris import RisSection
from hal.archive import Archive
from hal.cassette_reader import CassetteReader
from hal.clock import Clock
from hal.devices import (
    ArchiveSettings,
    Backend,
    BandwidthLimit,
    Devices,
    DeviceSettings,
    RisSettings,
    StoreDevices,
)
from hal.disk import Disk
from hal.errors import Sentence
from hal.storage_array import StorageArray
from hal.tls import TlsSettings
from hal.values import DailySpan


def device_settings(config: NodeConfig) -> DeviceSettings:
    def named(text: str) -> Path | None:
        return Path(text) if text else None

    station = config.worklist.query_station_ae_title
    return DeviceSettings(
        store_root=Path(config.store.path),
        ae_title=config.station.ae_title,
        listen_host=config.station.listen_host,
        listen_port=config.station.listen_port,
        listen_tls_port=config.station.listen_tls_port,
        archives=tuple(archive_settings(config, name) for name in config.archives),
        timezone=config.station.timezone,
        language=config.station.language,
        worklist_file=named(config.worklist.file),
        worklist=ris_settings(config, config.worklist),
        worklist_station_ae_title=config.station.ae_title if station is None else station,
        worklist_modality=config.worklist.query_modality,
        procedure_steps=ris_settings(config, config.procedure_steps),
        panel=config.panel.settings,
        cassette_reader=config.cassette_reader.settings if config.cassette_reader else None,
        plate_file=named(config.sim.plate),
        film_file=named(config.sim.film),
        film_dpi=config.sim.film_dpi,
    )


def ris_settings(config: NodeConfig, section: RisSection) -> RisSettings | None:
    """None: there is no RIS for this."""
    if not section.ae_title or not section.port:
        return None
    files = config.tls
    tls = None
    if section.tls and files is not None:
        paths = (Path(files.certificate), Path(files.key), Path(files.trusted))
        tls = TlsSettings(*paths, host_name=section.tls_host_name)
    return RisSettings(section.ae_title, section.host, section.port, tls)


def archive_settings(config: NodeConfig, name: str) -> ArchiveSettings:
    archive, files = config.archives[name], config.tls
    tls = None
    if archive.tls and files is not None:
        paths = (Path(files.certificate), Path(files.key), Path(files.trusted))
        tls = TlsSettings(*paths, host_name=archive.tls_host_name)
    return ArchiveSettings(
        name=name,
        ae_title=archive.ae_title or "",
        host=archive.host,
        port=archive.port or 0,
        url=archive.url,
        user=archive.user,
        secret=Path(archive.secret_file) if archive.secret_file else None,
        tls=tls,
        bandwidth=tuple(
            BandwidthLimit(DailySpan(one.time_from, one.time_until), one.kbit_s)
            for one in archive.bandwidth
        ),
        reports=archive.commitment == "n-action",
    )


def open_devices(config: NodeConfig) -> Devices:
    """`drivers.backend` or `sim.backend`, as the configuration says."""
    return _backend(config).open_devices(device_settings(config))


def open_clock(config: NodeConfig) -> Clock:
    return _backend(config).open_clock()


def open_archive_alone(config: NodeConfig, name: str) -> Archive:
    """To ask it something from a command; its reports go to the node."""
    return _backend(config).open_archive_alone(device_settings(config), name)


def open_archives_alone(config: NodeConfig) -> dict[str, Archive]:
    """By destination."""
    return {name: open_archive_alone(config, name) for name in config.archives}


def open_spool(config: NodeConfig) -> Disk:
    """To lay files down in `import/`, beside a node or not."""
    return _backend(config).open_spool(device_settings(config))


@contextmanager
def open_store(config: NodeConfig) -> Generator[StoreDevices]:
    """The store alone, for a command while no node runs. Raises StorageInUse."""
    devices = _backend(config).open_store(device_settings(config))
    try:
        yield devices
    finally:
        devices.disk.unlock()


def open_cassette_reader_alone(
    config: NodeConfig,
) -> AbstractContextManager[CassetteReader | None]:
    """The reader alone, for a command while no node runs. None: none is configured."""
    return _backend(config).open_cassette_reader_alone(device_settings(config))


def open_storage_array(config: NodeConfig) -> StorageArray | Sentence:
    """The array alone, for a command beside a node that runs; or why there is none."""
    return _backend(config).open_storage_array(device_settings(config))


def _backend(config: NodeConfig) -> Backend:
    return cast(Backend, import_module(f"{config.backend}.backend"))
