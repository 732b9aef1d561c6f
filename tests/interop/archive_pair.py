"""The driver with a simulated archive, for tests, and what became of what it sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.dicom_address import ArchiveAddress, Timeouts
from drivers.dicom_file import BLOCK_BYTES
from drivers.dicom_peer import DicomArchive
from hal.archive import InstanceFile, StoreOutcome
from hal.errors import (
    NodeError,
    PeerRefused,
    PeerRetryable,
    StorageCorrupt,
    StorageFailed,
)
from sim.archive_faults import (
    NO_FAULTS,
    ArchiveFaults,
)
from sim.archive_peer import SimulatedArchive
from tests.instances import instance_file

SHORT = Timeouts(connect_s=5, association_s=5, send_s=5, response_s=1, release_s=1, linger_s=0.2)


@contextmanager
def simulated(
    folder: Path, faults: ArchiveFaults = NO_FAULTS
) -> Iterator[tuple[SimulatedArchive, DicomArchive]]:
    with SimulatedArchive(folder / "archive", faults) as peer:
        yield peer, reached(ArchiveAddress(peer.ae_title, peer.host, peer.port))


def reached(address: ArchiveAddress) -> DicomArchive:
    return DicomArchive(address, listen_port=None, timeouts=SHORT)


def many_blocks(path: Path) -> InstanceFile:
    """Long enough that most of it is sent before its digest is known."""
    return instance_file(path, rows=1024, columns=2 * BLOCK_BYTES // 1024)


WHO_ACTS = (PeerRetryable, PeerRefused, StorageCorrupt, StorageFailed)


def kind(error: NodeError | None) -> type[NodeError] | None:
    return next((kind for kind in WHO_ACTS if isinstance(error, kind)), error and type(error))


def kinds(outcomes: list[StoreOutcome]) -> list[type[NodeError] | None]:
    return [kind(outcome.error) for outcome in outcomes]
