"""The simulated RIS against the drivers, and against dcmtk's: both read the orders as they are."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from threading import Timer

import pytest
from pydicom import Dataset

from drivers.wire.data_set import SYNTAXES, encode
from hal.errors import PeerRefused, PeerRetryable
from hal.values import Order, Uid
from sim.ris_entries import study_uid
from sim.ris_peer import RisFaults
from sim.ris_steps import ToldStep
from sim.switched import SwitchedRis
from sim.worklist import ORDERS
from tests.interop.ris import RIS, TODAY, steps_at, worklist_at
from tests.peers import program

UID = Uid("2.25.77")


@pytest.fixture
def ris() -> Iterator[SwitchedRis]:
    made = SwitchedRis(ORDERS, RIS)
    yield made
    made.close()


def carried(order: Order, read: Order) -> Order:
    """With what no worklist has a key for, and what this RIS gives to each order."""
    assert read.study_instance_uid == study_uid(order)
    assert read.referenced_studies[0].sop_instance_uid == study_uid(order)
    assert read.scheduled_date == f"{TODAY:%Y%m%d}"
    return replace(
        read,
        body_part_examined=order.body_part_examined,
        view_position=order.view_position,
        laterality=order.laterality,
        study_instance_uid=order.study_instance_uid,
        referenced_studies=order.referenced_studies,
        scheduled_date=order.scheduled_date,
        scheduled_time=order.scheduled_time,
    )


@pytest.mark.parametrize("faults", [RisFaults(), RisFaults(wrong_character_set=True)])
def test_the_orders_are_read_whatever_character_set_it_claims(
    ris: SwitchedRis, faults: RisFaults
) -> None:
    ris.be(faults)
    read = worklist_at(ris.port).orders()
    assert len(read) == len(ORDERS)
    assert tuple(map(carried, ORDERS, read)) == ORDERS


def test_away_and_back_at_the_same_port(ris: SwitchedRis) -> None:
    ris.be(None)
    with pytest.raises(PeerRetryable):
        worklist_at(ris.port).orders()
    ris.be(RisFaults())
    assert len(worklist_at(ris.port).orders()) == len(ORDERS)


def test_slower_than_anybody_waits_and_closed_meanwhile(ris: SwitchedRis) -> None:
    ris.be(RisFaults(answer_after_s=3600))
    closing = Timer(0.2, ris.close)
    closing.start()
    with pytest.raises(PeerRetryable):
        worklist_at(ris.port).orders()
    closing.join(timeout=10)
    assert not closing.is_alive()


def test_it_keeps_what_mpps_told_it(ris: SwitchedRis) -> None:
    steps_at(ris.port).create(UID, _told("IN PROGRESS", PatientName="EXEMPLE^Éléonore"))
    assert ris.told() == (ToldStep("EXEMPLE^Éléonore", "", "IN PROGRESS", 0),)
    image, series = Dataset(), Dataset()
    image.ReferencedSOPInstanceUID = "2.25.1"
    series.ReferencedImageSequence = [image]
    ended = _told("COMPLETED", PerformedSeriesSequence=[series])
    steps_at(ris.port).set(UID, ended)
    ris.be(RisFaults())
    assert ris.told() == (ToldStep("EXEMPLE^Éléonore", "", "COMPLETED", 1),)
    with pytest.raises(PeerRefused, match="ended"):
        steps_at(ris.port).set(UID, ended)


def _told(status: str, **more: object) -> bytes:
    data_set = Dataset()
    data_set.SpecificCharacterSet = "ISO_IR 192"
    data_set.PerformedProcedureStepStatus = status
    for keyword, value in more.items():
        setattr(data_set, keyword, value)
    return encode(data_set, SYNTAXES[0])


@pytest.mark.peer("findscu")
def test_a_wrong_character_set_is_wrong_on_the_wire(ris: SwitchedRis) -> None:
    ris.be(RisFaults(wrong_character_set=True))
    said = findscu(ris, "PatientName", "SpecificCharacterSet")
    assert b"ISO_IR 100" in said
    assert "EXEMPLE^Éléonore".encode() in said


@pytest.mark.peer("findscu")
def test_dcmtk_reads_no_more_than_it_asks_for(ris: SwitchedRis) -> None:
    keys = ("PatientName", "AccessionNumber", "ScheduledProcedureStepSequence[0].Modality")
    said = findscu(ris, *keys).decode("latin-1")
    assert all(order.accession_number in said for order in ORDERS)
    assert "EXEMPLE^Éléonore" in said
    assert "PatientBirthDate" not in said


def findscu(ris: SwitchedRis, *keys: str) -> bytes:
    asked = [option for key in keys for option in ("-k", key)]
    command = [program("findscu"), "-W", "-aec", RIS, *asked, "127.0.0.1", str(ris.port)]
    run = subprocess.run(command, check=True, capture_output=True, timeout=30)
    return run.stdout + run.stderr
