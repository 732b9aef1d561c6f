"""Everything that can go wrong, told by who has to act.

Each error carries one `Sentence` for the panel: what happened and what to do, in English and
in French. `str(error)` is the English one. Raise the class that says who acts; chain with
`from`; catch only at a worker's boundary.
"""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Sentence:
    """One sentence for a person, in English and French; `{name}` marks what `fill` puts in: a
    sentence among the values stands in each language as itself."""

    en: str
    fr: str

    def fill(self, **values: object) -> Self:
        pairs = {key: value for key, value in values.items() if isinstance(value, Sentence)}
        return type(self)(
            en=self.en.format(**values | {key: pair.en for key, pair in pairs.items()}),
            fr=self.fr.format(**values | {key: pair.fr for key, pair in pairs.items()}),
        )

    def said(self, language: str) -> str:
        """`language`: fr, or else English."""
        return self.fr if language == "fr" else self.en

    def __str__(self) -> str:
        return self.en


class NodeError(Exception):
    """Base of all: `sentence` says what happened and what to do."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)  # whole: an error that comes from another process has no other
        self.sentence = sentence


class ConfigError(NodeError):
    """The configuration or an argument is wrong; the one who wrote it mends it."""


class DeviceError(NodeError):
    """A device at this node: scanner, reader, panel."""


class DeviceUnavailable(DeviceError):
    """The device is not there, or went away."""


class DeviceMisbehaved(DeviceError):
    """The device answered outside its protocol, or reported a fault of its own."""


class DeviceNeedsOperator(DeviceError):
    """A person in the room can mend it: close the cover, put a film in."""


class ScanCancelled(DeviceError):
    """The scan was stopped on purpose, at the panel or at the device."""


class PeerError(NodeError):
    """Another system on the network: archive, worklist."""


class PeerRetryable(PeerError):
    """It may work later without anybody doing anything: down, busy, line cut."""


class PeerRefused(PeerError):
    """The peer said no; trying the same again will not help until somebody changes something."""

    def __init__(self, sentence: Sentence, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


class PeerDuplicate(PeerRefused):
    """The peer says that it has an object with this UID already; not that it is the same one."""


class StorageError(NodeError):
    """This node's disks."""


class StorageFull(StorageError):
    """Not enough room; what is stored is not harmed."""


class StorageCorrupt(StorageError):
    """Bytes on disk are not the bytes that were written."""


class StorageFailed(StorageError):
    """A write or fsync failed. Final for that file: never tried again on it."""


class StorageInUse(StorageError):
    """Another node process owns this store."""
