"""The RIS hears of each examination in order, once, whatever it loses or refuses."""

from dataclasses import dataclass, field
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from pydicom import Dataset
from pydicom.filereader import read_dataset

from firmware.dicom.film import Station
from firmware.dicom.procedure_step import REASONS
from firmware.index.order_json import to_json
from firmware.index.procedure_steps import ProcedureSteps
from firmware.panel_workflow import Reason
from firmware.procedure_moves import MOVES, Step
from firmware.procedure_steps import FORGOTTEN_MAX, LOOK_S, ProcedureStepsWorker
from hal.errors import NodeError, PeerDuplicate, PeerRefused, PeerRetryable, Sentence
from hal.values import Uid
from tests.unit.dicom.films import CODED
from tests.unit.firmware.conftest import Index

SAID = Sentence(en="said", fr="dit")
STATION = Station("Hôpital", "SAPI1", "SAPI_NODE")


def read(data: bytes) -> Dataset:
    return read_dataset(BytesIO(data), is_implicit_VR=False, is_little_endian=True)


@dataclass
class FakeRis:
    says: list[NodeError] = field(default_factory=list)
    heard: list[tuple[str, Uid, Dataset]] = field(default_factory=list)
    forgets: bool = False

    def create(self, sop_instance_uid: Uid, attributes: bytes) -> None:
        self._hear("create", sop_instance_uid, attributes)

    def set(self, sop_instance_uid: Uid, modifications: bytes) -> None:
        self._hear("set", sop_instance_uid, modifications)

    def _hear(self, what: str, uid: Uid, data: bytes) -> None:
        self.heard.append((what, uid, read(data)))
        if self.says:
            raise self.says.pop(0)
        if self.forgets and what == "set":
            raise PeerRefused(SAID, 0x0112)


class Telling:
    def __init__(self, index: Index) -> None:
        self.index, self.ris = index, FakeRis()
        self.steps = ProcedureSteps(index.database, index.clock, ZoneInfo("Europe/Paris"))
        self.worker = ProcedureStepsWorker(self.ris, self.steps, STATION)

    def examine(self, *verdicts: str) -> list[Uid]:
        uids = [self.index.add(CODED) for _ in verdicts]
        with self.index.database.transaction() as connection:
            connection.execute(
                "INSERT INTO examination VALUES (1, '1.2.3.4', ?, 'film-scanner', ?, NULL, NULL)",
                (to_json(CODED), self.now()),
            )
            for uid, verdict in zip(uids, verdicts, strict=True):
                reason = "wrong patient" if verdict == "rejected" else ""
                connection.execute(
                    "INSERT INTO looked_at VALUES (?, 1, ?, ?, ?)",
                    (uid, verdict, reason, self.now()),
                )
        return uids

    def close(self, ended: str = "completed") -> None:
        with self.index.database.transaction() as connection:
            connection.execute(
                "UPDATE examination SET closed_at = ?, ended = ?", (self.now(), ended)
            )

    def now(self) -> str:
        return self.index.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def tell(self, times: int = 20) -> None:
        """Until there is nothing more to tell now."""
        for _ in range(times):
            if self.worker.step() == LOOK_S:
                return

    @property
    def state(self) -> str:
        return str(self.index.database.rows("SELECT state FROM procedure_step")[0]["state"])

    @property
    def told(self) -> list[str]:
        return [what for what, _, _ in self.ris.heard]


@pytest.fixture
def telling(index: Index) -> Telling:
    return Telling(index)


def test_begun_and_completed_with_the_images_that_were_kept(telling: Telling) -> None:
    kept, _, other = telling.examine("accepted", "rejected", "timed out")
    telling.tell()
    assert (telling.told, telling.state) == (["create"], "created")
    telling.close()
    telling.tell()
    assert (telling.told, telling.state) == (["create", "set"], "done")
    (_, created_uid, created), (_, set_uid, ended) = telling.ris.heard
    assert created_uid == set_uid
    assert created.PerformedProcedureStepStatus == "IN PROGRESS"
    assert ended.PerformedProcedureStepStatus == "COMPLETED"
    (series,) = ended.PerformedSeriesSequence
    told = [one.ReferencedSOPInstanceUID for one in series.ReferencedImageSequence]
    assert told == [kept, other]


