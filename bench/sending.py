"""Sending to an archive: this node against dcmtk's storescu, both to dcmtk's storescp.

Every round starts a fresh storescp and changes who goes first; the figure is the median of the
rounds. Ours keeps reading each file whole and holding it against its digest; storescu checks
nothing. storescp receives and does not write (`--ignore`), the same for both.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from bench.figure import Figure, Wanted
from drivers.dicom_peer import ArchiveAddress, DicomArchive
from hal.archive import InstanceFile
from tests.instances import instance_file
from tests.peers import storescp

ROUNDS = 3
STORESCU = "/usr/bin/storescu"


@dataclass(frozen=True)
class Load:
    name: str
    count: int
    rows: int
    columns: int
    unit: str
    at_least: float
    at_least_tuned: float

    def rate(self, seconds: float, size_bytes: int) -> float:
        return size_bytes / seconds / 1e6 if self.unit == "MB/s" else self.count / seconds


LOADS = (
    Load("100 x 30 MB", 100, 3750, 4000, "MB/s", 1.2, 1.0),
    Load("500 x 0.5 MB", 500, 500, 500, "instances/s", 5.0, 1.0),
)
"""Films, and what a forwarder catches up with after an outage."""


@dataclass(frozen=True)
class Setting:
    """Of both dcmtk programs."""

    options: tuple[str, ...]
    no_delay: bool


AS_INSTALLED = Setting((), no_delay=False)
AT_ITS_BEST = Setting(("--max-pdu", "131072"), no_delay=True)


def figures() -> Iterator[Figure]:
    for load in LOADS:
        with tempfile.TemporaryDirectory(prefix="sending-") as name:
            folder = Path(name)
            files = written(folder, load)
            installed = Rates(*measured(folder, files, load, AS_INSTALLED))
            yield Figure(
                f"send {load.name} to storescp",
                installed.ours,
                load.unit,
                "storescu, as installed",
                installed.storescu,
                Wanted.AT_LEAST,
                load.at_least,
            )
            tuned = Rates(*measured(folder, files, load, AT_ITS_BEST))
            yield Figure(
                f"send {load.name}, dcmtk at its best",
                tuned.ours,
                load.unit,
                "storescu, TCP_NODELAY=1, PDU 128k",
                tuned.storescu,
                Wanted.AT_LEAST,
                load.at_least_tuned,
            )


@dataclass(frozen=True)
class Rates:
    ours: float
    storescu: float


def written(folder: Path, load: Load) -> list[InstanceFile]:
    """Distinct files and UIDs: archives and caches treat a repeated one differently."""
    sent = folder / "sent"
    sent.mkdir()
    return [
        instance_file(sent / f"{number:03}.dcm", rows=load.rows, columns=load.columns)
        for number in range(load.count)
    ]


def measured(
    folder: Path, files: list[InstanceFile], load: Load, setting: Setting
) -> tuple[float, float]:
    """Median rates, ours and storescu's."""
    size_bytes = sum(file.size_bytes for file in files)
    senders: list[Callable[[ArchiveAddress], None]] = [
        lambda address: send_ours(address, files),
        lambda address: send_storescu(address, folder / "sent", setting),
    ]
    rates: list[list[float]] = [[], []]
    for number in range(ROUNDS):
        for which in (0, 1) if number % 2 else (1, 0):
            with receiving(folder, setting) as address:
                seconds = timed(partial(senders[which], address))
            rates[which].append(load.rate(seconds, size_bytes))
    return median(rates[0]), median(rates[1])


def receiving(folder: Path, setting: Setting) -> AbstractContextManager[ArchiveAddress]:
    options = ("--ignore", *setting.options)
    return storescp(folder / "received", *options, no_delay=setting.no_delay)


def timed(run: Callable[[], None]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def send_ours(address: ArchiveAddress, files: list[InstanceFile]) -> None:
    outcomes = list(DicomArchive(address, listen_port=None).store(files))
    stored = sum(outcome.status == 0 for outcome in outcomes)
    assert stored == len(files), f"{stored} of {len(files)} stored"


def send_storescu(address: ArchiveAddress, folder: Path, setting: Setting) -> None:
    command = [STORESCU, *setting.options, "-aec", address.ae_title]
    environment = os.environ | {"TCP_NODELAY": "1" if setting.no_delay else "0"}
    subprocess.run(
        [*command, address.host, str(address.port), "+sd", str(folder)],
        check=True,
        env=environment,
    )
