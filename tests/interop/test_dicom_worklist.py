"""The worklist driver against dcmtk's wlmscpfs, and against a RIS that answers wrongly."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset, dcmread

from drivers.dicom_worklist import ORDERS_MAX
from hal.errors import PeerError, PeerRefused, PeerRetryable
from hal.values import (
    Code,
    Issuer,
    Order,
    OtherPatientId,
    Patient,
    Priority,
    SopReference,
    Uid,
)
from tests.interop.ris import (
    StepsKept,
    answering,
    dump,
    mpps_scp,
    wlmscpfs,
    worklist_at,
    write_entry,
)
from tests.peers import free_port

ORDER = Order(
    patient=Patient(
        "IPP000042",
        "LEFÈVRE^Éléonore",
        "19550623",
        "F",
        Issuer("VALLEE", "1.2.250.1.999.1", "ISO"),
        (OtherPatientId("255069912345678", Issuer("INS-NIR", "1.2.250.1.213.1.4.10", "ISO")),),
    ),
    accession_number="A2026-0042",
    study_instance_uid=Uid("1.2.250.1.999.42"),
    requested_procedure_id="RP42",
    requested_procedure_description="Radiographie du thorax, contrôle",
    scheduled_procedure_step_id="SPS42",
    scheduled_procedure_step_description="Thorax de face, film à numériser",
    referring_physician_name="MARTIN^Zoé",
    modality="RG",
    priority=Priority.URGENT,
    accession_issuer=Issuer("RIS-VALLEE", "1.2.250.1.999.2", "ISO"),
    admission_id="VENUE-77",
    scheduled_date="20261124",
    scheduled_time="093000",
    referenced_studies=(SopReference(Uid("1.2.840.10008.3.1.2.3.1"), Uid("1.2.250.1.999.42")),),
    requested_procedure_codes=(Code("ZBQK002", "CCAM", "Radiographie du thorax", "75"),),
    scheduled_protocol_codes=(Code("THORAX-FACE", "99VALLEE", "Thorax de face"),),
)


AS_DCMTK_KNOWS_IT = replace(
    ORDER,
    patient=replace(ORDER.patient, issuer=Issuer("VALLEE"), other_ids=()),
    accession_issuer=Issuer(),
)
"""wlmscpfs returns the keys of its own list, and of sequences fewer (wlmscpfs(1))."""


@pytest.mark.peer("dump2dcm")
def test_every_attribute_of_an_order(tmp_path: Path) -> None:
    write_entry(tmp_path, "one", dump())
    told = dcmread(tmp_path / "one.wl")

    def find(_: Any) -> Iterator[tuple[int, Dataset | None]]:
        yield 0xFF00, told
        yield 0x0000, None

    with answering(find) as port:
        assert worklist_at(port).orders() == (ORDER,)


@pytest.mark.peer("wlmscpfs", "dump2dcm")
class TestDcmtk:
    def test_the_attributes_that_it_knows(self, tmp_path: Path) -> None:
        write_entry(tmp_path / "RIS", "one", dump())
        with wlmscpfs(tmp_path) as port:
            worklist = worklist_at(port, station_ae_title="SAPI_NODE", modality="RG")
            assert worklist.orders() == (AS_DCMTK_KNOWS_IT,)
            assert worklist.left_out() == ()

    def test_utf_8(self, tmp_path: Path) -> None:
        write_entry(
            tmp_path / "RIS", "one", dump(charset="ISO_IR 192", name="ŒUVRARD^Éléonore"), "utf-8"
        )
        with wlmscpfs(tmp_path) as port:
            (order,) = worklist_at(port).orders()
            assert order.patient.name == "ŒUVRARD^Éléonore"

    @pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
    @pytest.mark.parametrize(
        "charset",
        ["ISO_IR 100", "ISO 2022 IR 100", "\\ISO 2022 IR 6\\ISO 2022 IR 100", "ISO_IR 192"],
    )
    def test_a_character_set_that_lies(self, tmp_path: Path, encoding: str, charset: str) -> None:
        text = dump(charset=charset, name="LEFÈVRE^Éléonore")
        write_entry(tmp_path / "RIS", "one", text, encoding)
        with wlmscpfs(tmp_path, 0, "--keep-char-set") as port:
            (order,) = worklist_at(port).orders()
            assert order.patient.name == "LEFÈVRE^Éléonore"
            assert order.scheduled_procedure_step_description == "Thorax de face, film à numériser"

    def test_only_what_is_for_this_station_today_or_was_yesterday(self, tmp_path: Path) -> None:
        folder = tmp_path / "RIS"
        write_entry(folder, "today", dump(step="TODAY", time="1400"))
        write_entry(folder, "yesterday", dump(step="YESTERDAY", date="20261123"))
        write_entry(folder, "long_past", dump(step="PAST", date="20261122"))
        write_entry(folder, "tomorrow", dump(step="TOMORROW", date="20261125"))
        write_entry(folder, "elsewhere", dump(step="ELSEWHERE", station="SCANNER2"))
        with wlmscpfs(tmp_path) as port:
            orders = worklist_at(port, station_ae_title="SAPI_NODE").orders()
        assert [one.scheduled_procedure_step_id for one in orders] == ["YESTERDAY", "TODAY"]

    def test_away_and_back(self, tmp_path: Path) -> None:
        write_entry(tmp_path / "RIS", "one", dump())
        port = free_port()
        worklist = worklist_at(port)
        with pytest.raises(PeerRetryable, match="RIS"):
            worklist.orders()
        with wlmscpfs(tmp_path, port):
            assert worklist.orders() == (AS_DCMTK_KNOWS_IT,)
        with pytest.raises(PeerRetryable):
            worklist.orders()

    def test_a_ris_that_rejects_the_association(self, tmp_path: Path) -> None:
        write_entry(tmp_path / "RIS", "one", dump())
        with wlmscpfs(tmp_path, 0, "--refuse") as port, pytest.raises(PeerError, match="RIS"):
            worklist_at(port).orders()


def entry(**changed: Any) -> Dataset:
    told = Dataset()
    told.SpecificCharacterSet = "ISO_IR 192"
    told.PatientName = "EXEMPLE^Éléonore"
    told.PatientID = "1"
    told.AccessionNumber = "A1"
    told.StudyInstanceUID = "1.2.3"
    step = Dataset()
    step.ScheduledProcedureStepStartDate = "20261124"
    told.ScheduledProcedureStepSequence = [step]
    for keyword, value in changed.items():
        setattr(told, keyword, value)
    return told


class TestARisThatAnswersWrongly:
    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"PatientID": ""}, "patient ID"),
            ({"PatientName": ""}, "patient's name"),
            ({"StudyInstanceUID": ""}, "Study Instance UID"),
            ({"PatientBirthDate": "19551399"}, "date of birth"),
            ({"ScheduledProcedureStepSequence": []}, "scheduled procedure step"),
        ],
    )
    def test_one_bad_entry_leaves_the_others(self, wrong: dict[str, Any], said: str) -> None:
        def find(_: Any) -> Iterator[tuple[int, Dataset | None]]:
            yield 0xFF00, entry(AccessionNumber="A1")
            yield 0xFF00, entry(AccessionNumber="BAD7", **wrong)
            yield 0xFF01, entry(AccessionNumber="A2")
            yield 0x0000, None

        with answering(find) as port:
            worklist = worklist_at(port)
            assert [one.accession_number for one in worklist.orders()] == ["A1", "A2"]
            (sentence,) = worklist.left_out()
            assert "BAD7" in sentence.fr
            assert ("BAD7" in sentence.en, said in sentence.en) == (True, True)

    @pytest.mark.parametrize(
        ("status", "error"), [(0xA700, PeerRetryable), (0xA900, PeerRefused), (0xC001, PeerRefused)]
    )
    def test_a_failure_half_way_tells_nothing(self, status: int, error: type[PeerError]) -> None:
        def find(_: Any) -> Iterator[tuple[int, Dataset | None]]:
            yield 0xFF00, entry()
            yield status, None

        with answering(find) as port, pytest.raises(error, match=f"{status:04X}H"):
            worklist_at(port).orders()

    def test_an_abort_in_the_middle(self) -> None:
        def find(event: Any) -> Iterator[tuple[int, Dataset | None]]:
            yield 0xFF00, entry()
            event.assoc.abort()
            yield 0xFF00, entry()

        with answering(find) as port, pytest.raises(PeerRetryable, match="RIS"):
            worklist_at(port).orders()

    def test_one_that_is_too_slow(self) -> None:
        def find(event: Any) -> Iterator[tuple[int, Dataset | None]]:
            until_s = time.monotonic() + 10.0
            while event.assoc.is_established and time.monotonic() < until_s:
                time.sleep(0.02)
            yield 0x0000, None

        with answering(find) as port, pytest.raises(PeerRetryable, match="RIS"):
            worklist_at(port).orders()

    def test_one_that_goes_on_and_on(self) -> None:
        def find(_: Any) -> Iterator[tuple[int, Dataset | None]]:
            while True:
                yield 0xFF00, entry()

        with answering(find) as port:
            worklist = worklist_at(port)
            assert len(worklist.orders()) == ORDERS_MAX
            assert str(ORDERS_MAX) in worklist.left_out()[-1].en


def test_a_ris_without_a_worklist() -> None:
    with mpps_scp(StepsKept()) as port, pytest.raises(PeerRefused, match="Modality Worklist"):
        worklist_at(port).orders()
