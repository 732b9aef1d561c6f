"""Plates: erased only when the image would outlive a power cut, and each is one image in the end.

What the reader does to plates is the witness: the node's own words are not asked for it.
"""

from collections.abc import Collection, Iterator, Mapping

from sim.checker.image import Image, read_image
from sim.checker.images import ASIDE_SUFFIXES, PLACE, UNREADABLE, WHOLE, is_replaced_unseen
from sim.checker.known import Known
from sim.checker.look import Digests, Look
from sim.disk import ModelDisk
from sim.scheduled_memory import ArchiveMemory
from sim.seeded_plates import BLANK


def durable_image(
    number: int,
    disk: ModelDisk,
    digests: Digests,
    known: Known,
    archives: Mapping[str, ArchiveMemory],
) -> Image | None:
    """Of this plate, in the store if power went now; or promised by every archive."""
    for path in disk.paths:
        if (
            path.startswith(PLACE)
            and path.endswith((WHOLE, *ASIDE_SUFFIXES))
            and disk.is_durable(path)
        ):
            image = _image_at(path, disk, digests, known)
            if image is not None and image.film == number and image.is_whole:
                return image
    for image in known.images.values():
        if image.film == number and all(image.uid in each.promised for each in archives.values()):
            return image
    return None


def _image_at(path: str, disk: ModelDisk, digests: Digests, known: Known) -> Image | None:
    sha256, inode = digests.of(disk, path, known), disk.seen(path)
    if sha256 is None or inode is None:
        return None
    if sha256 not in known.images:  # published, and not called stored yet
        try:
            return read_image(bytes(inode.data))
        except UNREADABLE:
            return None
    return known.images[sha256]


def is_harmed(number: int, known: Known, harmed: Collection[str]) -> bool:
    """Its file was reached by a fault; or some file was, before anybody saw what it shows."""
    seen = {path for paths in known.paths.values() for path in paths}
    return any(path in known.paths.get(number, ()) or path not in seen for path in harmed)


def a_plate_is_one_image(look: Look) -> Iterator[str]:
    """Read again after a cut, it is the same instance; erased, it is here. Corrected, it is what
    took its place: superseded or discarded by then, or not yet, where that was adopted at a start.
    """
    images = [
        look.film(uid, row.sha256)
        for uid, row in look.index.instances.items()
        if (row.condition != "superseded" or is_replaced_unseen(look, uid))
        and not _is_known(look, look.index.corrections.get(uid))
    ]
    for number in sorted(look.known.read - {BLANK}):
        count = images.count(number)
        if count > 1:
            yield f"plate {number} is {count} images"
        is_lost = not count and number in look.known.erased
        if is_lost and not is_harmed(number, look.known, look.harmed):
            yield f"plate {number} was erased, and no image shows it"


def _is_known(look: Look, uid: str | None) -> bool:
    """It is stored, and somebody saw what it shows."""
    row = look.index.instances.get(uid or "")
    return row is not None and row.sha256 in look.known.images
