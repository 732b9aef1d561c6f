"""A whole node and an archive that takes JPEG-LS: sent small, safe, and back to the bit."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.encaps import generate_frames

from firmware.config_archives import CompressionMode
from firmware.events import Committed, FetchedBack, MadeSmall, NotSent, Sent, Stored
from firmware.imaging.lossless import Codec, decoded
from firmware.index.database import Database
from firmware.index.fetches import PERSON, Fetches
from firmware.index.keeping import Keeping
from firmware.index.outbox import BACKOFF_LAST_S
from firmware.keeping import Rules
from firmware.node import INDEX_NAME
from firmware.store import OUTGOING
from hal.disk import Disk
from hal.errors import Sentence, StorageFull
from sim.archive_faults import NO_FAULTS, ArchiveFaults
from sim.archive_peer import TRANSFER_SYNTAXES
from tests.fakes import JumpingClock
from tests.fault_proxy import Ending, FaultProxy, Faults, faulty
from tests.node.conftest import World
from tests.node.test_cli import run, told, write_config
from tests.peers import wait_until

JPEG_LS = "1.2.840.10008.1.2.4.80"
CUT_AFTER_BYTES = 400_000


class SteadyClock(JumpingClock):
    """Only the test jumps: what the devices sleep passes, for waiting is what is tested here."""

    def sleep(self, duration_s: float) -> None:
        if duration_s >= BACKOFF_LAST_S:
            super().sleep(duration_s)
        else:
            time.sleep(duration_s)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Of a film's kind: a slow ramp, and noise in the lowest bits."""
    noise = np.random.default_rng(7).integers(0, 2048, (1000, 800), dtype=np.uint16)
    ramp = np.linspace(1000, 30_000, 800, dtype=np.uint16)
    path = tmp_path / "film.png"
    Image.fromarray(ramp + noise).save(path)
    return path


def configure(world: World, mode: CompressionMode, port: int | None = None) -> None:
    ((name, section),) = world.config.archives.items()
    changed = {"compression": mode} | ({"port": port} if port else {})
    archives = {name: section.model_copy(update=changed)}
    world.config = world.config.model_copy(update={"archives": archives})
    world.devices.close()
    world.clock = SteadyClock()
    world.open_devices()


def received(world: World) -> pydicom.Dataset:
    (file,) = (world.folder / "archive").glob("*.dcm")
    return pydicom.dcmread(file)


def decoded_pixels(world: World) -> bytes:
    image = received(world)
    (frame,) = generate_frames(image.PixelData, number_of_frames=1)
    syntax = image.file_meta.TransferSyntaxUID
    (codec,) = (codec for codec in Codec if codec.transfer_syntax_uid == syntax)
    return decoded(frame, codec).tobytes()


def made_small(world: World) -> list[MadeSmall]:
    """It may be told before Stored is."""
    return [event for event in world.heard if isinstance(event, MadeSmall)]


def pixels(world: World, stored: Stored) -> bytes:
    return bytes(pydicom.dcmread(world.folder / "node" / stored.path).PixelData)


def outgoing(world: World) -> list[Path]:
    return list((world.folder / "node" / OUTGOING).iterdir())


@pytest.fixture
def line(world: World) -> Iterator[FaultProxy]:
    world.open_archive()
    with faulty(world.config.archives["SIM_ARCHIVE"].port or 0) as proxy:
        configure(world, "jpeg-ls", proxy.port)
        yield proxy


@pytest.mark.parametrize("mode", ["auto", "jpeg-ls", "htj2k"])
def test_a_film_is_sent_small_and_committed(world: World, mode: CompressionMode) -> None:
    configure(world, mode)
    world.open_archive()
    world.start()
    world.press()
    stored = world.wait_for(Stored)
    sent = world.wait_for(Sent)
    world.wait_for(Committed)
    (made,) = made_small(world)
    assert sent.size_bytes == made.made_bytes < made.size_bytes
    assert decoded_pixels(world) == pixels(world, stored)
    wait_until(lambda: not outgoing(world), "what was sent goes from outgoing/")


def test_the_queue_tells_what_the_line_carried(world: World) -> None:
    configure(world, "htj2k")
    world.open_archive()
    world.start()
    world.press()
    uid = world.wait_for(Stored).sop_instance_uid
    sent = world.wait_for(Sent)
    (made,) = made_small(world)
    config = write_config(world)
    (way,) = told("queue", "show", uid, "-c", str(config))
    assert way["line"]["sent"] == "HTJ2K lossless"
    assert way["line"]["sent_bytes"] == sent.size_bytes
    assert way["line"]["ratio"] == round(made.size_bytes / made.made_bytes, 2) > 1.0
    (sentence,) = way["line"]["sentences"]
    assert sentence["en"] in run("queue", "show", uid, "-c", str(config)).stdout
    assert sentence["fr"].startswith("Envoyée en HTJ2K sans perte : ")


