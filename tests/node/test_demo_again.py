"""A demo in a folder that an earlier one left: what it says is of its own image."""

from pathlib import Path

import pytest

from firmware.dicom.film import FilmObject
from sim.archive_faults import NO_FAULTS, ArchiveFaults
from sim.archive_peer import SimulatedArchive
from sim.demo import run_demo
from sim.demo_plan import ArchiveName, DemoPlan
from sim.demo_result import DemoResult
from sim.free_port import free_port
from tests.node.conftest import FILM_DPI

WAIT_S = 20.0


class Demos:
    def __init__(self, folder: Path, film: Path) -> None:
        self._folder = folder
        self._film = film
        self._listen_port = free_port()
        self._archive_port = free_port()

    def run_without_an_archive(self) -> DemoResult:
        return run_demo(
            DemoPlan(
                film=self._film,
                film_dpi=FILM_DPI,
                resolution_dpi=None,
                film_object=FilmObject.MULTI_FRAME,
                folder=self._folder / "demo",
                archive=ArchiveName("SIM_ARCHIVE", "127.0.0.1", self._archive_port),
                listen_port=self._listen_port,
                wait_s=WAIT_S,
            ),
            lambda event: None,
        )

    def run(self, faults: ArchiveFaults = NO_FAULTS) -> tuple[DemoResult, set[str]]:
        """And what the archive has then."""
        archive = SimulatedArchive(
            self._folder / "archive",
            faults,
            port=self._archive_port,
            report_to=("SAPI_NODE", "127.0.0.1", self._listen_port),
        ).start()
        try:
            return self.run_without_an_archive(), set(archive.instances())
        finally:
            archive.close()


@pytest.fixture
def demos(tmp_path: Path, film: Path, monkeypatch: pytest.MonkeyPatch) -> Demos:
    monkeypatch.setattr("firmware.index.outbox.BACKOFF_FIRST_S", 0.0)
    return Demos(tmp_path, film)


def test_an_older_image_that_gets_through_is_not_this_one(demos: Demos) -> None:
    assert not demos.run_without_an_archive().good
    result, kept = demos.run()
    assert result.good
    assert result.stored is not None
    assert result.stored.sop_instance_uid in kept


def test_an_archive_without_commitment_is_as_good_the_second_time(demos: Demos) -> None:
    faults = ArchiveFaults(no_commitment_service=True)
    for _ in range(2):
        result, _ = demos.run(faults)
        assert result.good, result.why
        assert not result.committed
