"""The MPPS driver against pynetdicom's SCP: each answer means what PS3.7 and PS3.4 F.7 say."""

import pytest
from pydicom import Dataset

from drivers.wire.data_set import SYNTAXES, encode
from hal.errors import PeerDuplicate, PeerError, PeerRefused, PeerRetryable
from hal.values import Uid
from sim.ris_steps import StepsKept
from tests.interop.ris import answering, mpps_scp, steps_at
from tests.peers import free_port

UID = Uid("2.25.77")


def attributes(status: str) -> bytes:
    data_set = Dataset()
    data_set.SpecificCharacterSet = "ISO_IR 192"
    data_set.PatientName = "EXEMPLE^Éléonore"
    data_set.PerformedProcedureStepStatus = status
    return encode(data_set, SYNTAXES[0])


def test_it_arrives_as_it_was_given() -> None:
    kept = StepsKept()
    with mpps_scp(kept) as port:
        steps_at(port).create(UID, attributes("IN PROGRESS"))
        steps_at(port).set(UID, attributes("COMPLETED"))
    assert str(kept.created[UID].PatientName) == "EXEMPLE^Éléonore"
    ((uid, changed),) = kept.changes
    assert (uid, changed.PerformedProcedureStepStatus) == (UID, "COMPLETED")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (0x0110, PeerRetryable),
        (0x0213, PeerRetryable),
        (0x0111, PeerDuplicate),
        (0x0112, PeerRefused),
        (0x0106, PeerRefused),
        (0x0124, PeerRefused),
        (0xC123, PeerRefused),
    ],
)
def test_what_a_refusal_means(status: int, error: type[PeerError]) -> None:
    kept = StepsKept()
    kept.says = [status, status]
    with mpps_scp(kept) as port:
        for tell in (steps_at(port).create, steps_at(port).set):
            with pytest.raises(error, match=f"{status:04X}H"):
                tell(UID, attributes("IN PROGRESS"))


@pytest.mark.parametrize("status", [0x0107, 0x0116, 0xB001])
def test_a_warning_is_no_refusal(status: int) -> None:
    kept = StepsKept()
    kept.says = [status]
    with mpps_scp(kept) as port:
        steps_at(port).create(UID, attributes("IN PROGRESS"))


def test_an_answer_that_is_lost_is_not_taken_for_one() -> None:
    kept = StepsKept()
    kept.loses_answers = 1
    with mpps_scp(kept) as port:
        with pytest.raises(PeerRetryable, match="RIS"):
            steps_at(port).create(UID, attributes("IN PROGRESS"))
        with pytest.raises(PeerDuplicate):
            steps_at(port).create(UID, attributes("IN PROGRESS"))


def test_nobody_there() -> None:
    with pytest.raises(PeerRetryable, match="RIS"):
        steps_at(free_port()).create(UID, attributes("IN PROGRESS"))


def test_a_ris_without_mpps() -> None:
    with answering(lambda _: iter(())) as port, pytest.raises(PeerRefused, match="Performed"):
        steps_at(port).create(UID, attributes("IN PROGRESS"))
