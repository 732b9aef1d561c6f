"""The simulated archive's C-GET (PS3.4 C.4.3): it gives back what it holds, or as a fault says."""

from collections.abc import Iterator

from pydicom import Dataset
from pynetdicom import evt

from sim.archive_faults import ArchiveFaults
from sim.archive_vault import Vault

STUDY_ROOT_GET = "1.2.840.10008.5.1.4.1.2.2.3"
PENDING = 0xFF00
SUCCESS = 0x0000
INVALID_IDENTIFIER = 0xA900
LEVELS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")

Answer = int | tuple[int, Dataset | None]


def instances(event: evt.Event, vault: Vault, faults: ArchiveFaults) -> Iterator[Answer]:
    """As pynetdicom asks for it: the number of sub-operations, then each with its data set."""
    keys = event.identifier
    if faults.retrieve_status is not None:
        yield 1  # pynetdicom asks for it before it takes a status
        yield faults.retrieve_status, None
        return
    if any(level not in keys for level in LEVELS):
        yield 1
        yield INVALID_IDENTIFIER, None
        return
    found = None if faults.retrieve_nothing else held(vault, keys)
    if found is None:
        yield 0
        return
    if faults.retrieve_altered:
        found.PatientComments = "altered"
    yield 1
    yield PENDING, found


def held(vault: Vault, keys: Dataset) -> Dataset | None:
    """None: not here, or not in that study and series."""
    instance = vault.read(str(keys.SOPInstanceUID))
    if instance is None:
        return None
    same = all(instance.get(level) == keys.get(level) for level in LEVELS)
    return instance if same else None
