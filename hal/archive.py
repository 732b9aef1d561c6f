"""The other hospital's systems: worklist, archive, and its promise to keep what it got."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from hal.disk import FileReader
from hal.errors import NodeError, Sentence
from hal.values import Order, SopReference, Uid


@dataclass(frozen=True)
class InstanceFile:
    """One DICOM file to send: what the index says of it, and how to read it."""

    reference: SopReference
    transfer_syntax_uid: Uid
    size_bytes: int
    sha256: str
    open: Callable[[], AbstractContextManager[FileReader]]
    xxh3: str = ""
    """XXH3-128 of the same bytes, taken when they were written; "": nobody did."""


@dataclass(frozen=True)
class StoreOutcome:
    """What became of one C-STORE: the response's own status, or why there was none."""

    reference: SopReference
    status: int | None
    """The response's Status (0000,0900); None when no response came."""
    error: NodeError | None
    """None: the archive has it. PeerRetryable, PeerRefused, or StorageCorrupt when the file
    was not what the index says (then nothing of it was delivered)."""
    warning: str = ""


@dataclass(frozen=True)
class FailedReference:
    reference: SopReference
    failure_reason: int
    """(0008,1197), PS3.3 C.14.1.1."""


@dataclass(frozen=True)
class CommitmentReport:
    """A Storage Commitment N-EVENT-REPORT (PS3.4 J.3.3), as it came: not yet believed."""

    transaction_uid: Uid
    committed: tuple[SopReference, ...]
    failed: tuple[FailedReference, ...]


@dataclass(frozen=True)
class Wanted:
    """An instance to have back, with the keys of all the levels above it (PS3.4 C.4.3.1.3)."""

    reference: SopReference
    study_instance_uid: Uid
    series_instance_uid: Uid
    transfer_syntax_uid: Uid
    """It comes back in the one that it was stored with, or not at all."""
    data_set_bytes_max: int
    sent_as: tuple[Uid, ...] = ()
    """Others that it was sent in: the archive may give it back in one of these instead."""


class Archive(Protocol):
    """A storage SCP and, where it has them, its storage commitment and C-GET SCPs."""

    def echo(self) -> None:
        """C-ECHO. Raises PeerRetryable (down) or PeerRefused (association rejected)."""

    def store(self, instances: Iterable[InstanceFile]) -> Iterator[StoreOutcome]:
        """C-STORE over one association; one outcome an instance, in order, as it comes.

        Raises PeerError only when there was no association at all. When it breaks, the instance
        under way gets a PeerRetryable outcome and the iteration ends.
        """

    def request_commitment(
        self, transaction_uid: Uid, references: tuple[SopReference, ...]
    ) -> None:
        """N-ACTION: ask that these be kept. The answer comes through `next_report`.

        Raises PeerRefused when the archive has no commitment service or said no.
        """

    def next_report(self, timeout_s: float) -> CommitmentReport | None:
        """The next report on either association; None after `timeout_s`, or as soon as `store` is
        through with what there may be to ask about."""

    def retrieve(self, wanted: Wanted) -> Iterator[bytes]:
        """C-GET: the data set as the archive encodes it, in blocks; all of it, or an error.

        Nobody has held it against a digest. A caller may stop half way. Raises PeerRetryable, and
        PeerRefused: it is not there, it is not as it was stored, there is no such service.
        """


class Worklist(Protocol):
    def orders(self) -> tuple[Order, ...]:
        """Today's orders for this station, in the order to work through.

        Raises PeerError, and ConfigError for a file that cannot be read.
        """


@runtime_checkable
class LeavesOut(Protocol):
    """A worklist of which one entry may be of no use while the others are."""

    def left_out(self) -> tuple[Sentence, ...]:
        """Why, for each that the last reading left out, by accession number."""
