"""What the index says of each plate, from readings that really happened."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from drivers.wire.cassette_messages import ErrorCode
from firmware.cli import app
from firmware.imaging.exposure_index import PlateCalibration
from firmware.imaging.plate_calibration import PlateCalibrationFile
from firmware.index import audit
from firmware.index.database import Database, migrations
from firmware.index.examinations import Examinations
from firmware.index.misdated import Misdated
from firmware.index.plate_ledger import PlateHistory, PlateLedger
from firmware.plate_doubts import Doubt
from firmware.plate_moves import ReadState
from hal.errors import DeviceNeedsOperator, DeviceUnavailable
from hal.values import Uid
from sim.cassette_reader_device import CassetteReaderDevice, ReaderFaults
from tests.cassette_kit import a_plate
from tests.plate_kit import ORDER, Room

PLATE = a_plate(rows=120, columns=90)
CALIBRATION = PlateCalibrationFile(PlateCalibration(2000.0, 8000.0), None, "", None)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(
        tmp_path, CassetteReaderDevice(PLATE), calibration=CALIBRATION, target_index=400.0
    ).open()
    yield made
    made.close()


def ledger(room: Room) -> dict[str, PlateHistory]:
    return {plate.plate_id: plate for plate in PlateLedger(room.database).plates()}


def scan(room: Room, **changed: object) -> None:
    room.clock.sleep(60)  # as people do: else two readings would have begun at once
    room.device.put_in(replace(PLATE, **changed))  # type: ignore[arg-type]
    room.scan()


def test_nothing_was_read(room: Room) -> None:
    assert ledger(room) == {}
    assert PlateLedger(room.database).exposures_of("P-00017") == 0


def test_readings_erasures_and_the_plates_own_counter(room: Room) -> None:
    scan(room, exposures=11)
    scan(room, exposures=12)
    scan(room, plate_id="P-2", exposures=3)
    known = ledger(room)
    assert list(known) == ["P-2", "P-00017"], "the one read last first"
    plate = known["P-00017"]
    assert (plate.readings, plate.images, plate.erasures, plate.exposures) == (2, 2, 2, 12)
    assert (plate.width_mm, plate.height_mm, plate.stops) == (350, 430, 0)
    newest, oldest = plate.recent
    assert (newest.begun_at - oldest.begun_at).total_seconds() == pytest.approx(60, abs=1)
    assert newest.state is ReadState.ERASED
    assert newest.erased_at is not None
    assert newest.exposure is not None
    assert newest.exposure.target == 400.0
    assert newest.exposure.deviation is not None
    assert PlateLedger(room.database).exposures_of("P-00017") == 12


def test_a_rejected_image_is_its_plates(room: Room) -> None:
    scan(room, exposures=1)
    scan(room, exposures=2)
    newest = max(room.images(), key=lambda image: str(image.InstanceNumber))
    Examinations(room.database, room.clock).reject(Uid(newest.SOPInstanceUID), "positioning")
    room.database.connection.execute(  # as the panel's worker does where there was an examination
        "INSERT OR IGNORE INTO examination (id, study_instance_uid, order_json, device, opened_at)"
        " VALUES (1, '1', '{}', 'cassette-reader', '2026')"
    )
    room.database.connection.execute(
        "INSERT OR REPLACE INTO looked_at (instance, examination, verdict, at)"
        " VALUES (?, 1, 'rejected', '2026')",
        (newest.SOPInstanceUID,),
    )
    plate = ledger(room)["P-00017"]
    assert plate.rejected == 1
    assert [reading.is_rejected for reading in plate.recent] == [True, False]


def test_a_stopped_plate_is_told_with_why_though_it_was_never_read(room: Room) -> None:
    with pytest.raises(DeviceNeedsOperator):
        scan(room, plate_id="P-9", is_erased_before=False)
    scan(room, exposures=4)
    for _ in range(2):
        with pytest.raises(DeviceNeedsOperator):
            scan(room, exposures=4)
        room.clock.sleep(3600)
    known = ledger(room)
    never, twice = known["P-9"], known["P-00017"]
    assert (never.readings, never.stops) == (0, 1)
    assert never.last_stop is not None
    assert never.last_stop.doubt is Doubt.NOT_ERASED
    assert twice.stops == 2
    assert twice.last_stop is not None
    assert twice.last_stop.doubt is Doubt.READ_TWICE
    assert twice.last_stop.at > twice.recent[0].begun_at
    assert isinstance(audit.verify(room.database.connection), audit.Head)


def test_a_plate_that_could_not_be_erased_or_read_is_seen(room: Room) -> None:
    room.device.faults = ReaderFaults(erase_error=ErrorCode.LASER)
    scan(room)
    plate = ledger(room)["P-00017"]
    assert (plate.images, plate.erasures) == (1, 0)
    assert plate.recent[0].state is ReadState.STORED
    room.device.faults = ReaderFaults()
    room.plates.settle()
    assert ledger(room)["P-00017"].erasures == 1
    room.line.cut_at_bytes = room.line.carried_bytes + 4000
    with pytest.raises(DeviceUnavailable):
        scan(room, exposures=2)
    assert ledger(room)["P-00017"].recent[0].state is ReadState.BEGUN


def test_a_clock_that_was_ahead_does_not_decide_which_reading_is_the_last(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = room.clock.now
    with monkeypatch.context() as patched:
        patched.setattr(room.clock, "now", lambda: now() + timedelta(days=3650))
        scan(room, exposures=1)
    scan(room, exposures=2)
    with pytest.raises(DeviceNeedsOperator, match="not exposed since"):
        scan(room, exposures=2)
    scan(room, plate_id="P-2")
    assert list(ledger(room)) == ["P-2", "P-00017"]
    newest, oldest = ledger(room)["P-00017"].recent
    assert newest.begun_at < oldest.begun_at
    Misdated(room.database, room.clock, patience_s=60.0).put_right()
    _, oldest = ledger(room)["P-00017"].recent
    assert oldest.erased_at is not None
    assert max(oldest.begun_at, oldest.erased_at) <= room.clock.now()


def test_readings_of_an_earlier_version_are_counted_by_their_times(tmp_path: Path) -> None:
    database = Database(tmp_path / "index.sqlite3")
    for number, script in migrations():
        if number < 16:
            database.connection.executescript(script)
    for read, day in ((7, 3), (8, 1), (9, 2)):
        database.connection.execute(
            "INSERT INTO plate_read VALUES (?, 'erased', 'P', '', 0, 0, 0, 1, 1, 100, 1000, '{}',"
            " '1', '1', ?, 1, 1, ?, 0, 0, NULL, NULL, NULL, NULL, NULL)",
            (read, str(read), f"2026-01-0{day}"),
        )
    database.connection.executescript(dict(migrations())[16])
    rows = database.rows("SELECT read, number FROM plate_read ORDER BY number")
    assert [tuple(row) for row in rows] == [(8, 1), (9, 2), (7, 3)]
    database.close()


CONFIG = """
backend = "sim"
[station]
institution_name = "Essai"
language = "{language}"
[store]
path = "{store}"
[archives.near]
ae_title = "NEAR"
host = "127.0.0.1"
port = 104
"""


@pytest.mark.parametrize(
    ("language", "said"),
    [("fr", "son effacement n'était pas établi"), ("en", "was not known to be erased")],
)
def test_the_command_shows_it_beside_the_node(room: Room, language: str, said: str) -> None:
    scan(room)
    with pytest.raises(DeviceNeedsOperator):
        scan(room, plate_id="P-9", is_erased_before=False)
    file = room.folder / "node.toml"
    file.write_text(CONFIG.format(store=room.folder, language=language))
    runner = CliRunner()
    shown = runner.invoke(app, ["plates", "-c", str(file)])
    assert shown.exit_code == 0, shown.output
    assert said in " ".join(shown.output.split())
    assert shown.output.index("P-9") < shown.output.index("P-00017")
    rows = json.loads(runner.invoke(app, ["plates", "-c", str(file), "--json"]).stdout)
    assert [row["plate_id"] for row in rows] == ["P-9", "P-00017"]
    assert rows[0]["stopped"]["why"] == "not erased"
    assert rows[1]["deviation"] == pytest.approx(rows[1]["recent"][0]["deviation_index"])
    patient = ORDER.patient
    for word in (patient.patient_id, patient.name, "EXEMPLE"):
        assert word not in shown.output + json.dumps(rows)
