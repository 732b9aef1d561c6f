"""Storing through a line that breaks in every way: each image has a true outcome, none twice.

True: what is told as stored is at the archive, bit for bit; what was not answered is never told
as stored; and sending the rest again brings all of them there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pydicom import dcmread

from drivers.dicom_address import ArchiveAddress, Timeouts
from drivers.dicom_peer import DicomArchive
from hal.archive import InstanceFile, StoreOutcome
from hal.errors import PeerError, PeerRetryable
from hal.values import Uid
from tests.fault_proxy import NO_FAULTS, Ending, FaultProxy, Faults, faulty
from tests.instances import instance_file
from tests.peers import free_port, orthanc, storescp

IMPATIENT = Timeouts(connect_s=5, association_s=0.5, send_s=0.5, response_s=0.5, release_s=0.5)
COUNT = 4
SIDE = 400
SIZE_BYTES = 2 * SIDE * SIDE
MIDDLE = COUNT * SIZE_BYTES // 2
ROUNDS_MAX = 200

Kept = dict[Uid, bytes]
"""Pixel Data by SOP Instance UID."""


@dataclass(frozen=True)
class Peer:
    address: ArchiveAddress
    kept: Callable[[], Kept]


@pytest.fixture(params=["storescp", "Orthanc"])
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Peer]:
    folder = tmp_path / "received"
    if request.param == "storescp":
        # Unique names: when a stalled association ends at last, storescp removes its cut file by
        # name, and under one name that is the image which came whole in the meantime.
        with storescp(folder, "--fork", "+B", "--unique-filenames") as address:
            yield Peer(address, lambda: images(dcmread(path) for path in whole(folder)))
    else:
        with orthanc(tmp_path / "orthanc", free_port(), DicomScpTimeout=2) as running:
            yield Peer(running.address, lambda: images(running.instances()))


def whole(folder: Path) -> list[Path]:
    """storescp removes a file that was cut, but not while a cut association is still ending."""
    return [path for path in folder.iterdir() if path.stat().st_size > SIZE_BYTES]


def images(data_sets: object) -> Kept:
    return {Uid(one.SOPInstanceUID): one.PixelData for one in data_sets}  # type: ignore[attr-defined]


@pytest.fixture
def sent(tmp_path: Path) -> list[InstanceFile]:
    return [instance_file(tmp_path / f"{n}.dcm", rows=SIDE, columns=SIDE) for n in range(COUNT)]


@pytest.fixture
def pixels(sent: list[InstanceFile], tmp_path: Path) -> Kept:
    return images(dcmread(tmp_path / f"{n}.dcm") for n in range(COUNT))


def through(proxy: FaultProxy, peer: Peer) -> DicomArchive:
    address = replace(peer.address, port=proxy.port)
    return DicomArchive(address, listen_port=None, timeouts=IMPATIENT)


def outcomes_of(archive: DicomArchive, sent: list[InstanceFile]) -> list[StoreOutcome]:
    """None at all when there was no association."""
    try:
        return list(archive.store(sent))
    except PeerRetryable:
        return []


def check_true(outcomes: list[StoreOutcome], kept: Kept, pixels: Kept) -> None:
    for outcome in outcomes:
        uid = outcome.reference.sop_instance_uid
        if outcome.error is None:
            assert outcome.status == 0
            assert kept[uid] == pixels[uid], "told as stored, and is not"
        else:
            assert isinstance(outcome.error, PeerRetryable)
            assert outcome.status is None


def send_all(archive: DicomArchive, sent: list[InstanceFile]) -> None:
    """As a forwarder does: again, what was not told as stored."""
    waiting = {file.reference: file for file in sent}
    for _ in range(ROUNDS_MAX):
        for outcome in outcomes_of(archive, list(waiting.values())):
            if outcome.error is None:
                del waiting[outcome.reference]
        if not waiting:
            return
    raise AssertionError(f"{len(waiting)} not stored in {ROUNDS_MAX} rounds")


BREAKS: dict[str, tuple[Faults, int]] = {
    "cut in the middle": (Faults(after_bytes=MIDDLE), 1),
    "cut in the greeting": (Faults(after_bytes=100), 0),
    "reset in the middle": (Faults(after_bytes=MIDDLE, ending=Ending.RESET), 1),
    "reset in an answer": (Faults(after_answer_bytes=400, ending=Ending.RESET), 0),
    "stalls in the middle": (Faults(after_bytes=MIDDLE, ending=Ending.STALL), 1),
    "half-closed in the middle": (Faults(after_bytes=MIDDLE, ending=Ending.HALF_CLOSE), 1),
    "responses lost": (Faults(after_bytes=MIDDLE, ending=Ending.LOSE_RESPONSES), 1),
    "half-open": (Faults(half_open=True), 0),
}


@pytest.mark.peer("storescp", "Orthanc")
class TestThroughTheProxy:
    @pytest.mark.parametrize("fault", BREAKS)
    def test_what_is_told_is_true_and_the_rest_follows(
        self, fault: str, peer: Peer, sent: list[InstanceFile], pixels: Kept
    ) -> None:
        faults, stored_at_least = BREAKS[fault]
        with faulty(peer.address.port, faults) as proxy:
            archive = through(proxy, peer)
            outcomes = outcomes_of(archive, sent)
            check_true(outcomes, peer.kept(), pixels)
            stored = [outcome for outcome in outcomes if outcome.error is None]
            assert stored_at_least <= len(stored) < COUNT
            proxy.faults = NO_FAULTS
            send_all(archive, sent)
        assert peer.kept() == pixels

    def test_a_lost_response_is_not_stored_though_it_is(
        self, peer: Peer, sent: list[InstanceFile], pixels: Kept
    ) -> None:
        """All the image goes through, its answer does not: only the archive knows."""
        lost = Faults(after_bytes=SIZE_BYTES, ending=Ending.LOSE_RESPONSES)
        with faulty(peer.address.port, lost) as proxy:
            outcomes = outcomes_of(through(proxy, peer), sent[:1])
            check_true(outcomes, peer.kept(), pixels)
            assert [type(outcome.error) for outcome in outcomes] != [type(None)]
        assert set(peer.kept()) <= {sent[0].reference.sop_instance_uid}

    def test_slow_is_not_broken(self, peer: Peer, sent: list[InstanceFile], pixels: Kept) -> None:
        slow = Faults(bytes_per_s=2_000_000, latency_s=0.002)
        with faulty(peer.address.port, slow) as proxy:
            outcomes = outcomes_of(through(proxy, peer), sent)
        assert [outcome.error for outcome in outcomes] == [None] * COUNT
        check_true(outcomes, peer.kept(), pixels)

    def test_cut_at_random_again_and_again(
        self, peer: Peer, sent: list[InstanceFile], pixels: Kept
    ) -> None:
        """A line of 4 MB/s that lives a fifth of a second on average: about two images."""
        faults = Faults(cut_every_s=0.2, bytes_per_s=4_000_000, seed=5)
        with faulty(peer.address.port, faults) as proxy:
            send_all(through(proxy, peer), sent)
            assert proxy.connections > 1
            assert proxy.cuts > 0
        assert peer.kept() == pixels

    def test_nobody_behind_the_proxy_is_an_error_of_the_line(self, peer: Peer) -> None:
        with faulty(peer.address.port, Faults(half_open=True)) as proxy, pytest.raises(PeerError):
            through(proxy, peer).echo()