def test_discontinued_with_its_reason_when_nothing_was_kept(telling: Telling) -> None:
    telling.examine("rejected")
    telling.close("discontinued")
    telling.tell()
    ended = telling.ris.heard[-1][2]
    assert ended.PerformedProcedureStepStatus == "DISCONTINUED"
    (reason,) = ended.PerformedProcedureStepDiscontinuationReasonCodeSequence
    assert (reason.CodeValue, reason.CodingSchemeDesignator) == ("110514", "DCM")
    (series,) = ended.PerformedSeriesSequence
    assert (len(series.ReferencedImageSequence), series.ProtocolName != "") == (0, True)


def test_each_reason_of_the_rejections_has_its_code() -> None:
    """The panel stores the value of Reason; a word changed there must not lose the code here."""
    assert set(REASONS) <= {reason.value for reason in Reason}
    assert REASONS[Reason.WRONG_PATIENT.value].value == "110514"


def test_a_ris_that_is_away_is_told_later_in_order(telling: Telling) -> None:
    telling.examine("accepted")
    telling.close()
    telling.ris.says = [PeerRetryable(SAID)] * 3
    for _ in range(20):
        telling.tell()
        telling.index.clock.sleep(601.0)
    assert telling.told == ["create"] * 4 + ["set"]
    assert telling.state == "done"


def test_a_create_whose_answer_was_lost_is_taken(telling: Telling) -> None:
    telling.examine("accepted")
    telling.ris.says = [PeerRetryable(SAID), PeerDuplicate(SAID, 0x0111)]
    telling.tell()
    telling.index.clock.sleep(601.0)
    telling.tell()
    assert (telling.told, telling.state) == (["create", "create"], "created")


def test_what_is_refused_waits_for_a_person(telling: Telling) -> None:
    telling.examine("accepted")
    telling.ris.says = [PeerRefused(SAID, 0x0106)]
    telling.tell()
    telling.close()
    telling.index.clock.sleep(86_400.0)
    telling.tell()
    assert (telling.told, telling.state) == (["create"], "held before create")
    assert telling.steps.release() == 1
    telling.tell()
    assert (telling.told, telling.state) == (["create", "create", "set"], "done")


def test_a_step_that_the_ris_lost_is_created_again(telling: Telling) -> None:
    telling.examine("accepted")
    telling.tell()
    telling.close()
    telling.ris.says = [PeerRefused(SAID, 0x0112)]
    for _ in range(3):
        telling.tell()
        telling.index.clock.sleep(601.0)
    assert (telling.told, telling.state) == (["create", "set", "create", "set"], "done")


def test_a_ris_that_forgets_for_ever_needs_a_person(telling: Telling) -> None:
    telling.examine("accepted")
    telling.tell()
    telling.close()

    telling.ris.forgets = True
    for _ in range(20):
        telling.tell()
        telling.index.clock.sleep(601.0)
    assert telling.state == "held before set"
    assert telling.told.count("set") == FORGOTTEN_MAX + 1


def test_a_later_image_of_the_visit_has_the_same_step(telling: Telling) -> None:
    (first,) = telling.examine("accepted")
    telling.tell()
    now = telling.index.clock.now()
    step = telling.steps.step_of(Uid("1.2.3.4"), Uid("2.25.9"), now, is_told=True)
    assert step.uid == telling.ris.heard[0][1]
    assert step.step_id == telling.ris.heard[0][2].PerformedProcedureStepID
    telling.close()
    other = telling.steps.step_of(Uid("1.2.3.4"), Uid("2.25.9"), now, is_told=True)
    assert (other.uid != step.uid, first != "2.25.9") == (True, True)


def test_every_state_but_the_last_has_a_way_on() -> None:
    assert {state for state, _ in MOVES} == set(Step) - {Step.DONE}
