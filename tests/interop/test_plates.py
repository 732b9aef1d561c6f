"""Real CR images: plate -> pty, real pyserial -> node -> Orthanc, sample for sample."""

import subprocess
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image

from drivers.cassette_line import CassetteLine
from drivers.cassette_reader_serial import SerialCassetteReader
from firmware.config import ArchiveSection
from firmware.config_cassette import CassetteReaderSection
from firmware.dicom.part10 import part10_header
from firmware.dicom.performed_step import step_of_first_image
from firmware.dicom.plate import PlateImage, plate_dataset
from firmware.events import Committed, Stored
from firmware.imaging.exposure_index import Exposure
from firmware.index.catalogue import Reservation
from firmware.plate_events import PlateErased
from hal.cassette_reader import CassetteReaderIdentity, LoadedCassette, PlateGeometry
from hal.values import Order, Uid
from tests.conftest import debian_program
from tests.node.conftest import World
from tests.peers import orthanc
from tests.reader_process import reader_on_pty, reader_state
from tests.unit.dicom.films import CODED, ORDER, URGENT, film_image

REAL = Path(str(files("data_store"))) / "data"
EXPECTED_WARNINGS = (
    "SAPI_NODE",  # a private element
    "needed to build DICOMDIR",  # an urgent image has no Patient ID yet
    "is only permitted to be empty when actually unknown",  # so it is: body part, view, side
    "Unrecognized defined term = <CCAM>",
    "Unrecognized defined term = <99VALLEE>",
)


@pytest.mark.peer("Orthanc", "dciodvfy")
@pytest.mark.parametrize("name", ["RG1_UNCR.dcm", "RG3_UNCR.dcm"])
def test_a_real_plate_ends_committed_by_orthanc_sample_for_sample(
    tmp_path: Path, name: str
) -> None:
    port = tmp_path / "reader"
    film = tmp_path / "film.png"
    Image.fromarray(np.full((300, 200), 9000, np.uint16)).save(film)
    world = World(tmp_path, film)
    world.devices.close()
    node_port = world.config.station.listen_port
    with (
        reader_on_pty(port, REAL / name),
        orthanc(tmp_path / "orthanc", node_port) as archive,
    ):
        section = ArchiveSection(
            ae_title="ORTHANC",
            host="127.0.0.1",
            port=archive.address.port,
            compression="none",
        )
        update = {
            "archives": {"ORTHANC": section},
            "cassette_reader": CassetteReaderSection(port=str(port)),
        }
        world.config = world.config.model_copy(update=update)
        world.open_devices()
        reader = world.devices.cassette_reader
        assert isinstance(reader, SerialCassetteReader)
        assert isinstance(reader._line, CassetteLine)
        try:
            world.start()
            world.press()
            stored = world.wait_for(Stored)
            world.wait_for(PlateErased)
            world.wait_for(Committed)
            (received,) = archive.instances()
        finally:
            world.close()
        assert reader_state(port) == (None, False)
    plate = pydicom.dcmread(REAL / name)
    assert received.SOPInstanceUID == stored.sop_instance_uid
    assert np.array_equal(received.pixel_array, plate.pixel_array)
    assert received.BitsStored == plate.BitsStored
    assert received.PhotometricInterpretation == plate.PhotometricInterpretation
    assert complaints(world.folder / "node" / stored.path) == []


def complaints(file: Path) -> list[str]:
    program = debian_program("dciodvfy")
    assert program
    done = subprocess.run(
        [program, "-new", file], capture_output=True, text=True, errors="replace", timeout=30
    )
    lines = (done.stderr + done.stdout).splitlines()
    assert any("CRImage" in line for line in lines), lines
    return [
        line
        for line in lines
        if line.startswith(("Error", "Warning"))
        and not any(expected in line for expected in EXPECTED_WARNINGS)
    ]


def plate_image(order: Order = ORDER, **changed: object) -> PlateImage:
    image = PlateImage(
        order=order,
        place=Reservation(Uid("1.2.3.4"), Uid("1.2.3.5"), Uid("1.2.3.6"), 1, 1),
        station=film_image().station,
        reader=CassetteReaderIdentity("SAPI", "Reader", "0042", "1.0", 12, (100, 200)),
        cassette=LoadedCassette("P-00017", "STANDARD", 350, 430, 12),
        geometry=PlateGeometry(12, 10, 100, 12, 1000),
        window=(2000.5, 3001.0),
        acquired_at=film_image().acquired_at,
    )
    return replace(image, **changed)  # type: ignore[arg-type]


ORDERS = {
    "complete": ORDER,
    "coded": CODED,
    "urgent": URGENT,
    "left hand": replace(ORDER, body_part_examined="HAND", laterality="L", view_position="AP"),
    "nothing of the body": replace(ORDER, body_part_examined="", view_position=""),
    "another modality": replace(ORDER, modality="RG"),
}


@pytest.mark.peer("dciodvfy")
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
def test_no_complaint_of_any_kind_of_order(order: Order, tmp_path: Path) -> None:
    assert complaints(written(plate_image(order), tmp_path)) == []


VARIED: dict[str, dict[str, object]] = {
    "exposure": {"exposure": Exposure(412.34, 400.0, 0.13)},
    "exposure without a target": {"exposure": Exposure(412.34, None, None)},
    "corrected": {"is_corrected": True},
    "nobody's": {"is_known": False, "cassette": LoadedCassette("", "", 0, 0, 0, is_id_read=False)},
    "landscape": {"geometry": PlateGeometry(14, 8, 50, 10, 2500)},
    "a nameless reader": {"reader": CassetteReaderIdentity("", "", "", "", 12, (100,))},
    "a visit": {
        "performed": step_of_first_image(Uid("1.2.3.6"), film_image().acquired_at, is_told=True)
    },
}


@pytest.mark.peer("dciodvfy")
@pytest.mark.parametrize("changed", VARIED.values(), ids=VARIED.keys())
def test_no_complaint_of_any_plate(changed: dict[str, object], tmp_path: Path) -> None:
    assert complaints(written(plate_image(**changed), tmp_path)) == []


def written(image: PlateImage, folder: Path) -> Path:
    pixel_bytes = 2 * image.geometry.samples
    header = part10_header(plate_dataset(image), pixel_bytes, "SAPI_NODE")
    file = folder / "plate.dcm"
    file.write_bytes(header.data + bytes(pixel_bytes))
    return file
