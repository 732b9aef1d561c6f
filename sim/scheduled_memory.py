"""What a simulated archive remembers of what happened to it, for whoever judges the node.

Facts as they were seen at the archive's end of the line, and none of the node's own words. Bodies
stay only so that they can be given back, and no more of them than a year of short films needs.
"""

import hashlib
import zlib
from collections import OrderedDict
from dataclasses import dataclass, field

from hal.values import Uid
from sim.received_film import UNREADABLE, ReceivedFilm, read_film

SHELF_BYTES_MAX = 64 * 2**20  # compressed; a year of 20 short films a day takes 20 MiB


@dataclass(frozen=True)
class Body:
    """One content that came whole under a SOP Instance UID."""

    sha256: str
    """Of the file as it was sent, preamble included."""
    size_bytes: int
    film: ReceivedFilm
    """Read from the bytes as received."""
    at_s: float
    """When it first came."""


@dataclass(frozen=True)
class Promise:
    """A report, under a transaction that asked for it, that names an instance as committed."""

    at_s: float
    was_held: bool
    """As it was sent. False: the archive lied, and a node that believed it did no wrong."""


@dataclass(frozen=True)
class Loss:
    at_s: float
    after_promise: bool


@dataclass
class ArchiveMemory:
    """Only ever added to, but for `held`, which is what the archive has now."""

    bodies: dict[Uid, list[Body]] = field(default_factory=dict)
    """Every different one, in the order they came; kept by the archive or not."""
    held: dict[Uid, Body] = field(default_factory=dict)
    foreign: dict[Uid, Body] = field(default_factory=dict)
    """Of another sender: held under a UID of this node's, and none of its bodies."""
    offered: dict[Uid, float] = field(default_factory=dict)
    """When the node last began to send it."""
    accepted: dict[Uid, float] = field(default_factory=dict)
    """When the node was last told that the archive has it: with a success or a known warning."""
    promised: dict[Uid, Promise] = field(default_factory=dict)
    """The first promise of each that reached the node."""
    listed: dict[Uid, float] = field(default_factory=dict)
    """When a query first found it there."""
    lies: set[Uid] = field(default_factory=set)
    """Promised at some time, though it did not have them then. Never iterate over it: the order
    differs between processes."""
    lost: dict[Uid, list[Loss]] = field(default_factory=dict)
    """Accepted or promised, and gone."""
    violations: list[str] = field(default_factory=list)
    """What no archive may ever see from a node."""

    def came(self, uid: Uid, content: bytes, now_s: float) -> Body:
        digest = hashlib.sha256(content).hexdigest()
        known = self.bodies.setdefault(uid, [])
        for body in known:
            if body.sha256 == digest:
                return body
        body = Body(digest, len(content), read_film(content), now_s)
        known.append(body)
        if len(known) > 1:
            digests = ", ".join(one.sha256[:12] for one in known)
            self.violations.append(f"{len(known)} bodies under one UID {uid}: {digests}")
        if body.film == UNREADABLE:
            self.violations.append(f"{uid} is no image that can be read")
        return body

    def has_as_sent(self, uid: Uid) -> bool:
        return uid in self.held and uid not in self.foreign

    def was_lost(self, uid: Uid, now_s: float) -> None:
        self.held.pop(uid, None)
        self.foreign.pop(uid, None)
        self.lost.setdefault(uid, []).append(Loss(now_s, uid in self.promised))

    def lied_about(self, uid: Uid) -> bool:
        """Its promise was none: whatever became of the image, the node could not know."""
        return uid in self.lies or any(loss.after_promise for loss in self.lost.get(uid, ()))


class Shelf:
    """Contents by UID, compressed; the oldest go when there are too many."""

    def __init__(self, bytes_max: int = SHELF_BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._contents: OrderedDict[Uid, bytes] = OrderedDict()
        self._bytes = 0

    def put(self, uid: Uid, content: bytes) -> None:
        self.remove(uid)
        packed = zlib.compress(content, 1)
        self._contents[uid] = packed
        self._bytes += len(packed)
        while self._bytes > self._bytes_max:
            self.remove(next(iter(self._contents)))

    def get(self, uid: Uid) -> bytes | None:
        packed = self._contents.get(uid)
        return zlib.decompress(packed) if packed is not None else None

    def remove(self, uid: Uid) -> None:
        self._bytes -= len(self._contents.pop(uid, b""))
