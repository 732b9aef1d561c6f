from dataclasses import replace
from pathlib import Path

import pytest

from firmware.dicom.uids import COMPUTED_RADIOGRAPHY
from firmware.index.database import Database, migrate, migrations
from firmware.index.holding import DOUBTED, SEEN_BEFORE
from firmware.moves import State
from hal.values import Order, Patient, Uid
from tests.unit.firmware.conftest import ORDER, SOP_CLASS, Index


def test_a_retry_gets_the_same_uids_and_the_next_image_others(index: Index) -> None:
    first = index.catalogue.reserve("film-scanner", ORDER, "RG")
    assert index.catalogue.reserve("film-scanner", ORDER, "RG") == first
    assert index.add() == first.sop_instance_uid
    second = index.catalogue.reserve("film-scanner", ORDER, "RG")
    assert second.sop_instance_uid != first.sop_instance_uid


def test_a_second_film_of_an_order_joins_its_study_and_series(index: Index) -> None:
    first = index.catalogue.reserve("film-scanner", ORDER, "RG")
    index.add()
    second = index.catalogue.reserve("film-scanner", ORDER, "RG")
    assert second.study_instance_uid == first.study_instance_uid
    assert second.series_instance_uid == first.series_instance_uid
    assert (first.instance_number, second.instance_number) == (1, 2)


def test_another_modality_opens_another_series_of_the_same_study(index: Index) -> None:
    index.add()
    film = index.catalogue.reserve("film-scanner", ORDER, "RG")
    plate = index.catalogue.reserve("cassette-reader", ORDER, "CR")
    assert plate.study_instance_uid == film.study_instance_uid
    assert plate.series_instance_uid != film.series_instance_uid
    assert plate.series_number == film.series_number + 1


def test_the_orders_own_study_uid_is_kept(index: Index) -> None:
    order = replace(ORDER, study_instance_uid=Uid("1.2.3"))
    assert index.catalogue.reserve("film-scanner", order, "RG").study_instance_uid == "1.2.3"


def test_the_same_accession_of_another_patient_is_another_study(index: Index) -> None:
    index.add()
    mine = index.catalogue.reserve("film-scanner", ORDER, "RG")
    other = replace(ORDER, patient=Patient("100043", "MODÈLE^François"))
    assert (
        index.catalogue.reserve("film-scanner", other, "RG").study_instance_uid
        != mine.study_instance_uid
    )


OTHER_PEOPLE = {
    "another name": replace(ORDER.patient, name="AUTRE^Nom"),
    "another birth date": replace(ORDER.patient, birth_date="19990101"),
    "another number": replace(ORDER.patient, patient_id="100043"),
}


@pytest.mark.parametrize("study_instance_uid", ["", "1.2.3"])
@pytest.mark.parametrize("patient", OTHER_PEOPLE.values(), ids=list(OTHER_PEOPLE))
def test_a_study_never_takes_the_image_of_another_patient(
    index: Index, patient: Patient, study_instance_uid: str
) -> None:
    order = replace(ORDER, study_instance_uid=Uid(study_instance_uid))
    index.add(order)
    for _ in range(2):
        index.add(replace(order, patient=patient))
    rows = index.database.connection.execute(
        "SELECT name, patient_id, birth_date, count(*) AS images FROM instance"
        " JOIN series ON series_instance_uid = series JOIN study ON study_instance_uid = study"
        " JOIN patient ON patient.id = study.patient GROUP BY study ORDER BY images"
    ).fetchall()
    mine = ORDER.patient
    assert [tuple(row) for row in rows] == [
        (mine.name, mine.patient_id, mine.birth_date, 1),
        (patient.name, patient.patient_id, patient.birth_date, 2),
    ]


def test_orders_without_a_number_are_never_put_together(index: Index) -> None:
    unnumbered = Order(Patient("", "INCONNU^URGENCE"))
    first = index.catalogue.reserve("film-scanner", unnumbered, "RG")
    index.add(unnumbered)
    second = index.catalogue.reserve("film-scanner", unnumbered, "RG")
    assert second.study_instance_uid != first.study_instance_uid


