"""Other people's archives as separate programs, on free ports of the loopback, always ended."""

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from pydicom import Dataset, dcmread

from drivers.dicom_peer import ArchiveAddress
from tests.conftest import debian_program

START_S = 60.0  # of a process on a busy machine: only a failing test waits so long
END_S = 10.0
POLL_S = 0.02


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(holds: Callable[[], Any], what: str, deadline_s: float = START_S) -> Any:
    """The first true value of `holds`, asked again and again until the deadline."""
    ends_s = time.monotonic() + deadline_s
    while True:
        found = holds()
        if found:
            return found
        assert time.monotonic() < ends_s, f"not within {deadline_s:g} s: {what}"
        time.sleep(POLL_S)


def listens(port: int) -> bool:
    """Read from the kernel's table: connecting would look like an association to the peer."""
    wanted = f":{port:04X}"
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    rows = (line.split() for table in tables for line in table.read_text().splitlines()[1:])
    return any(row[1].endswith(wanted) and row[3] == "0A" for row in rows)


def program(name: str) -> str:
    found = debian_program(name)
    assert found, f"{name} is not installed"
    return str(found)


@contextmanager
def running(command: list[str], port: int, log: Path, **environment: str) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env=os.environ | environment
        )
        try:
            wait_until(lambda: listens(port) or process.poll() is not None, f"{command[0]} listens")
            assert process.poll() is None, log.read_text(errors="replace")
            yield
        finally:
            process.terminate()
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def storescp(folder: Path, *options: str, no_delay: bool = False) -> Iterator[ArchiveAddress]:
    """dcmtk's storage SCP, writing into `folder`."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    command = [program("storescp"), "--output-directory", str(folder), *options, str(port)]
    environment = {"TCP_NODELAY": "1" if no_delay else "0"}
    with running(command, port, folder.with_suffix(".log"), **environment):
        yield ArchiveAddress("STORESCP", "127.0.0.1", port)


@dataclass(frozen=True)
class Orthanc:
    address: ArchiveAddress
    url: str

    @property
    def dicom_web(self) -> str:
        """Where its plug-in serves, if it is among the `options`."""
        return f"{self.url}/dicom-web"

    def rest(self, path: str) -> bytes:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as answer:
            return bytes(answer.read())

    def instances(self) -> list[Dataset]:
        names = json.loads(self.rest("/instances"))
        return [dcmread(BytesIO(self.rest(f"/instances/{name}/file"))) for name in names]

    def remove_all(self) -> None:
        for name in json.loads(self.rest("/instances")):
            request = urllib.request.Request(f"{self.url}/instances/{name}", method="DELETE")
            urllib.request.urlopen(request, timeout=10).close()


@contextmanager
def orthanc(folder: Path, node_port: int, **options: object) -> Iterator[Orthanc]:
    """Orthanc with its storage commitment SCP, which knows SAPI_NODE at `node_port`; `options`
    go into its configuration."""
    dicom_port, http_port = free_port(), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    configuration = {
        "Name": "test archive",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "Plugins": [],
        "DicomAet": "ORTHANC",
        "DicomPort": dicom_port,
        "DicomCheckCalledAet": True,
        "HttpPort": http_port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomModalities": {
            "node": {
                "AET": "SAPI_NODE",
                "Host": "127.0.0.1",
                "Port": node_port,
                "AllowStorageCommitment": True,
            }
        },
    } | options
    path = folder / "orthanc.json"
    path.write_text(json.dumps(configuration))
    with running([program("Orthanc"), str(path)], dicom_port, folder / "orthanc.log"):
        peer = Orthanc(
            ArchiveAddress("ORTHANC", "127.0.0.1", dicom_port), f"http://127.0.0.1:{http_port}"
        )
        wait_until(lambda: listens(http_port), "Orthanc's REST")
        yield peer


@contextmanager
def dcmqrscp(folder: Path, *options: str) -> Iterator[ArchiveAddress]:
    """dcmtk's archive, which keeps what it is sent and gives it back by C-GET."""
    port = free_port()
    storage = folder / "storage"
    storage.mkdir(parents=True)
    configuration = folder / "dcmqrscp.cfg"
    configuration.write_text(
        f"NetworkTCPPort = {port}\n"
        "MaxPDUSize = 16384\n"
        "MaxAssociations = 16\n"
        "HostTable BEGIN\nHostTable END\n"
        "VendorTable BEGIN\nVendorTable END\n"
        f"AETable BEGIN\nDCMQRSCP {storage} RW (200, 1024mb) ANY\nAETable END\n"
    )
    command = [program("dcmqrscp"), *options, "--config", str(configuration), str(port)]
    with running(command, port, folder / "dcmqrscp.log"):
        yield ArchiveAddress("DCMQRSCP", "127.0.0.1", port)
