"""One order's whole way: RIS, panel, film, archive with the order's values, and MPPS to the RIS."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pydicom
from pydicom import Dataset
from pynetdicom import AE, evt

from drivers.dicom_mpps import MPPS
from drivers.wire.worklist_query import WORKLIST_FIND
from firmware.config_panel import PanelSection
from firmware.config_ris import ProcedureStepsSection, WorklistSection
from firmware.events import Committed, Stored
from hal.panel import Button
from sim.ris_steps import StepsKept
from tests.interop.ris import RIS, serving
from tests.node.conftest import World
from tests.peers import wait_until

STUDY = "1.2.250.1.999.42"
LOOK_S = 600.0


def entry() -> Dataset:
    """What the RIS has scheduled; the name has letters that Latin-1 has."""
    step = Dataset()
    step.Modality = "RG"
    step.ScheduledStationAETitle = "SAPI_NODE"
    step.ScheduledProcedureStepStartDate = "20261124"
    step.ScheduledProcedureStepStartTime = "0930"
    step.ScheduledProcedureStepDescription = "Thorax de face"
    step.ScheduledProcedureStepID = "SPS42"
    one = Dataset()
    one.SpecificCharacterSet = "ISO_IR 100"
    one.AccessionNumber = "A2026-0042"
    one.PatientName = "LEFÈVRE^Éléonore"
    one.PatientID = "IPP000042"
    one.PatientBirthDate = "19550623"
    one.PatientSex = "F"
    one.StudyInstanceUID = STUDY
    one.RequestedProcedureDescription = "Radiographie du thorax"
    one.RequestedProcedureID = "RP42"
    one.ScheduledProcedureStepSequence = [step]
    return one


@contextmanager
def ris(kept: StepsKept) -> Iterator[int]:
    """Worklist and MPPS in one, as a RIS has them."""

    def find(_: Any) -> Iterator[tuple[int, Dataset | None]]:
        yield 0xFF00, entry()

    entity = AE(RIS)
    entity.add_supported_context(WORKLIST_FIND)
    entity.add_supported_context(MPPS)
    handlers = [
        (evt.EVT_C_FIND, find),
        (evt.EVT_N_CREATE, kept.create),
        (evt.EVT_N_SET, kept.set),
    ]
    with serving(entity, handlers) as port:
        yield port


def use(world: World, port: int) -> None:
    changes = {
        "worklist": WorklistSection(ae_title=RIS, host="127.0.0.1", port=port),
        "procedure_steps": ProcedureStepsSection(ae_title=RIS, host="127.0.0.1", port=port),
        "panel": PanelSection(look_s=LOOK_S),
    }
    world.devices.close()
    world.config = world.config.model_copy(update=changes)
    world.open_devices()


def test_an_order_ends_at_the_archive_and_completed_at_the_ris(world: World) -> None:
    kept = StepsKept()
    with ris(kept) as port:
        use(world, port)
        world.open_archive()
        world.start()
        world.press()
        stored = world.wait_for(Stored)
        wait_until(lambda: len(kept.created) == 1, "IN PROGRESS at the RIS")
        assert world.in_archive() == set(), "nobody has looked at it yet"
        world.press(Button.SEND)
        assert world.wait_for(Committed).sop_instance_uid == stored.sop_instance_uid
        wait_until(lambda: len(kept.changes) == 1, "COMPLETED at the RIS")
    image = pydicom.dcmread(world.folder / "node" / stored.path, stop_before_pixels=True)
    ((begun_uid, begun),) = kept.created.items()
    ((ended_uid, ended),) = kept.changes
    holds_to_the_order(image)
    assert world.in_archive() == {image.SOPInstanceUID}
    assert begun.PerformedProcedureStepStatus == "IN PROGRESS"
    (scheduled,) = begun.ScheduledStepAttributesSequence
    assert (scheduled.StudyInstanceUID, scheduled.AccessionNumber) == (STUDY, "A2026-0042")
    assert scheduled.ScheduledProcedureStepID == "SPS42"
    assert begun.PatientID == "IPP000042"
    assert ended.PerformedProcedureStepStatus == "COMPLETED"
    assert (
        begun_uid
        == ended_uid
        == image.ReferencedPerformedProcedureStepSequence[0].ReferencedSOPInstanceUID
    )
    (series,) = ended.PerformedSeriesSequence
    assert series.SeriesInstanceUID == image.SeriesInstanceUID
    (reference,) = series.ReferencedImageSequence
    assert reference.ReferencedSOPInstanceUID == image.SOPInstanceUID


def holds_to_the_order(image: Dataset) -> None:
    assert image.StudyInstanceUID == STUDY
    assert image.AccessionNumber == "A2026-0042"
    assert (image.PatientName, image.PatientID) == ("LEFÈVRE^Éléonore", "IPP000042")
    assert (image.PatientBirthDate, image.PatientSex) == ("19550623", "F")
