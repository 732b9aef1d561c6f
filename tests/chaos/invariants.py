"""What must be true after a crash and the product's own start-up, written once.

`violations` looks at a node that has just started; `live_on` makes it work again and looks once
more. They read the index and the files themselves and believe nothing that the node says.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO

from pydicom import dcmread

from firmware.store import FOLDERS, PART
from hal.errors import StorageError
from tests.chaos.node_under_test import NodeUnderTest, Site, running
from tests.chaos.outside import Known, Outside

LATER_FILM = 90
LIFE_AFTER, LIFE_AFTER_THAT = 11, 12
Check = Callable[[NodeUnderTest, Known], Iterator[str]]


@dataclass(frozen=True)
class Violation:
    invariant: str
    detail: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.detail}"


def what_was_called_stored_is_there(node: NodeUnderTest, known: Known) -> Iterator[str]:
    rows = {row["sop_instance_uid"]: row for row in node.rows("SELECT * FROM instance")}
    for uid, sha256 in known.stored.items():
        if uid not in rows:
            yield f"{uid} was called stored and is not in the index"
        elif rows[uid]["sha256"] != sha256:
            yield f"{uid} has another digest in the index"


def a_row_has_its_file(node: NodeUnderTest, known: Known) -> Iterator[str]:
    """Or gave it up, for the archive has promised to keep it."""
    for row in node.rows("SELECT * FROM instance"):
        uid, path = row["sop_instance_uid"], row["path"]
        if row["condition"] in ("evicting", "evicted"):
            if uid not in known.promised:
                yield f"{uid} is evicted, and the archive never promised to keep it"
            continue
        try:
            with node.site.disk.open(path) as file:
                content = file.read()
        except StorageError as error:
            yield f"{path}: {error}"
            continue
        if hashlib.sha256(content).hexdigest() != row["sha256"]:
            yield f"{path} is not what was written"
        elif uid not in known.stored and not _is_whole(content):
            yield f"{path} is half an image"


def _is_whole(content: bytes) -> bool:
    image = dcmread(BytesIO(content))
    return len(image.get("PixelData", b"")) == 2 * image.Rows * image.Columns


def what_is_indexed_is_queued(node: NodeUnderTest, known: Known) -> Iterator[str]:
    for row in node.rows(
        "SELECT sop_instance_uid FROM instance"
        " LEFT JOIN outbox ON instance = sop_instance_uid"
        " WHERE state IS NULL AND condition <> 'rejected'"
    ):
        yield f"{row[0]} is on its way to nowhere"


def what_is_sent_was_accepted(node: NodeUnderTest, known: Known) -> Iterator[str]:
    yield from known.shown_too_soon
    for row in node.rows("SELECT * FROM outbox"):
        uid, state = row["instance"], row["state"]
        if state in ("sent", "awaiting", "committed") and uid not in known.received:
            yield f"{uid} is {state}, and the archive never took it"
        if state == "committed" and uid not in known.promised:
            yield f"{uid} is committed, and the archive never promised it"


def what_is_rejected_stays_rejected(node: NodeUnderTest, known: Known) -> Iterator[str]:
    for uid in known.sent_though_rejected:
        yield f"{uid} was rejected, and went to the archive"
    rows = node.rows("SELECT sop_instance_uid FROM instance WHERE condition = 'rejected'")
    for uid in known.rejected - {row[0] for row in rows}:
        yield f"{uid} was rejected, and the index does not know"


def the_archive_has_the_same_bytes(node: NodeUnderTest, known: Known) -> Iterator[str]:
    for uid, sha256 in known.received.items():
        if known.stored.get(uid, sha256) != sha256:
            yield f"{uid} is another image at the archive"


def no_file_is_half_kept(node: NodeUnderTest, known: Known) -> Iterator[str]:
    recorded = {
        row["path"] for row in node.rows("SELECT path FROM instance WHERE condition <> 'evicted'")
    }
    for folder in FOLDERS:
        for name in node.site.disk.names(folder):
            path = f"{folder}/{name}"
            if path.endswith(PART):
                yield f"{path} was left behind"
            elif path not in recorded:
                yield f"{path} has no row: neither adopted nor removed"


def a_retry_is_the_same_instance(node: NodeUnderTest, known: Known) -> Iterator[str]:
    taken = {row[0] for row in node.rows("SELECT sop_instance_uid FROM instance")}
    laid = {row[0] for row in node.rows("SELECT sop_instance_uid FROM reservation")}
    if known.reserved and known.reserved not in taken | laid:
        yield f"{known.reserved} was given to a scan and is forgotten"
    for uid in sorted(taken & laid):
        yield f"{uid} is stored and would be given to the next scan too"


def the_index_is_whole(node: NodeUnderTest, known: Known) -> Iterator[str]:
    for (line,) in node.rows("PRAGMA integrity_check"):
        if line != "ok":
            yield str(line)


CHECKS: tuple[Check, ...] = (
    what_was_called_stored_is_there,
    a_row_has_its_file,
    what_is_indexed_is_queued,
    what_is_sent_was_accepted,
    what_is_rejected_stays_rejected,
    the_archive_has_the_same_bytes,
    no_file_is_half_kept,
    a_retry_is_the_same_instance,
    the_index_is_whole,
)


def violations(node: NodeUnderTest, known: Known) -> list[Violation]:
    return [
        Violation(check.__name__.replace("_", " "), detail)
        for check in CHECKS
        for detail in check(node, known)
    ]


def recovered(site: Site, known: Known) -> list[Violation]:
    """Start, look, work on, stop; start again and look again. Stops at the first that is wrong."""
    world = Outside(known=known)
    try:
        with running(site, world, LIFE_AFTER) as node:
            found = violations(node, known) or _lives_on(node)
        if found:
            return found
        with running(site, world, LIFE_AFTER_THAT) as node:
            return violations(node, known)
    except Exception as error:  # noqa: BLE001 -- whatever keeps it from starting
        return [Violation("the node starts", repr(error))]


def _lives_on(node: NodeUnderTest) -> list[Violation]:
    """A new image can be stored, everything reaches the archive, and all still holds."""
    if not node.scan(LATER_FILM):
        return [Violation("a new image can be stored", "; ".join(node.failures))]
    node.drain()
    if count := node.open_rows():
        return [Violation("the outbox drains", f"{count} left; {'; '.join(node.failures)}")]
    return violations(node, node.world.known)