def test_two_names_under_one_number_stay_two_patients(index: Index) -> None:
    index.add()
    renamed = replace(ORDER, patient=replace(ORDER.patient, name="AUTRE^Nom"), accession_number="B")
    index.add(renamed)
    names = index.database.connection.execute("SELECT name FROM patient ORDER BY name").fetchall()
    assert [row["name"] for row in names] == ["AUTRE^Nom", "EXEMPLE^Éléonore"]


def test_recording_is_one_transaction_with_the_queue_and_the_trail(index: Index) -> None:
    uid = index.add()
    assert index.state(uid) == "queued"
    (row,) = index.database.connection.execute("SELECT * FROM audit").fetchall()
    assert (row["object"], row["action"], row["actor"]) == (uid, "stored", "test")


def test_migrating_twice_changes_nothing(index: Index) -> None:
    uid = index.add()
    migrate(index.database)
    assert index.state(uid) == "queued"
    (version,) = index.database.connection.execute("PRAGMA user_version").fetchone()
    assert version == migrations()[-1][0]


def test_the_index_is_wal_and_full(index: Index) -> None:
    (mode,) = index.database.connection.execute("PRAGMA journal_mode").fetchone()
    (synchronous,) = index.database.connection.execute("PRAGMA synchronous").fetchone()
    assert (mode, synchronous) == ("wal", 2)


def test_what_is_carried_is_not_synced_and_all_else_is(index: Index) -> None:
    def synchronous() -> int:
        return int(index.database.connection.execute("PRAGMA synchronous").fetchone()[0])

    laid = index.catalogue.reserve("film-scanner", ORDER, "RG")
    with index.database.carried():
        assert synchronous() == 1
    assert synchronous() == 2
    with pytest.raises(KeyError), index.database.carried() as connection:
        connection.execute("DELETE FROM reservation")
        raise KeyError
    assert synchronous() == 2
    assert index.catalogue.reserve("film-scanner", ORDER, "RG") == laid, "all of it or nothing"


@pytest.mark.parametrize("name", ["store#1", "store?mode=ro", "store%41"])
def test_the_index_is_in_its_folder_whatever_that_is_called(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    database = Database(folder / "index.sqlite3")
    migrate(database)
    database.close()
    assert (folder / "index.sqlite3").exists()
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_two_devices_at_one_study_never_get_the_same_series_number(index: Index) -> None:
    """Both are reserved before either is recorded: a plate is read while a film is scanned."""
    order = replace(ORDER, study_instance_uid=Uid("1.2.3"))
    film = index.catalogue.reserve("film-scanner", order, "RG")
    with index.database.transaction() as connection:
        plate = index.catalogue.promise(connection, order, "CR", COMPUTED_RADIOGRAPHY)
    assert plate.study_instance_uid == film.study_instance_uid
    assert (film.series_number, plate.series_number) == (1, 2)
    assert index.catalogue.reserve("film-scanner", order, "RG") == film


def test_a_plate_joins_no_series_of_films_whatever_the_orders_modality(index: Index) -> None:
    index.add()
    with index.database.transaction() as connection:
        plate = index.catalogue.promise(connection, ORDER, "RG", COMPUTED_RADIOGRAPHY)
    assert plate.series_number == 2


def test_two_plates_of_one_series_never_get_the_same_instance_number(index: Index) -> None:
    index.add()
    with index.database.transaction() as connection:
        numbers = [
            index.catalogue.promise(connection, ORDER, "RG", SOP_CLASS).instance_number
            for _ in range(2)
        ]
    assert numbers == [2, 3]


def test_a_recorded_image_is_promised_no_longer(index: Index) -> None:
    index.add()
    assert index.database.rows("SELECT * FROM promise") == []


def test_the_last_doubt_of_an_image_under_way_is_kept(index: Index) -> None:
    place = index.catalogue.reserve("film-scanner", ORDER, "RG")
    index.catalogue.doubt(place.sop_instance_uid, SEEN_BEFORE)
    index.catalogue.doubt(place.sop_instance_uid, DOUBTED)
    ((doubt,),) = index.database.rows("SELECT doubt FROM promise")
    assert doubt == DOUBTED


def test_a_doubt_is_of_one_try(index: Index) -> None:
    place = index.catalogue.reserve("film-scanner", ORDER, "RG")
    index.catalogue.doubt(place.sop_instance_uid, DOUBTED)
    assert index.state(index.add()) == State.QUEUED.value  # it reserves anew: nothing was kept