def test_it_comes_back_as_the_file_that_was_stored(world: World) -> None:
    configure(world, "jpeg-ls")
    world.open_archive()
    world.start()
    world.press()
    stored = world.wait_for(Stored)
    world.wait_for(Committed)
    file = world.folder / "node" / stored.path
    before = file.read_bytes()
    database = Database(world.folder / "node" / INDEX_NAME)
    keeping = Keeping(database, world.clock)
    assert keeping.choose_for_eviction(Rules(keep_days=0.0, keep_urgent_days=0.0))
    wait_until(lambda: evicted(world, file), "evicted")
    Fetches(database, world.clock).ask(stored.sop_instance_uid, PERSON)
    world.wait_for(FetchedBack)
    database.close()
    assert file.read_bytes() == before


def evicted(world: World, file: Path) -> bool:
    world.node._runtime.wake("eviction")
    return not file.exists()


def test_an_archive_without_it_gets_the_stored_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.archive_peer.TRANSFER_SYNTAXES", TRANSFER_SYNTAXES[:2])
    configure(world, "auto")
    world.open_archive()
    world.start()
    world.press()
    stored = world.wait_for(Stored)
    world.wait_for(Committed)
    assert received(world).PixelData == pixels(world, stored)
    assert not [event for event in world.heard if isinstance(event, MadeSmall | NotSent)]


def test_cut_in_the_middle_it_is_sent_small_again_and_no_other(
    world: World, line: FaultProxy
) -> None:
    line.faults = Faults(after_bytes=CUT_AFTER_BYTES, ending=Ending.RESET, connections=1)
    world.start()
    world.press()
    stored = world.wait_for(Stored)
    world.wait_for(NotSent)
    world.retry_now()
    sent = world.wait_for(Sent)
    world.wait_for(Committed)
    (made,) = made_small(world)
    assert sent.size_bytes == made.made_bytes
    assert line.cuts == 1
    assert decoded_pixels(world) == pixels(world, stored)


def test_the_small_one_rotted_and_the_stored_one_goes(world: World, line: FaultProxy) -> None:
    line.faults = Faults(after_bytes=CUT_AFTER_BYTES, ending=Ending.RESET, connections=1)
    world.start()
    world.press()
    stored = world.wait_for(Stored)
    world.wait_for(NotSent)
    (small,) = outgoing(world)
    content = bytearray(small.read_bytes())
    content[len(content) // 2] ^= 1
    small.write_bytes(content)
    world.retry_now()
    world.wait_for(NotSent)
    world.retry_now()
    sent = world.wait_for(Sent)
    world.wait_for(Committed)
    assert sent.size_bytes == (world.folder / "node" / stored.path).stat().st_size
    assert received(world).PixelData == pixels(world, stored)


def test_a_restart_finds_the_small_one_and_clears_what_is_half_made(
    world: World, line: FaultProxy
) -> None:
    line.faults = Faults(after_bytes=CUT_AFTER_BYTES, ending=Ending.RESET)
    world.start()
    world.press()
    world.wait_for(NotSent)
    world.stop_node()
    half_made = world.folder / "node" / OUTGOING / "2.25.1.jpeg_ls"
    half_made.write_bytes(b"half")
    line.faults = Faults()
    world.devices.close()
    world.open_devices()
    world.start()
    assert not half_made.exists()
    world.retry_now()
    world.wait_for(Committed)
    assert len(made_small(world)) == 1
    assert received(world).file_meta.TransferSyntaxUID == JPEG_LS


class FullForOutgoing:
    """The store's disk, with no room for what is made small."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def __getattr__(self, name: str) -> object:
        return getattr(self._disk, name)

    def create(self, path: str) -> object:
        if path.startswith(OUTGOING):
            raise StorageFull(Sentence("full", "plein"))
        return self._disk.create(path)


def test_a_full_disk_means_only_that_it_goes_as_it_is_stored(world: World) -> None:
    configure(world, "jpeg-ls")
    world.open_archive()
    world.start(disk=FullForOutgoing(world.devices.disk))
    world.press()
    stored = world.wait_for(Stored)
    world.wait_for(Committed)
    (made,) = made_small(world)
    assert made.why_not
    assert received(world).PixelData == pixels(world, stored)


@pytest.mark.parametrize("status", [0xC000, 0xA900])
def test_a_small_one_that_is_refused_goes_as_it_is_stored(world: World, status: int) -> None:
    configure(world, "jpeg-ls")
    world.open_archive(replace(NO_FAULTS, store_status=status))
    world.start()
    world.press()
    stored = world.wait_for(Stored)
    refused = world.wait_for(NotSent)
    assert refused.will_retry
    world.close_archive()
    world.open_archive(ArchiveFaults())
    world.retry_now()
    world.wait_for(Committed)
    assert received(world).PixelData == pixels(world, stored)
