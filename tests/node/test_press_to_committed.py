"""One press, one film, safe in two places."""

import hashlib

import numpy as np
import pydicom
import pytest

from firmware.events import Committed, ScanFailed, Sent, Stored
from hal.panel import Button, Lamp
from tests.node.conftest import World, film_samples


def test_a_press_ends_committed(world: World) -> None:
    world.open_archive()
    world.start()
    world.press()
    stored = world.wait_for(Stored)
    world.wait_for(Sent)
    committed = world.wait_for(Committed)
    assert committed.sop_instance_uid == stored.sop_instance_uid
    assert world.standing(stored.sop_instance_uid).state.value == "committed"
    assert world.in_archive() == {stored.sop_instance_uid}
    said = f"Image stored ({stored.rows} rows)"
    assert any(shown.en.startswith(said) for shown in world.panel.shown)
    assert world.panel.lamps[Lamp.NETWORK]


def test_the_file_is_what_the_index_says_and_holds_the_film(world: World) -> None:
    world.open_archive()
    world.start()
    world.press()
    stored = world.wait_for(Stored)
    file = world.folder / "node" / stored.path
    assert hashlib.sha256(file.read_bytes()).hexdigest() == stored.sha256
    pixels = pydicom.dcmread(file).pixel_array
    film = film_samples()
    assert pixels.shape == (stored.rows, stored.columns)
    np.testing.assert_array_equal(pixels[: film.shape[0], : film.shape[1]], film)
    margin = pixels.copy()
    margin[: film.shape[0], : film.shape[1]] = 65535
    assert (margin == 65535).all(), "around the film there is only lamp"


def test_three_films_are_three_instances_of_one_series(world: World) -> None:
    world.open_archive()
    world.start()
    files = []
    for _ in range(3):
        world.press()
        files.append(world.folder / "node" / world.wait_for(Stored).path)
    datasets = [pydicom.dcmread(file, stop_before_pixels=True) for file in files]
    assert len({dataset.SOPInstanceUID for dataset in datasets}) == 3
    assert len({dataset.SeriesInstanceUID for dataset in datasets}) == 1
    assert [dataset.InstanceNumber for dataset in datasets] == [1, 2, 3]


def test_urgent_needs_no_order_and_is_under_no_known_patient(world: World) -> None:
    world.open_archive()
    world.start()
    world.press(Button.URGENT)
    stored = world.wait_for(Stored)
    dataset = pydicom.dcmread(world.folder / "node" / stored.path, stop_before_pixels=True)
    assert dataset.PatientName == "INCONNU^URGENCE"
    assert dataset.PatientID.startswith("URG")
    world.wait_for(Committed)


def test_a_scan_that_is_rejected_keeps_nothing_and_frees_the_panel(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.start()
    node_tell = world.node.tell
    pressed = False

    def reject_at_first_rows(event: object) -> None:
        nonlocal pressed
        if not pressed:
            pressed = True
            world.node._cancel.raised = True
        node_tell(event)  # type: ignore[arg-type]

    acquisition = world.node.acquisition
    monkeypatch.setattr(acquisition, "listener", reject_at_first_rows)
    world.press()
    world.wait_for(ScanFailed)
    assert world.node.store.published() == world.node.store.parts() == []
    monkeypatch.undo()
    world.press()
    world.wait_for(Stored)
