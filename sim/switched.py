"""What can be switched wrong while a node runs on it: archive, RIS, disks, their array."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from drivers.posix_disk import FULL, PosixDisk
from hal.disk import Buffer, FileWriter
from hal.errors import ConfigError, StorageFull
from hal.storage_array import Progress
from hal.values import Order, Uid
from sim.archive_faults import NO_FAULTS, ArchiveFaults
from sim.archive_peer import SimulatedArchive
from sim.archive_vault import Vault
from sim.ris_peer import NO_RIS_FAULTS, RisFaults, SimulatedRis
from sim.ris_steps import StepsKept, ToldStep
from sim.seeded_array import NOT_HERE, SeededArray


class SwitchedArchive:
    """One archive at one port, down and up again; it keeps what it has."""

    def __init__(
        self, folder: Path, report_to: tuple[str, str, int], ae_title: str, port: int = 0
    ) -> None:
        self.ae_title = ae_title
        self._folder, self._report_to = folder, report_to
        opened = self._opened(NO_FAULTS, port)
        self.port = opened.port
        self._archive: SimulatedArchive | None = opened

    def be(self, faults: ArchiveFaults | None) -> None:
        """None: nobody listens there."""
        self.close()
        if faults is not None:
            self._archive = self._opened(faults, self.port)

    def _opened(self, faults: ArchiveFaults, port: int) -> SimulatedArchive:
        return SimulatedArchive(
            self._folder,
            faults,
            ae_title=self.ae_title,
            port=port,
            report_to=self._report_to,
        ).start()

    def instances(self) -> dict[Uid, str]:
        """SOP Instance UID -> SHA-256 of its Pixel Data, of all that it keeps."""
        return Vault(self._folder).pixel_digests()

    def close(self) -> None:
        if self._archive is not None:
            self._archive.close()
            self._archive = None


class SwitchedRis:
    """One RIS at one port, down and up again; it keeps what MPPS told it while this lives."""

    def __init__(self, orders: tuple[Order, ...], ae_title: str, port: int = 0) -> None:
        self.ae_title = ae_title
        self._orders, self._steps = orders, StepsKept()
        opened = self._opened(NO_RIS_FAULTS, port)
        self.port = opened.port
        self._ris: SimulatedRis | None = opened

    def be(self, faults: RisFaults | None) -> None:
        """None: nobody listens there."""
        self.close()
        if faults is not None:
            self._ris = self._opened(faults, self.port)

    def _opened(self, faults: RisFaults, port: int) -> SimulatedRis:
        return SimulatedRis(
            self._orders, self._steps, faults, ae_title=self.ae_title, port=port
        ).start()

    def told(self) -> tuple[ToldStep, ...]:
        return self._steps.told()

    def close(self) -> None:
        if self._ris is not None:
            self._ris.close()
            self._ris = None


class SwitchedDisk(PosixDisk):
    is_full = False

    def free_bytes(self) -> int:
        return 0 if self.is_full else super().free_bytes()

    @contextmanager
    def create(self, path: str) -> Iterator[FileWriter]:
        with super().create(path) as writer:
            yield _Writer(writer, lambda: self.is_full)


@dataclass(frozen=True)
class _Writer:
    writer: FileWriter
    is_full: Callable[[], bool]

    def write(self, data: Buffer) -> None:
        if self.is_full():
            raise StorageFull(FULL)
        self.writer.write(data)

    def settle(self) -> None:
        self.writer.settle()

    def sync(self) -> None:
        self.writer.sync()

    def close(self) -> None:
        self.writer.close()


class SwitchedArray(SeededArray):
    """Two disks; the second one can be pulled out. What is to be done about it is the person's,
    by the switch: there is no array behind it to mend."""

    def scrub(self) -> Iterator[Progress]:
        raise ConfigError(NOT_HERE)

    def replace(
        self,
        member: str,  # noqa: ARG002 -- the port's
        new_device: str,  # noqa: ARG002
        force: bool = False,  # noqa: ARG002
    ) -> Iterator[Progress]:
        raise ConfigError(NOT_HERE)

    def mirror(self) -> Iterator[Progress]:
        raise ConfigError(NOT_HERE)
