"""The archives of the configuration, each by its own protocol, and one port for their reports.

Two ports where some speak TLS and others do not: a port cannot do both (PS3.15 B.12).
"""

from collections import defaultdict
from contextlib import ExitStack
from zoneinfo import ZoneInfo

from drivers.bandwidth import LimitedLine
from drivers.dicom_commitment import ReportQueue
from drivers.dicom_listener import ReportListener
from drivers.dicom_peer import ArchiveAddress, DicomArchive
from drivers.dicomweb import WebArchive
from drivers.system_clock import SystemClock
from hal.archive import Archive
from hal.devices import ArchiveSettings, DeviceSettings
from hal.web_archive import WebAddress


def open_archives(settings: DeviceSettings, opened: ExitStack) -> dict[str, Archive]:
    """Closed with `opened`. Raises ConfigError, PeerRefused (certificate files)."""
    queues = {one.name: ReportQueue() for one in settings.archives if not one.url}
    archives: dict[str, Archive] = {}
    for one in settings.archives:
        archive = _open(settings, one, queues.get(one.name))
        opened.callback(archive.close)
        archives[one.name] = archive
    for with_tls in (False, True):
        _listen(settings, queues, opened, with_tls=with_tls)
    return archives


def open_archive_alone(settings: DeviceSettings, name: str) -> Archive:
    """For a command beside a node: nothing listens."""
    (one,) = (each for each in settings.archives if each.name == name)
    return _open(settings, one, None)


def _open(
    settings: DeviceSettings, one: ArchiveSettings, reports: ReportQueue | None
) -> DicomArchive | WebArchive:
    throttle = None
    if one.bandwidth:
        throttle = LimitedLine(one.bandwidth, ZoneInfo(settings.timezone), SystemClock())
    if one.url:
        return WebArchive(WebAddress(one.url, one.user, one.secret), tls=one.tls, throttle=throttle)
    address = ArchiveAddress(one.ae_title, one.host, one.port)
    return DicomArchive(
        address,
        settings.ae_title,
        listen_port=None,
        tls=one.tls,
        reports=reports,
        throttle=throttle,
    )


def _listen(
    settings: DeviceSettings, queues: dict[str, ReportQueue], opened: ExitStack, *, with_tls: bool
) -> None:
    ours = [one for one in settings.archives if not one.url and (one.tls is not None) == with_tls]
    if not ours:
        return
    reporters: defaultdict[str, tuple[ReportQueue, ...]] = defaultdict(tuple)
    for one in ours:
        reporters[one.ae_title] += (queues[one.name],) if one.reports else ()
    listener = ReportListener(
        settings.ae_title,
        settings.listen_host,
        settings.listen_tls_port if with_tls else settings.listen_port,
        reporters,
        ours[0].tls,
    )
    opened.callback(listener.close)
