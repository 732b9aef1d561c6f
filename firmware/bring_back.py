"""One image from the archive to its place: received aside, made a file again, proven, published.

An archive keeps the data set and says it in its own encoding; the digest is of the file that this
node wrote. Only bytes with that digest get into the store, and nothing else judges them.
"""

import hashlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path

from firmware.dicom.file_meta import META_BYTES_MAX, Implementation, file_meta, implementation_of
from firmware.dicom.returned import Encoding, encodings
from firmware.dicom.unpacked import NotUnpacked
from firmware.index.fetches import Fetch
from firmware.plain_again import unpacked
from firmware.store import FETCHING, QUARANTINE, READ_BYTES, Store
from hal.archive import Archive, Wanted
from hal.disk import FileReader
from hal.errors import PeerRefused, Sentence, StorageError

ADDED_BYTES_MAX = 1024 * 1024  # group lengths, delimiters, attributes of the archive's own

NO_ROOM = Sentence(
    en="Not enough room to fetch an image back: {needed_mib} MiB needed, {free_mib} MiB free "
    "({reserve_mib} MiB are kept free). It is tried again; free space first.",
    fr="Pas assez de place pour récupérer une image : {needed_mib} Mio nécessaires, {free_mib} Mio "
    "libres ({reserve_mib} Mio restent réservés). Un nouvel essai suivra ; libérez de la place.",
)
NOT_IDENTICAL = Sentence(
    en="The archive's copy of image {uid} is not bit for bit what was stored. Nothing was "
    "replaced. Have the archive's administrator compare it.",
    fr="La copie de l'image {uid} dans l'archive n'est pas identique, bit pour bit, à ce qui a été "
    "stocké. Rien n'a été remplacé. Faites-la vérifier par l'administrateur de l'archive.",
)


def bring_back(
    fetch: Fetch,
    archive: Archive,
    store: Store,
    written_by: tuple[Implementation, ...],
    received: Callable[[int], None],
) -> None:
    """The file is in its place, durably, when this returns.

    `written_by`: who may have written it. `received` is told how many bytes came so far.
    Raises PeerError, StorageError; then nothing has changed.
    """
    store.check_room(
        (3 if fetch.sent_as else 2) * fetch.kept.file.size_bytes + ADDED_BYTES_MAX, NO_ROOM
    )
    aside = f"{FETCHING}/{fetch.kept.instance}.dataset"
    store.disk.remove(aside)
    try:
        size_bytes = _receive(fetch, archive, store, aside, received)
        with unpacked(store.disk, aside, size_bytes) as (file, plain_bytes):
            _publish(fetch, store, file, plain_bytes, written_by)
    except NotUnpacked as error:
        raise PeerRefused(NOT_IDENTICAL.fill(uid=fetch.kept.instance)) from error
    finally:
        store.disk.remove(aside)


def _receive(
    fetch: Fetch, archive: Archive, store: Store, aside: str, received: Callable[[int], None]
) -> int:
    size_bytes = 0
    with store.disk.create(aside) as writer, closing(_blocks(archive, fetch)) as blocks:
        for block in blocks:
            writer.write(block)
            size_bytes += len(block)
            received(size_bytes)
    return size_bytes


def _blocks(archive: Archive, fetch: Fetch) -> Generator[bytes, None, None]:
    """A generator, so that it can be closed whatever the archive's iterator is."""
    yield from archive.retrieve(
        Wanted(
            reference=fetch.reference,
            study_instance_uid=fetch.study_instance_uid,
            series_instance_uid=fetch.series_instance_uid,
            transfer_syntax_uid=fetch.transfer_syntax_uid,
            data_set_bytes_max=fetch.kept.file.size_bytes + ADDED_BYTES_MAX,
            sent_as=fetch.sent_as,
        )
    )


def _publish(
    fetch: Fetch,
    store: Store,
    file: FileReader,
    size_bytes: int,
    written_by: tuple[Implementation, ...],
) -> None:
    expected = fetch.kept.file
    for encoding in encodings(file, size_bytes):
        for meta in _metas(fetch, store, written_by):
            if len(meta) + encoding.size_bytes != expected.size_bytes:
                continue
            digest = hashlib.sha256()
            for chunk in _content(meta, encoding, file):
                digest.update(chunk)
            if digest.hexdigest() == expected.sha256:
                return store.restore(expected, _content(meta, encoding, file))
    raise PeerRefused(NOT_IDENTICAL.fill(uid=fetch.kept.instance))


def _content(meta: bytes, encoding: Encoding, file: FileReader) -> Iterator[bytes]:
    yield meta + encoding.head
    file.seek(encoding.start)
    left_bytes = encoding.end - encoding.start
    while chunk := file.read(min(READ_BYTES, left_bytes)):
        left_bytes -= len(chunk)
        yield chunk


def _metas(fetch: Fetch, store: Store, written_by: tuple[Implementation, ...]) -> Iterator[bytes]:
    """What the damaged file itself still says comes first."""
    damaged = implementation_at(store, f"{QUARANTINE}/{Path(fetch.kept.file.path).name}")
    candidates = (damaged, *written_by) if damaged else written_by
    for implementation in dict.fromkeys(candidates):
        try:
            yield file_meta(fetch.reference, fetch.transfer_syntax_uid, implementation)
        except ValueError:  # a damaged file says anything
            continue


def implementation_at(store: Store, path: str) -> Implementation | None:
    """Who wrote this file; None when it is not there or cannot be read."""
    if store.disk.size_bytes(path) is None:
        return None
    try:
        with store.disk.open(path) as file:
            return implementation_of(file.read(META_BYTES_MAX))
    except StorageError:
        return None
