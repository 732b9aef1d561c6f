"""Corrected films and the note that rejects the old ones, as others see them."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from hal.archive import InstanceFile
from hal.values import Order, Uid
from tests.conftest import debian_program
from tests.interop.archive_pair import kinds, reached
from tests.peers import orthanc
from tests.unit.dicom.films import CODED, ORDER
from tests.unit.firmware.reconciling import STUDY, World

ORDERS = {
    "scheduled": ORDER,
    "coded": CODED,
    "no study": replace(ORDER, study_instance_uid=Uid("")),
}


def corrected(folder: Path, order: Order) -> tuple[World, Uid]:
    """A world in which two urgent films that were sent have their order; the note's UID."""
    world = World(folder / "index.sqlite3")
    world.scan(1)
    world.scan(2)
    world.send("NEAR")
    world.desk.reconcile(STUDY, order, "Mme Martin")
    world.work()
    (row,) = world.database.rows("SELECT note FROM reconciliation")
    return world, Uid(row["note"])


@pytest.mark.peer("dciodvfy")
@pytest.mark.parametrize("order", ORDERS.values(), ids=list(ORDERS))
def test_dciodvfy_finds_no_error(order: Order, tmp_path: Path) -> None:
    world, note = corrected(tmp_path, order)
    for uid, kind in [
        *((uid, "MultiframeGrayscaleWord") for uid in world.successors().values()),
        (note, "KeyObjectSelectionDocument"),
    ]:
        file = tmp_path / "one.dcm"
        with world.catalogue.instance_file(uid, world.disk).open() as reader:
            file.write_bytes(reader.read())
        verify = subprocess.run(
            [str(debian_program("dciodvfy")), "-new", str(file)],
            capture_output=True,
            text=True,
            check=False,
        )
        told = verify.stdout + verify.stderr
        assert kind in told
        assert [line for line in told.splitlines() if line.startswith("Error")] == []
    world.database.close()


@pytest.mark.peer("Orthanc")
def test_orthanc_takes_the_corrected_study_and_the_note(tmp_path: Path) -> None:
    world, note = corrected(tmp_path, CODED)
    wanted = [*world.successors().values(), note]
    sent: list[InstanceFile] = [world.catalogue.instance_file(uid, world.disk) for uid in wanted]
    with orthanc(tmp_path / "orthanc", 1) as peer:
        assert kinds(list(reached(peer.address).store(sent))) == [None] * 3
        kept = {one.SOPInstanceUID: one for one in peer.instances()}
    assert set(kept) == set(wanted)
    assert kept[note].StudyInstanceUID == STUDY
    assert kept[note].Modality == "KO"
    for old, new in world.successors().items():
        assert kept[new].PatientID == CODED.patient.patient_id
        assert kept[new].StudyInstanceUID == CODED.study_instance_uid
        assert kept[new].PixelData == world.read(old).PixelData
    world.database.close()
