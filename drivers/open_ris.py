"""The RIS of the configuration: its worklist, and whom procedure steps are told."""

from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

from drivers.dicom_address import ArchiveAddress, Timeouts, checked_ae_title
from drivers.dicom_mpps import DicomProcedureSteps
from drivers.dicom_ris import Ris
from drivers.dicom_worklist import DicomWorklist
from drivers.system_clock import SystemClock
from drivers.tls_line import TlsPeer
from drivers.wire.worklist_query import WorklistFilter
from drivers.worklist_file import NoWorklist, WorklistFile
from hal.archive import Worklist
from hal.devices import DeviceSettings, RisSettings
from hal.procedure_step import ProcedureStepPeer

TIMEOUTS = Timeouts(response_s=30)
"""A RIS looks into a table: one that takes longer is asked again in a minute."""


def open_worklist(settings: DeviceSettings) -> Worklist:
    """Nothing to close: each reading has its own association. Raises ConfigError."""
    if settings.worklist is not None:
        wanted = WorklistFilter(settings.worklist_station_ae_title, settings.worklist_modality)
        return DicomWorklist(_ris(settings, settings.worklist), wanted, _today(settings))
    return WorklistFile(settings.worklist_file) if settings.worklist_file else NoWorklist()


def open_procedure_steps(settings: DeviceSettings) -> ProcedureStepPeer | None:
    if settings.procedure_steps is None:
        return None
    return DicomProcedureSteps(_ris(settings, settings.procedure_steps))


def _ris(settings: DeviceSettings, one: RisSettings) -> Ris:
    tls = TlsPeer(one.tls) if one.tls else None
    address = ArchiveAddress(one.ae_title, one.host, one.port)
    return Ris(address, checked_ae_title(settings.ae_title), TIMEOUTS, tls)


def _today(settings: DeviceSettings) -> Callable[[], date]:
    """In the hospital's time zone: after midnight in Paris it is tomorrow's list."""
    zone, clock = ZoneInfo(settings.timezone), SystemClock()
    return lambda: clock.now().astimezone(zone).date()
